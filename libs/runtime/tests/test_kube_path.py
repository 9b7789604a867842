"""Paths of the API."""

import pytest

from bulkhead_runtime.kube.path import check_path, resource_path


@pytest.mark.parametrize(
    ("path", "want"),
    [
        pytest.param(resource_path("v1", "secrets"), "/api/v1/secrets", id="a-core-collection"),
        pytest.param(
            resource_path("v1", "secrets", namespace="team-a", name="db"),
            "/api/v1/namespaces/team-a/secrets/db",
            id="an-object",
        ),
        pytest.param(
            resource_path("external-secrets.io/v1", "externalsecrets", namespace="a", name="b.c", subresource="status"),
            "/apis/external-secrets.io/v1/namespaces/a/externalsecrets/b.c/status",
            id="a-subresource-of-a-group",
        ),
        pytest.param(
            resource_path("rbac.authorization.k8s.io/v1", "clusterroles", name="system:node"),
            "/apis/rbac.authorization.k8s.io/v1/clusterroles/system:node",
            id="a-cluster-wide-name-with-a-colon",
        ),
    ],
)
def test_a_path_names_its_object(path: str, want: str) -> None:
    assert path == want
    check_path(path)


@pytest.mark.parametrize("name", ["../secrets", "a/b", "..", ".", "a%2fb", "a?b", "a#b", "a b", "a\n", "ä"])
def test_a_name_cannot_lead_to_another_object(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be a part of an API path"):
        resource_path("v1", "secrets", namespace="team-a", name=name)


@pytest.mark.parametrize(
    "path", ["", "api/v1", "/api//v1", "/api/v1/", "/api/../v1", "/api/v1?watch=1", "/api/%2e%2e/v1", "/api/v1\r\nX: y"]
)
def test_a_path_that_was_not_built_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="is not an API path"):
        check_path(path)
