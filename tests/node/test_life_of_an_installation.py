"""What an operator does to an installation with sidecars, and what a node does to it, on a real one."""

import subprocess
import tarfile
from collections.abc import Mapping
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from installation import Shop, container_ids, pods, reasons, upgraded, with_fake
from watching import failed_syncs, seconds_until_synced

from bulkhead_demo.cluster_demo.release import NAMESPACE, Release
from bulkhead_demo.shop import DEMO_NAMESPACE
from bulkhead_testkit import helm
from bulkhead_testkit.admin import wait_for
from bulkhead_testkit.toolchain import CHECKOUT

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(600), pytest.mark.xdist_group("life")]
TOPOLOGY = "sidecar"
SECRETS = ("database", "payment", "settings")
_HAPPENS_S = 90


def test_a_restart_of_the_kubelet_stops_no_container(shop: Shop) -> None:
    before = container_ids(shop.admin)
    with failed_syncs(shop.admin) as seen:
        shop.cluster.restart_kubelet()
        seconds_until_synced(shop.admin, shop.bao)

    assert container_ids(shop.admin) == before
    assert seen.failures == set()


def test_helm_test_finds_every_process_at_its_place(shop: Shop) -> None:
    try:
        said = helm.ask_tests(shop.release.name, kubeconfig=shop.cluster.kubeconfig, namespace=NAMESPACE)
    finally:
        # Helm leaves it, for its log to be read.
        test = {"name": f"{shop.release.name}-test", "namespace": NAMESPACE}
        shop.admin.delete({"apiVersion": "v1", "kind": "Pod", "metadata": test})

    assert "Phase:          Succeeded" in said
    for name in shop.release.containers():
        assert name in said or name == "probe"


def test_a_new_credential_is_used_without_a_restart(shop: Shop) -> None:
    before = container_ids(shop.admin)
    shop.release.give_credential({"token": "no-token-at-all", "ca.crt": shop.bao.roots})
    wait_for(
        lambda: shop.admin.wait_ready(DEMO_NAMESPACE, "database", reason="SecretSyncedError"),
        what="the provider server uses the credential that is wrong",
        timeout_s=_HAPPENS_S,
    )
    shop.release.give_credential_of(shop.bao)

    shop.admin.wait_ready(DEMO_NAMESPACE, "database", reason="SecretSynced", timeout_s=_HAPPENS_S)
    assert container_ids(shop.admin) == before


def test_a_provider_that_is_killed_for_its_memory_takes_no_other_with_it(shop: Shop) -> None:
    hungry = with_fake(shop.release, resources={"requests": {"memory": "16Mi"}, "limits": {"memory": "16Mi"}})
    with failed_syncs(shop.admin) as seen, upgraded(shop, hungry):
        wait_for(
            lambda: True if "OOMKilled" in reasons(shop.admin) else None, what="it is killed", timeout_s=_HAPPENS_S
        )
        seconds_until_synced(shop.admin, shop.bao)

    assert seen.failures == set()


def test_an_image_that_is_missing_leaves_the_old_pod_at_work(shop: Shop) -> None:
    missing = with_fake(shop.release, image={"tag": "never-built"})
    with failed_syncs(shop.admin) as seen, upgraded(shop, missing):
        wait_for(
            lambda: True if reasons(shop.admin) & {"ErrImagePull", "ImagePullBackOff"} else None,
            what="the image is missing",
            timeout_s=_HAPPENS_S,
        )
        seconds_until_synced(shop.admin, shop.bao)

    assert seen.failures == set()


def test_an_update_of_one_provider_fails_no_sync(shop: Shop) -> None:
    with failed_syncs(shop.admin) as seen, upgraded(shop, with_fake(shop.release, logLevel="debug")):
        shop.release.wait_ready()
        seconds_until_synced(shop.admin, shop.bao)

    assert seen.looks > 10
    assert seen.failures == set()


@pytest.mark.parametrize(
    "values", [{"profile": "namespaced", "profileNamespaces": [DEMO_NAMESPACE]}, {"profile": "eso-compat"}], ids=str
)
def test_every_profile_syncs(shop: Shop, values: Mapping[str, object]) -> None:
    with upgraded(shop, replace(shop.release, values={**shop.release.values, **values})):
        shop.release.wait_ready()
        seconds_until_synced(shop.admin, shop.bao)


def test_the_ca_rotates_without_a_failed_sync(shop: Shop) -> None:
    before = container_ids(shop.admin)
    with failed_syncs(shop.admin) as seen:
        shop.release.certs("rotate-ca")
        shop.release.certs("status", "--wait", "--timeout", "5m")
        seconds_until_synced(shop.admin, shop.bao)

    assert container_ids(shop.admin) == before
    assert seen.failures == set()


