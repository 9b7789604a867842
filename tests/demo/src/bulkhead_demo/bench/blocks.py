"""The blocks of the benchmark, on a stack that runs. Each disturbs what it measures as little as it can.

While objects sync, only the provider's small metrics page is looked at, four times a second; the controller's page has
lines for each object, and a list of thousands of objects would cost the API server what it is measured by.
"""

import asyncio
import platform
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from bulkhead_api.meta import PartialObject
from bulkhead_demo.bench import fleet as fleets
from bulkhead_demo.bench.fleet import Fleet
from bulkhead_demo.bench.limit import Limit, measure_limit
from bulkhead_demo.bench.results import FirstSyncs, Machine, Newcomers, Refreshes, per_sync, process_costs
from bulkhead_demo.bench.scrape import total
from bulkhead_demo.bench.stored import stored_writes
from bulkhead_demo.bench.usage import Snapshot, costs, foreign_cores, snapshot
from bulkhead_runtime.kube.client import METADATA_ONLY, KubeClient
from bulkhead_runtime.kube.config import KubeConfig
from bulkhead_runtime.kube.errors import NotFoundError
from bulkhead_runtime.kube.path import resource_path
from bulkhead_testkit.admin import Manifest, wait_for
from bulkhead_testkit.kubeconfig import write_service_account_files
from bulkhead_testkit.manifests import vault_store
from bulkhead_testkit.progress import Progress
from bulkhead_testkit.scrape import scrape
from bulkhead_testkit.stack import NAMESPACE, Stack

_ACCOUNT: Final = "bulkhead-bench"
_TOKEN_S: Final = 3600
_POLL_S: Final = 0.25
_NEWCOMER_POLL_S: Final = 0.01
_NEWCOMER_S: Final = 60.0
# Enough for the API server's and the controller-manager's caches to follow what was written before.
_SETTLE_S: Final = 3.0
_SLOWEST_PER_S: Final = 10
_NEVER_S: Final = 24 * 3600


class BenchError(Exception):
    """What was to be measured did not happen."""


