"""What an installation costs that has nothing to do: memory, processor time and writes, on a real node of its own.

Behind `make bench-idle`. It measures and judges nothing; docs/benchmarks.md says what was found.
"""

import time
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

import msgspec

from bulkhead_cluster.cluster import Cluster
from bulkhead_demo.cluster_demo.images import OPENBAO, build_images, reference
from bulkhead_demo.cluster_demo.openbao_pod import OpenBaoPod
from bulkhead_demo.cluster_demo.release import NAMESPACE, Release, values_for
from bulkhead_demo.shop import DEMO_NAMESPACE, open_shop
from bulkhead_demo.story import InstalledShop, say
from bulkhead_demo.table import table
from bulkhead_testkit.admin import Admin
from bulkhead_testkit.audit import read_events
from bulkhead_testkit.stack import VAULT_MOUNT

_MIB: Final = 1024 * 1024
# The certcontroller has asked everybody by then, and written down what they said.
_SETTLE_S: Final = 120
_WRITES: Final = frozenset({"create", "update", "patch", "delete", "deletecollection"})
_QUIET: Final = timedelta(hours=1)


class _Memory(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    working_set_bytes: int = 0


class _Cpu(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    usage_core_nano_seconds: int = 0


class _Container(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    memory: _Memory = _Memory()
    cpu: _Cpu = _Cpu()


class _Reference(msgspec.Struct, frozen=True, kw_only=True):
    namespace: str


class _Pod(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    pod_ref: _Reference
    containers: list[_Container] = []


class _Summary(msgspec.Struct, frozen=True, kw_only=True):
    pods: list[_Pod]


def measure_idle(*, minutes: float) -> None:
    """Install, sync the examples, do nothing for a while, and print what that took.

    Args:
        minutes: of doing nothing.

    Raises:
        DemoError, AdminError, ClusterError, HelmError: it did not get that far.
    """
    archives = build_images()
    with Cluster() as cluster, Admin(cluster.kubeconfig) as admin:
        for archive in archives:
            cluster.import_image(archive)
        _install(cluster, admin)
        time.sleep(_SETTLE_S)
        before, start = _usage(admin, cluster), cluster.audit_log.stat().st_size
        say(f"Nothing is done for {minutes:g} minutes")
        time.sleep(minutes * 60)
        _print_usage(before, _usage(admin, cluster), seconds=minutes * 60)
        _print_writes(cluster, start)


def _install(cluster: Cluster, admin: Admin) -> None:
    bao = OpenBaoPod(admin, image=reference(OPENBAO))
    bao.start()
    bao.enable_kv(VAULT_MOUNT)
    release = Release(admin=admin, kubeconfig=cluster.kubeconfig, values=values_for(bao_address=bao.address))
    release.prepare(bao)
    started = time.monotonic()
    release.install()
    release.wait_ready()
    ready_s = time.monotonic() - started
    open_shop(InstalledShop(admin=admin, bao=bao))
    say(f"helm install to ready: {ready_s:.1f} s, to three synced Secrets: {time.monotonic() - started:.1f} s")
    # The example that looks into its backend every three seconds is no idle one.
    path = f"/apis/external-secrets.io/v1/namespaces/{DEMO_NAMESPACE}/externalsecrets/database"
    patch = {"spec": {"refreshInterval": f"{_QUIET.total_seconds():.0f}s"}}
    admin.request("PATCH", path, body=patch, content_type="application/merge-patch+json")


def _usage(admin: Admin, cluster: Cluster) -> Mapping[str, _Container]:
    """Give what kubelet has measured of the release's containers, by name."""
    answer = admin.request("GET", f"/api/v1/nodes/{cluster.node_name}/proxy/stats/summary")
    pods = msgspec.json.decode(answer, type=_Summary).pods
    return {each.name: each for pod in pods if pod.pod_ref.namespace == NAMESPACE for each in pod.containers}


def _print_usage(before: Mapping[str, _Container], after: Mapping[str, _Container], *, seconds: float) -> None:
    rows = [
        (name, seen.memory.working_set_bytes / _MIB, _millicores(before[name], seen, seconds))
        for name, seen in sorted(after.items())
    ]
    rows.append(("all", sum(row[1] for row in rows), sum(row[2] for row in rows)))
    print(
        table(["CONTAINER", "WORKING SET MIB", "MILLICORES"], [[name, f"{a:.0f}", f"{b:.1f}"] for name, a, b in rows])
    )


def _millicores(before: _Container, after: _Container, seconds: float) -> float:
    return (after.cpu.usage_core_nano_seconds - before.cpu.usage_core_nano_seconds) / 1e6 / seconds


def _print_writes(cluster: Cluster, start: int) -> None:
    """Count what the release's ServiceAccounts wrote, by verb and kind; a trial that is a dry run stores nothing."""
    ours = f"system:serviceaccount:{NAMESPACE}:"
    counts = Counter(
        (event.user.username.removeprefix(ours), event.verb, event.object_ref.resource)
        for event in read_events(cluster.audit_log, start=start)
        if event.object_ref and event.verb in _WRITES and event.user.username.startswith(ours)
        if "dryRun=All" not in event.request_uri
    )
    rows = [[*key, str(count)] for key, count in sorted(counts.items())]
    print(table(["WHO", "VERB", "WHAT", "TIMES"], rows) if rows else "nothing was written")