def test_a_drained_node_gets_its_pods_back_and_syncs_go_on(shop: Shop) -> None:
    node = f"/api/v1/nodes/{shop.cluster.node_name}"
    _patch(shop, node, {"spec": {"unschedulable": True}})
    for name in pods(shop.admin):
        eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name, "namespace": NAMESPACE}}
        shop.admin.request("POST", f"/api/v1/namespaces/{NAMESPACE}/pods/{name}/eviction", body=eviction)
    wait_for(lambda: True if not container_ids(shop.admin) else None, what="no container runs", timeout_s=_HAPPENS_S)
    kept = {name: shop.admin.secret(DEMO_NAMESPACE, name) for name in SECRETS}
    _patch(shop, node, {"spec": {"unschedulable": None}})
    shop.release.wait_ready()
    seconds_until_synced(shop.admin, shop.bao)

    assert None not in kept.values()


def test_another_release_beside_it_serves_its_own_stores(shop: Shop) -> None:
    # As in ESO, a store that names no controller is every controller's.
    for path in ("secretstores/vault", "clustersecretstores/fake"):
        scope = "" if path.startswith("cluster") else f"namespaces/{DEMO_NAMESPACE}/"
        _patch(shop, f"/apis/external-secrets.io/v1/{scope}{path}", {"spec": {"controller": "default"}})
    second = Release(
        admin=shop.admin,
        kubeconfig=shop.release.kubeconfig,
        name="second",
        values={
            "crds": {"create": False},
            "controller": {"class": "second"},
            "trustDomain": "second.example.com",
            "providers": {"vault": {"enabled": False}},
        },
    )
    second.install()
    second.wait_ready()
    try:
        _apply_greeting(shop, controller="second")
        shop.admin.wait_ready(DEMO_NAMESPACE, "greeting", reason="SecretSynced", timeout_s=_HAPPENS_S)
        seconds_until_synced(shop.admin, shop.bao)
    finally:
        second.uninstall()
    seconds_until_synced(shop.admin, shop.bao)


def test_an_upgrade_from_the_previous_commit_and_back_keeps_every_secret(shop: Shop, tmp_path: Path) -> None:
    chart = _previous_chart(tmp_path)
    uids = {name: _uid(shop, name) for name in SECRETS}
    shop.release.install(chart=chart)
    shop.release.wait_ready()
    seconds_until_synced(shop.admin, shop.bao)
    with failed_syncs(shop.admin) as seen:
        shop.release.install()
        shop.release.wait_ready()
        seconds_until_synced(shop.admin, shop.bao)
        shop.release.roll_back()
        shop.release.wait_ready()
        seconds_until_synced(shop.admin, shop.bao)
    shop.release.install()
    shop.release.wait_ready()

    assert seen.failures == set()
    assert {name: _uid(shop, name) for name in SECRETS} == uids


def test_what_is_uninstalled_leaves_the_secrets_and_nothing_of_its_own(shop: Shop) -> None:
    shop.release.uninstall()
    try:
        wait_for(lambda: None if pods(shop.admin) else True, what="no Pod is left", timeout_s=_HAPPENS_S)
        assert shop.release.remains() == []
        assert all(shop.admin.secret(DEMO_NAMESPACE, name) for name in SECRETS)
    finally:
        # With the definitions there already, as ESO or an earlier release has left them.
        shop.release.install()
        shop.release.wait_ready()
    seconds_until_synced(shop.admin, shop.bao)


def _previous_chart(folder: Path) -> Path:
    """Give the chart of the commit before; that of the work tree where the history has no other."""
    archive = ["git", "-C", str(CHECKOUT), "archive", "HEAD^", "charts/bulkhead"]
    done = subprocess.run(archive, capture_output=True, check=False)
    if done.returncode != 0:
        return helm.CHART
    with tarfile.open(fileobj=BytesIO(done.stdout)) as files:
        files.extractall(folder, filter="data")
    return folder / "charts" / "bulkhead"


def _patch(shop: Shop, path: str, body: object) -> None:
    shop.admin.request("PATCH", path, body=body, content_type="application/merge-patch+json")


def _uid(shop: Shop, name: str) -> str:
    secret = shop.admin.secret(DEMO_NAMESPACE, name)
    assert secret is not None
    return secret.metadata.uid


def _apply_greeting(shop: Shop, *, controller: str) -> None:
    store = {
        "apiVersion": "external-secrets.io/v1",
        "kind": "SecretStore",
        "metadata": {"name": "greeting", "namespace": DEMO_NAMESPACE},
        "spec": {"controller": controller, "provider": {"fake": {"data": [{"key": "greeting", "value": "hello"}]}}},
    }
    wanted = {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ExternalSecret",
        "metadata": {"name": "greeting", "namespace": DEMO_NAMESPACE},
        "spec": {
            "secretStoreRef": {"name": "greeting"},
            "data": [{"secretKey": "greeting", "remoteRef": {"key": "greeting"}}],
        },
    }
    shop.admin.apply(store)
    shop.admin.apply(wanted)
