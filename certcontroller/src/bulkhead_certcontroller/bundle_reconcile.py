"""Keeps the webhook's roots in the webhook configurations: at once after a change, and by a look from time to time.

It runs beside the passes over the certificates and holds up nothing: a configuration that is missing or cannot be
written makes nobody unready, as the certificates are good without it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from datetime import timedelta
from typing import Final

from bulkhead_certcontroller.bundle_decide import BundleInputs, Inject, Leave, LeaveReason, decide_bundle
from bulkhead_certcontroller.bundle_metrics import BundleMetrics
from bulkhead_certcontroller.place import Place, PlaceError
from bulkhead_certcontroller.webhook_configurations import (
    ConfigurationChangedError,
    ConfigurationError,
    Configurations,
)
from bulkhead_runtime.logging import get_logger

WEBHOOK_IDENTITY: Final = "webhook-server"
"""The identity under which the API server finds the webhook; its `ca.crt` is what is injected."""
LOOK_AGAIN: Final = timedelta(seconds=2)
"""Time between two looks. They find new roots, which no watch tells of, and what a broken watch has missed."""

_LOG: Final = get_logger("certcontroller")
_ROOTS: Final = "ca.crt"
# Whoever takes the bundle away each time it is put back is not answered more often than this.
_LEAST_PAUSE_S: Final = 0.25


class BundleReconciler:
    """Keeps the bundle of each named configuration right."""

    def __init__(
        self,
        names: Sequence[str],
        configurations: Configurations,
        roots: Place,
        *,
        metrics: BundleMetrics,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Take the names of the configurations, where they are, and the place whose `ca.crt` they get."""
        self._names = tuple(names)
        self._configurations = configurations
        self._roots = roots
        self._metrics = metrics
        self._sleep = sleep
        self._told: dict[str, str] = {}
        """What was said last of a configuration, so that it is said once."""

    async def run(self) -> None:
        """Look after all configurations until cancelled."""
        async with asyncio.TaskGroup() as group:
            for name in self._names:
                wake = asyncio.Event()
                group.create_task(self._follow(name, wake))
                group.create_task(self._keep(name, wake))

    async def all_trust(self) -> bool:
        """Put all configurations right and say whether the API server trusts the roots as they are now, wherever asked.

        A configuration that is not there asks no webhook, so it counts as one that trusts.
        """
        return all([await self.look(name) for name in self._names])

    async def look(self, name: str) -> bool:
        """Put one configuration right if it is wrong, and say whether it is right or not there.

        What fails is logged and counted.
        """
        try:
            return await self._look(name)
        except ConfigurationChangedError:
            # What changed is told by the watch, and the next look sees it.
            return False
        except (ConfigurationError, PlaceError) as error:
            self._metrics.right.labels(name).set(0)
            self._metrics.failures.labels(name).inc()
            self._tell(name, str(error))
            return False

    async def _look(self, name: str) -> bool:
        held = await self._roots.read()
        seen = await self._configurations.read(name)
        if seen is None:
            self._metrics.right.labels(name).set(0)
            self._tell(
                name, f"webhook configuration {name}: not found: the chart renders it; it is filled when it comes"
            )
            return True
        roots = held.files.get(_ROOTS)
        decision = decide_bundle(
            BundleInputs(webhooks=seen.webhooks, roots=roots.reveal() if roots is not None else b"")
        )
        match decision:
            case Leave(reason=reason):
                self._metrics.right.labels(name).set(reason is LeaveReason.RIGHT)
                self._tell(name, _SAID[reason].format(name) if reason in _SAID else "")
                return reason is not LeaveReason.NO_ROOTS
            case Inject(reason=reason):
                await self._configurations.inject(seen, decision)
                self._metrics.injected.labels(name, reason.value).inc()
                self._metrics.right.labels(name).set(1)
                self._told.pop(name, None)
                _LOG.info("injected the webhook's roots", configuration=name, reason=reason)
                return True

    async def _follow(self, name: str, wake: asyncio.Event) -> None:
        async with aclosing(self._configurations.changes(name)) as changes:
            async for _ in changes:
                wake.set()

    async def _keep(self, name: str, wake: asyncio.Event) -> None:
        while True:
            wake.clear()
            await self.look(name)
            await self._sleep(_LEAST_PAUSE_S)
            try:
                async with asyncio.timeout(LOOK_AGAIN.total_seconds()):
                    await wake.wait()
            except TimeoutError:
                continue

    def _tell(self, name: str, problem: str) -> None:
        if problem and self._told.get(name) != problem:
            _LOG.warning("webhook's roots not injected", configuration=name, error=problem)
        self._told[name] = problem


_SAID: Final = {
    LeaveReason.NOT_OURS: "webhook configuration {}: no webhook of it has a name that ends in external-secrets.io",
    LeaveReason.NO_ROOTS: "webhook configuration {}: the webhook's certificate is not issued yet; it is filled then",
}
