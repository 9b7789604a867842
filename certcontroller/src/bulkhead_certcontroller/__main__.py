"""The process: reads its settings, opens the places of certificates and tokens, and looks after them until stopped."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias

from bulkhead_certcontroller.decide import decide_wait
from bulkhead_certcontroller.directory import directory_places
from bulkhead_certcontroller.identities import Identity, load_identities
from bulkhead_certcontroller.metrics import Metrics, TokenMetrics
from bulkhead_certcontroller.place import Places
from bulkhead_certcontroller.reconcile import NotAllIssuedError, PassResult, Reconciler, Terms
from bulkhead_certcontroller.secrets import SecretPlace, secret_places
from bulkhead_certcontroller.settings import DirectoryTarget, SecretTarget, Settings, settings_from_arguments
from bulkhead_certcontroller.token_accounts import TokenAccount, load_token_accounts
from bulkhead_certcontroller.token_reconcile import TokenReconciler, TokenTerms, both
from bulkhead_certcontroller.token_request import TokenMaker
from bulkhead_runtime.health import serve_http
from bulkhead_runtime.kube.client import KubeClient
from bulkhead_runtime.kube.config import KubeConfig
from bulkhead_runtime.logging import configure
from bulkhead_runtime.metrics import REGISTRY
from bulkhead_runtime.run import run

RunPass: TypeAlias = Callable[[], Awaitable[PassResult]]
"""Makes one pass over everything that is looked after."""

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
        passes = await stack.enter_async_context(_passes(settings, identities))
        if settings.once:
            if (await passes()).failed:
                raise NotAllIssuedError("not every certificate or token could be issued; the lines above name them")
            return
        health = Health()
        for address in settings.http_addresses:
            live = serve_http(address, live=lambda: health.is_live(settings.interval), ready=health.is_ready)
            await stack.enter_async_context(live)
        await _run_passes(passes, health, settings.interval)


async def _run_passes(run_pass: RunPass, health: Health, interval: timedelta) -> None:
    while True:
        result = await run_pass()
        health.observe(result)
        wait = decide_wait(
            all_well=not result.failed, renew_at=result.renew_at, interval=interval, hurry=_HURRY, now=_utc_now()
        )
        await asyncio.sleep(wait.total_seconds())


@asynccontextmanager
async def _passes(settings: Settings, identities: Sequence[Identity]) -> AsyncIterator[RunPass]:
    """Give what makes one pass over everything that is looked after."""
    match settings.target:
        case DirectoryTarget() as target:
            places = directory_places(target.output_dir, target.ca_dir, identities)
            yield _certificates(settings, identities, places).run_pass
        case SecretTarget() as target:
            config = _kube_config(target)
            accounts = load_token_accounts(settings.tokens_file, _taken(target, identities))
            async with KubeClient(config) as client:
                namespace = config.read_namespace()
                places = secret_places(client, namespace, target.ca_secret, identities)
                certificates = _certificates(settings, identities, places)
                tokens = _tokens(settings, accounts, TokenMaker(api=client, namespace=namespace), config)

                async def run_pass() -> PassResult:
                    return both(await certificates.run_pass(), await tokens.run_pass())

                yield run_pass


def _certificates(settings: Settings, identities: Sequence[Identity], places: Places) -> Reconciler:
    terms = Terms(
        trust_domain=settings.trust_domain,
        leaf_lifetime=settings.leaf_lifetime,
        authority_lifetime=settings.ca_lifetime,
    )
    return Reconciler(places, identities, terms, metrics=Metrics(REGISTRY), clock=_utc_now)


def _tokens(
    settings: Settings, accounts: Sequence[TokenAccount], maker: TokenMaker, config: KubeConfig
) -> TokenReconciler:
    places = {each.name: SecretPlace(api=maker.api, namespace=maker.namespace, secret=each.secret) for each in accounts}
    terms = TokenTerms(lifetime=settings.token_lifetime, roots_file=config.ca_file)
    return TokenReconciler(accounts, places, maker, terms, metrics=TokenMetrics(REGISTRY), clock=_utc_now)


def _taken(target: SecretTarget, identities: Sequence[Identity]) -> frozenset[str]:
    return frozenset({target.ca_secret, *(each.secret for each in identities if each.secret is not None)})


def _kube_config(target: SecretTarget) -> KubeConfig:
    if target.api_server is None or target.credentials is None:
        return KubeConfig.from_environment()
    return KubeConfig(server=target.api_server, directory=target.credentials)


def _utc_now() -> datetime:
    return datetime.now(UTC)


if __name__ == "__main__":
    sys.exit(main())
