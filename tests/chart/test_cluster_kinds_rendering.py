"""What the chart gives the controller for the kinds that span namespaces, with and without ClusterExternalSecrets."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final

import msgspec
import pytest

from bulkhead_testkit import helm

pytestmark = pytest.mark.slow

FOR_PEOPLE: Final = ("-objects-view", "-objects-edit", "-servicebindings")
READS: Final = frozenset({"get", "list", "watch"})


class Rule(msgspec.Struct):
    resources: list[str]
    verbs: list[str]


class Name(msgspec.Struct):
    name: str


class Manifest(msgspec.Struct):
    kind: str
    metadata: Name
    rules: list[Rule] = []
    spec: object = None


@cache
def rendered(*, processed: bool) -> Sequence[Manifest]:
    values = {"processClusterExternalSecret": processed}
    return [msgspec.convert(each, Manifest) for each in helm.render(values)]


def rights(manifests: Sequence[Manifest]) -> Mapping[str, frozenset[str]]:
    """Verbs by resource, of all ClusterRoles together but those for people."""
    found: dict[str, frozenset[str]] = {}
    roles = [each for each in manifests if each.kind == "ClusterRole" and not each.metadata.name.endswith(FOR_PEOPLE)]
    for rule in (rule for each in roles for rule in each.rules):
        for resource in rule.resources:
            found[resource] = found.get(resource, frozenset()) | set(rule.verbs)
    return found


def test_clusterexternalsecrets_come_with_the_rights_they_need_and_no_more() -> None:
    given = rights(rendered(processed=True))
    assert given["clusterexternalsecrets"] == READS | {"patch"}
    assert given["clusterexternalsecrets/status"] == {"patch"}
    assert given["clusterexternalsecrets/finalizers"] == {"update"}
    assert given["namespaces"] == READS | {"patch"}
    assert given["externalsecrets"] == READS | {"create", "update", "patch", "delete"}


def test_without_clusterexternalsecrets_namespaces_are_read_and_no_externalsecret_is_written() -> None:
    given = rights(rendered(processed=False))
    assert given["namespaces"] == READS
    assert given["externalsecrets"] == READS | {"patch"}
    assert not any(resource.startswith("clusterexternalsecrets") for resource in given)


@pytest.mark.parametrize("processed", [True, False])
def test_pushsecrets_are_read_and_answered_and_nothing_else(processed: bool) -> None:
    given = rights(rendered(processed=processed))
    for kind in ("pushsecrets", "clusterpushsecrets"):
        assert given[kind] == READS
        assert given[f"{kind}/status"] == {"patch"}


def test_what_may_be_patched_has_a_policy_that_narrows_it() -> None:
    policies = {
        processed: {
            each.metadata.name for each in rendered(processed=processed) if each.kind == "ValidatingAdmissionPolicy"
        }
        for processed in (True, False)
    }
    assert policies[True] - policies[False] == {"bulkhead-namespaces", "bulkhead-clusterexternalsecrets"}


@pytest.mark.parametrize(("processed", "said"), [(True, "true"), (False, "false")])
def test_the_controller_is_told_whether_to_process_them(processed: bool, said: str) -> None:
    (deployment,) = [
        each
        for each in rendered(processed=processed)
        if each.kind == "Deployment" and each.metadata.name == "bulkhead-controller"
    ]
    assert f"--enable-cluster-external-secret-reconciler={said}" in str(deployment.spec)
