"""The process: reads its settings, opens the places of certificates and tokens, and looks after them until stopped."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias

from bulkhead_api.certificates import REQUESTS_KEY, STATUS_KEY
from bulkhead_certcontroller.acknowledgement import HttpAcknowledgements
from bulkhead_certcontroller.bundle_acknowledgement import BundleAcknowledgements
from bulkhead_certcontroller.bundle_metrics import BundleMetrics
from bulkhead_certcontroller.bundle_reconcile import WEBHOOK_IDENTITY, BundleReconciler
from bulkhead_certcontroller.decide import decide_wait
from bulkhead_certcontroller.directory import directory_places
from bulkhead_certcontroller.documents import ConfigMapDocument, FileDocument
from bulkhead_certcontroller.identities import IdentitiesError, Identity, load_identities
from bulkhead_certcontroller.metrics import Metrics, TokenMetrics
from bulkhead_certcontroller.mounted import kept_authority
from bulkhead_certcontroller.place import Places
from bulkhead_certcontroller.reconcile import Dialogue, NotAllIssuedError, PassResult, Reconciler, Terms
from bulkhead_certcontroller.secrets import SecretPlace, secret_places
from bulkhead_certcontroller.settings import DirectoryTarget, SecretTarget, Settings, settings_from_arguments
from bulkhead_certcontroller.token_accounts import TokenAccount, load_token_accounts
from bulkhead_certcontroller.token_reconcile import TokenReconciler, TokenTerms, both
from bulkhead_certcontroller.token_request import TokenMaker
from bulkhead_certcontroller.webhook_configurations import WebhookConfigurations
from bulkhead_runtime.health import serve_http
from bulkhead_runtime.kube.client import KubeClient
from bulkhead_runtime.kube.config import KubeConfig
from bulkhead_runtime.logging import configure, get_logger
from bulkhead_runtime.metrics import REGISTRY
from bulkhead_runtime.run import run

_LOG: Final = get_logger("certcontroller")

RunPass: TypeAlias = Callable[[], Awaitable[PassResult]]
"""Makes one pass over everything that is looked after."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What is done again and again."""

    run_pass: RunPass
    has_new_requests: Callable[[], Awaitable[bool]]
    """Whether somebody asks for something else than at the last pass."""
    bundles: BundleReconciler | None = None
    """What runs beside the passes; None without webhook configurations."""


# A revocation has to be in the places within five seconds, of which a pass takes one or two.
_LISTEN: Final = timedelta(seconds=2)
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
    configure(settings.loglevel, "certcontroller", time_encoding=settings.time_encoding)
    for notice in settings.notices:
        _LOG.warning("flag has no effect", flag=notice.flag, because=notice.because, instead=notice.instead)
    return run(_serve(settings))


async def _serve(settings: Settings) -> None:
    identities = load_identities(settings.identities_file, settings.trust_domain)
    async with AsyncExitStack() as stack:
        work = await stack.enter_async_context(_work(settings, identities))
        if settings.once:
            if (await work.run_pass()).failed:
                raise NotAllIssuedError("not every certificate or token could be issued; the lines above name them")
            return
        await stack.enter_async_context(_running(work.bundles))
        health = Health()
        for address in settings.http_addresses:
            live = serve_http(address, live=lambda: health.is_live(settings.interval), ready=health.is_ready)
            await stack.enter_async_context(live)
        await _run_passes(work, health, settings.interval)


async def _run_passes(work: Work, health: Health, interval: timedelta) -> None:
    while True:
        result = await work.run_pass()
        health.observe(result)
        wait = decide_wait(
            all_well=not result.failed,
            renew_at=result.renew_at,
            interval=interval,
            hurry=_HURRY,
            now=_utc_now(),
            rotating=result.rotating,
        )
        await _wait(work, wait)


async def _wait(work: Work, wait: timedelta) -> None:
    """Sleep, and end it early when somebody asks for something."""
    until = time.monotonic() + wait.total_seconds()
    while (left := until - time.monotonic()) > 0:
        await asyncio.sleep(min(left, _LISTEN.total_seconds()))
        if await work.has_new_requests():
            return


