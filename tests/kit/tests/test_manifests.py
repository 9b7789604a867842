"""Manifests say what a test gives, and leave the rest to the API server."""

from bulkhead_testkit.manifests import cluster_store, external_secret, fake_provider, target


def test_a_target_has_only_what_is_given() -> None:
    assert target() == {}
    wanted = {"creationPolicy": "Merge", "immutable": True, "template": {"type": "Opaque"}}
    assert target(creation_policy="Merge", immutable=True, template={"type": "Opaque"}) == wanted


def test_a_cluster_store_has_no_namespace_and_only_the_fields_that_are_given() -> None:
    store = cluster_store("all", fake_provider({"k": "v"}))
    assert store["metadata"] == {"name": "all"}
    assert store["spec"] == {"provider": {"fake": {"data": [{"key": "k", "value": "v"}]}}}


def test_a_cluster_store_says_whom_it_serves_and_who_serves_it() -> None:
    store = cluster_store("some", fake_provider({}), conditions=[{"namespaces": ["a"]}], controller="mine")
    assert store["spec"] == {
        "provider": {"fake": {"data": []}},
        "conditions": [{"namespaces": ["a"]}],
        "controller": "mine",
    }


def test_an_external_secret_can_use_a_cluster_store() -> None:
    manifest = external_secret("team-a", "db", store="all", store_kind="ClusterSecretStore")
    assert isinstance(manifest["spec"], dict)
    assert manifest["spec"]["secretStoreRef"] == {"name": "all", "kind": "ClusterSecretStore"}
