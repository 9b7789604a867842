"""The process: reads its settings, opens where certificates are kept, and looks after them until it is stopped."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Final

from bulkhead_certcontroller.decide import decide_wait
from bulkhead_certcontroller.directory import directory_places
from bulkhead_certcontroller.identities import Identity, load_identities
from bulkhead_certcontroller.metrics import Metrics
from bulkhead_certcontroller.place import Places
from bulkhead_certcontroller.reconcile import NotAllIssuedError, PassResult, Reconciler, Terms
from bulkhead_certcontroller.secrets import secret_places
from bulkhead_certcontroller.settings import DirectoryTarget, SecretTarget, Settings, settings_from_arguments
from bulkhead_runtime.health import serve_http
from bulkhead_runtime.kube.client import KubeClient
from bulkhead_runtime.kube.config import KubeConfig
from bulkhead_runtime.logging import configure
from bulkhead_runtime.metrics import REGISTRY
from bulkhead_runtime.run import run

_HURRY: Final = timedelta(seconds=10)
# Well above what one pass can take when every call to the API server runs into its deadline.
_LIVE_WITHIN_S: Final = 600.0


class Health:
    """What the probes ask for."""

    def __init__(self) -> None:
        """Count as alive, and not as ready, until the first pass."""
        self._last_pass = time.monotonic()
        self._all_well = False

    def observe(self, result: PassResult) -> None:
        """Take note of a pass that has ended."""
        self._last_pass = time.monotonic()
        self._all_well = not result.failed

    def is_live(self, interval: timedelta) -> bool:
        """Say whether passes still come."""
        return time.monotonic() - self._last_pass < interval.total_seconds() + _LIVE_WITHIN_S

    def is_ready(self) -> bool:
        """Say whether every identity had a valid certificate after the last pass."""
        return self._all_well


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the process and give its exit status."""
    settings = settings_from_arguments(sys.argv[1:] if arguments is None else arguments)
    configure(settings.loglevel, "certcontroller")
    return run(_serve(settings))


async def _serve(settings: Settings) -> None:
    identities = load_identities(settings.identities_file, settings.trust_domain)
    async with AsyncExitStack() as stack:
        places = await stack.enter_async_context(_places(settings.target, identities))
        terms = Terms(
            trust_domain=settings.trust_domain,
            leaf_lifetime=settings.leaf_lifetime,
            authority_lifetime=settings.ca_lifetime,
        )
        reconciler = Reconciler(places, identities, terms, metrics=Metrics(REGISTRY), clock=_utc_now)
        if settings.once:
            if (await reconciler.run_pass()).failed:
                raise NotAllIssuedError("not every certificate could be issued; the lines above name them")
            return
        health = Health()
        for address in settings.http_addresses:
            live = serve_http(address, live=lambda: health.is_live(settings.interval), ready=health.is_ready)
            await stack.enter_async_context(live)
        await _run_passes(reconciler, health, settings.interval)


async def _run_passes(reconciler: Reconciler, health: Health, interval: timedelta) -> None:
    while True:
        result = await reconciler.run_pass()
        health.observe(result)
        wait = decide_wait(
            all_well=not result.failed, renew_at=result.renew_at, interval=interval, hurry=_HURRY, now=_utc_now()
        )
        await asyncio.sleep(wait.total_seconds())


@asynccontextmanager
async def _places(target: DirectoryTarget | SecretTarget, identities: Sequence[Identity]) -> AsyncIterator[Places]:
    match target:
        case DirectoryTarget():
            yield directory_places(target.output_dir, target.ca_dir, identities)
        case SecretTarget():
            config = _kube_config(target)
            async with KubeClient(config) as client:
                yield secret_places(client, config.read_namespace(), target.ca_secret, identities)


def _kube_config(target: SecretTarget) -> KubeConfig:
    if target.api_server is None or target.credentials is None:
        return KubeConfig.from_environment()
    return KubeConfig(server=target.api_server, directory=target.credentials)


def _utc_now() -> datetime:
    return datetime.now(UTC)


if __name__ == "__main__":
    sys.exit(main())