@asynccontextmanager
async def _work(settings: Settings, identities: Sequence[Identity]) -> AsyncIterator[Work]:
    """Give what makes one pass over everything that is looked after."""
    match settings.target:
        case DirectoryTarget() as target:
            places = directory_places(target.output_dir, target.ca_dir, identities)
            certificates = _certificates(settings, identities, places, _dialogue_of_files(target))
            yield Work(run_pass=certificates.run_pass, has_new_requests=certificates.has_new_requests)
        case SecretTarget() as target:
            config = _kube_config(target)
            accounts = load_token_accounts(settings.tokens_file, _taken(target, identities))
            async with KubeClient(config) as client:
                namespace = config.read_namespace()
                places = _places(client, namespace, target, identities)
                bundles = _bundles(settings, client, places)
                dialogue = _dialogue_of_config_maps(client, namespace, target, bundles)
                certificates = _certificates(settings, identities, places, dialogue)
                tokens = _tokens(settings, accounts, TokenMaker(api=client, namespace=namespace), config)

                async def run_pass() -> PassResult:
                    return both(await certificates.run_pass(), await tokens.run_pass())

                yield Work(run_pass=run_pass, has_new_requests=certificates.has_new_requests, bundles=bundles)


@asynccontextmanager
async def _running(bundles: BundleReconciler | None) -> AsyncIterator[None]:
    """Keep the webhook's roots in the webhook configurations while the context is open."""
    async with asyncio.TaskGroup() as group:
        task = None if bundles is None else group.create_task(bundles.run())
        yield
        if task is not None:
            task.cancel()


def _bundles(settings: Settings, client: KubeClient, places: Places) -> BundleReconciler | None:
    if not settings.webhook_configurations:
        return None
    if WEBHOOK_IDENTITY not in places.leaves:
        raise IdentitiesError(f'--webhook-configuration: needs an identity "{WEBHOOK_IDENTITY}" in the identities file')
    return BundleReconciler(
        settings.webhook_configurations,
        WebhookConfigurations(api=client),
        places.leaves[WEBHOOK_IDENTITY],
        metrics=BundleMetrics(REGISTRY),
    )


def _places(client: KubeClient, namespace: str, target: SecretTarget, identities: Sequence[Identity]) -> Places:
    places = secret_places(client, namespace, target.ca_secret, identities)
    return places if target.ca_dir is None else replace(places, authority=kept_authority(target.ca_dir))


def _dialogue_of_files(target: DirectoryTarget) -> Dialogue:
    return Dialogue(
        requests=None if target.requests_file is None else FileDocument(path=target.requests_file),
        status=None if target.status_file is None else FileDocument(path=target.status_file),
        processes=HttpAcknowledgements(),
    )


def _dialogue_of_config_maps(
    client: KubeClient, namespace: str, target: SecretTarget, bundles: BundleReconciler | None
) -> Dialogue:
    def document(name: str | None, key: str) -> ConfigMapDocument | None:
        if name is None:
            return None
        return ConfigMapDocument(api=client, namespace=namespace, config_map=name, key=key)

    return Dialogue(
        requests=document(target.requests_config_map, REQUESTS_KEY),
        status=document(target.status_config_map, STATUS_KEY),
        processes=HttpAcknowledgements()
        if bundles is None
        else BundleAcknowledgements(HttpAcknowledgements(), bundles),
    )


def _certificates(settings: Settings, identities: Sequence[Identity], places: Places, dialogue: Dialogue) -> Reconciler:
    terms = Terms(
        trust_domain=settings.trust_domain,
        leaf_lifetime=settings.leaf_lifetime,
        authority_lifetime=settings.ca_lifetime,
        settle=settings.settle,
    )
    return Reconciler(places, identities, terms, metrics=Metrics(REGISTRY), clock=_utc_now, dialogue=dialogue)


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
