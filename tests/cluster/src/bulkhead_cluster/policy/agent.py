"""Keeps the node's packet filter as NetworkPolicies say: `python -m bulkhead_cluster.policy.agent SERVER FOLDER READY`.

It watches Pods, Namespaces and NetworkPolicies, and replaces its table when what they mean has changed. Its file of
readiness is there while the table is what was last decided; where a table could not be loaded, it ends.
"""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bulkhead_cluster.policy.objects import Namespace, NetworkPolicy, Pod
from bulkhead_cluster.policy.ruleset import ruleset_from
from bulkhead_cluster.policy.verdicts import verdicts_from
from bulkhead_runtime.kube.client import KubeClient
from bulkhead_runtime.kube.config import KubeConfig
from bulkhead_runtime.kube.path import resource_path
from bulkhead_runtime.kube.watch import Informer

_GATHER_S: Final = 0.05
"""How long changes that come together are waited for."""
_LOAD_S: Final = 10.0
NETWORKING: Final = "networking.k8s.io/v1"


class LoadError(Exception):
    """The kernel did not take a table; the message holds what nft said."""


class Agent:
    """Three copies of the API server's objects, and the table that follows from them."""

    def __init__(self, client: KubeClient, ready: Path) -> None:
        """Start with nothing known.

        Args:
            client: open, and allowed to list and watch the three kinds.
            ready: the file of readiness.
        """
        self._ready = ready
        self._changed = asyncio.Event()
        self._pods = Informer(client, resource_path("v1", "pods"), Pod, on_change=self._note)
        self._namespaces = Informer(client, resource_path("v1", "namespaces"), Namespace, on_change=self._note)
        self._policies = Informer(
            client, resource_path(NETWORKING, "networkpolicies"), NetworkPolicy, on_change=self._note
        )

    async def run(self) -> None:
        """Follow until cancelled.

        Raises:
            LoadError: see the class.
        """
        informers = (self._pods, self._namespaces, self._policies)
        async with asyncio.TaskGroup() as tasks:
            for informer in informers:
                tasks.create_task(informer.run())
            for informer in informers:
                await informer.synced.wait()
            await self._follow()

    async def _follow(self) -> None:
        loaded = ""
        while True:
            self._changed.clear()
            wanted = ruleset_from(
                verdicts_from(self._pods.store.values(), self._namespaces.store.values(), self._policies.store.values())
            )
            if wanted != loaded:
                self._ready.unlink(missing_ok=True)
                await load(wanted)
                self._ready.touch()
                loaded = wanted
            await self._changed.wait()
            await asyncio.sleep(_GATHER_S)

    def _note(self, before: object, after: object) -> None:
        self._changed.set()


async def load(ruleset: str) -> None:
    """Give the kernel a table.

    Raises:
        LoadError: it did not take it.
    """
    nft = await asyncio.create_subprocess_exec(
        "nft", "-f", "-", stdin=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(_LOAD_S):
        _, said = await nft.communicate(ruleset.encode())
    if nft.returncode != 0:
        raise LoadError(f"nft: {said.decode(errors='replace').strip()}")


def main(arguments: Sequence[str]) -> None:
    """Run the agent: the API server's URL, the folder of its ServiceAccount, the file of readiness."""
    server, folder, ready = arguments
    Path(ready).unlink(missing_ok=True)
    try:
        asyncio.run(_run(KubeConfig(server=server, directory=Path(folder)), Path(ready)))
    finally:
        Path(ready).unlink(missing_ok=True)


async def _run(config: KubeConfig, ready: Path) -> None:
    async with KubeClient(config) as client:
        await Agent(client, ready).run()


if __name__ == "__main__":
    main(sys.argv[1:])