class Bench:
    """The blocks, over one stack and one fleet."""

    def __init__(self, stack: Stack, fleet: Fleet) -> None:
        """Use a stack whose controller has not seen the fleet."""
        self._stack = stack
        self._fleet = fleet
        self._progress = Progress("bench")
        self._config = KubeConfig(server=stack.plane.server, directory=self._credentials())

    def prepare(self) -> None:
        """Make the store, let the controller validate it, stop the controller and fill OpenBao."""
        namespace = self._fleet.namespace
        self._stack.admin.apply(_namespace(namespace))
        self._stack.admin.apply(vault_store(namespace, server=self._stack.backend.address, name=fleets.STORE))
        wait_for(lambda: self._store_is_ready() or None, what="the store is ready", timeout_s=60)
        self._stack.container("controller").stop()
        self._progress.say(f"writing {self._fleet.count} secrets into OpenBao")
        fleets.seed(self._stack.backend, self._fleet)

    def limit(self, namespace: str) -> Limit:
        """Measure the write-only limit on a fleet of its own, which is gone afterwards; the controller must not run."""
        fleet = Fleet(namespace=namespace, count=self._fleet.count, refresh_interval_s=self._fleet.refresh_interval_s)
        self._stack.admin.apply(_namespace(namespace))
        self._create(fleet)
        self._progress.say("measuring the write-only limit")
        limit = measure_limit(self._config, fleet)
        self._progress.say(f"the limit is {limit.syncs_per_s:.0f} syncs/s; deleting what was written")
        asyncio.run(self._clear(namespace))
        time.sleep(_SETTLE_S)
        return limit

    def first_syncs(self) -> FirstSyncs:
        """Start the controller on a fleet that nobody has synced yet, and wait for the last condition Ready."""
        count = self._fleet.count
        self._create(self._fleet)
        versions, stored, reads = self._versions(), stored_writes(self._stack.admin), self._stack.backend.reads()
        calls_before = self._provider_calls()
        started = time.monotonic()
        self._stack.start_container("controller")
        ready, calls_at_ready = time.monotonic(), self._provider_calls()
        before = self._snapshot()
        self._wait_until_ready(calls_before + count, per_s=_SLOWEST_PER_S)
        ended, after = time.monotonic(), self._snapshot()
        syncs = self._provider_calls() - calls_at_ready
        return FirstSyncs(
            syncs=syncs,
            seconds=ended - ready,
            seconds_from_start=ended - started,
            backend_reads=self._stack.backend.reads() - reads,
            stored_writes=per_sync(stored_writes(self._stack.admin) - stored, count=count),
            changed_objects=_changed(versions, self._versions()) / count,
            processes=process_costs(costs(before, after), count=syncs),
            foreign_cores=foreign_cores(before, after, seconds=ended - ready),
        )

    def refreshes(self, seconds: float) -> Refreshes:
        """Let the controller refresh the fleet for a while; nothing has changed in OpenBao."""
        versions, stored, reads = self._versions(), stored_writes(self._stack.admin), self._stack.backend.reads()
        before, calls, started = self._snapshot(), self._provider_calls(), time.monotonic()
        while (elapsed := time.monotonic() - started) < seconds:
            self._progress.tick("refreshing what has not changed")
            time.sleep(min(_POLL_S, seconds - elapsed))
        after, refreshes, ended = self._snapshot(), self._provider_calls() - calls, time.monotonic()
        if not refreshes:
            raise BenchError(f"no refresh in {seconds:.0f} s")
        return Refreshes(
            refreshes=refreshes,
            seconds=ended - started,
            wanted_per_s=self._fleet.count / self._fleet.refresh_interval_s,
            backend_reads=self._stack.backend.reads() - reads,
            stored_writes=per_sync(stored_writes(self._stack.admin) - stored, count=refreshes),
            changed_objects=_changed(versions, self._versions()),
            processes=process_costs(costs(before, after), count=refreshes),
            foreign_cores=foreign_cores(before, after, seconds=ended - started),
        )

    def newcomers(self, count: int) -> Newcomers:
        """Create some ExternalSecrets, one after the other and spread over a refresh interval."""
        self._progress.say(f"creating {count} more while all others refresh")
        return Newcomers(seconds=sorted(asyncio.run(self._newcomers(count))))

    def stop_controller(self) -> None:
        """End the controller, so that the limit can be measured again."""
        self._stack.container("controller").stop()

    def _credentials(self) -> Path:
        self._stack.admin.apply(_service_account())
        self._stack.admin.apply(_cluster_admin())
        files = write_service_account_files(
            self._stack.folder / _ACCOUNT,
            server=self._stack.plane.server,
            ca_file=self._stack.plane.ca_file,
            admin_kubeconfig=self._stack.plane.admin_kubeconfig,
            namespace=NAMESPACE,
            name=_ACCOUNT,
            expires_s=_TOKEN_S,
        )
        return files.folder

    def _create(self, fleet: Fleet) -> None:
        self._progress.say(f"creating {fleet.count} ExternalSecrets in {fleet.namespace}")
        asyncio.run(self._create_all(fleet))
        time.sleep(_SETTLE_S)

    async def _create_all(self, fleet: Fleet) -> None:
        async with KubeClient(self._config) as client:
            await fleets.create(client, fleet)

    async def _clear(self, namespace: str) -> None:
        async with KubeClient(self._config) as client:
            await fleets.clear(client, namespace)

    def _versions(self) -> Mapping[str, str]:
        async def read() -> Mapping[str, str]:
            async with KubeClient(self._config) as client:
                return await fleets.versions(client, self._fleet.namespace)

        return asyncio.run(read())

    async def _newcomers(self, count: int) -> list[float]:
        latencies = []
        # They read keys that exist, and are refreshed no more while it lasts.
        newcomers = Fleet(namespace=self._fleet.namespace, count=self._fleet.count, refresh_interval_s=_NEVER_S)
        async with KubeClient(self._config) as client:
            for number in range(count):
                manifest = newcomers.manifest(f"newcomer-{number:02d}", key=newcomers.names[number % newcomers.count])
                latency_s = await _time_to_secret(client, newcomers.namespace, f"newcomer-{number:02d}", manifest)
                latencies.append(latency_s)
                self._progress.tick(f"{number + 1} of {count} are there")
                await asyncio.sleep(max(0.0, self._fleet.refresh_interval_s / count - latency_s))
        return latencies

    def _wait_until_ready(self, calls: int, *, per_s: float) -> None:
        count = self._fleet.count
        deadline = time.monotonic() + 60 + count / per_s
        while (read := self._provider_calls()) < calls or (self._ready_count() < count):
            self._progress.tick(f"first syncs: {read - calls + count} of {count} read from OpenBao")
            if time.monotonic() > deadline:
                raise BenchError(f"{self._ready_count()} of {count} ExternalSecrets are ready, and no more come")
            time.sleep(_POLL_S if read < calls else _POLL_S / 5)

    def _ready_count(self) -> int:
        page = scrape(self._stack.container("controller"))
        return int(total(page, "externalsecret_status_condition", condition="Ready", status="True"))

    def _provider_calls(self) -> int:
        page = scrape(self._stack.container("provider-vault"))
        return int(total(page, "bulkhead_provider_calls_total", method="BatchGet"))

    def _store_is_ready(self) -> bool:
        store = self._stack.admin.store(self._fleet.namespace, fleets.STORE)
        return store is not None and any(each.status == "True" for each in store.status.conditions)

    def _snapshot(self) -> Snapshot:
        containers = {
            name: process.pid
            for pod in self._stack.pods.values()
            for name, process in pod.containers.items()
            if process.running
        }
        return snapshot({**self._stack.plane.pids, **containers, "openbao": self._stack.backend.pid})


def machine() -> Machine:
    """Describe this machine."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return Machine(
        cores=max(1, sum(line.startswith("processor") for line in lines)),
        cpu=models[0] if models else platform.machine(),
        kernel=platform.release(),
        python=platform.python_version(),
    )


async def _time_to_secret(client: KubeClient, namespace: str, name: str, manifest: Manifest) -> float:
    path = resource_path("v1", "secrets", namespace=namespace, name=name)
    started = time.monotonic()
    async with asyncio.timeout(_NEWCOMER_S):
        await fleets.create_one(client, namespace, manifest)
        while True:
            with suppress(NotFoundError):
                await client.get(path, PartialObject, accept=METADATA_ONLY)
                return time.monotonic() - started
            await asyncio.sleep(_NEWCOMER_POLL_S)


def _changed(before: Mapping[str, str], after: Mapping[str, str]) -> int:
    return sum(before.get(uid) != version for uid, version in after.items())


def _namespace(name: str) -> Manifest:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def _service_account() -> Manifest:
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": _ACCOUNT, "namespace": NAMESPACE}}


def _cluster_admin() -> Manifest:
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": _ACCOUNT},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"kind": "ServiceAccount", "name": _ACCOUNT, "namespace": NAMESPACE}],
    }
