"""The controller's client of provider servers, running against the server of a `ProviderStage`."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from bulkhead_api.external_secret import StoreKind
from bulkhead_controller.backends import BoundStore, Consumer
from bulkhead_controller.providers.servers import GrpcBackends
from bulkhead_runtime.provider_routes import ProviderServer
from bulkhead_runtime.spiffe import DEFAULT_TRUST_DOMAIN
from bulkhead_runtime.tls import TlsSource
from bulkhead_runtime.trust import Trust
from bulkhead_testkit.provider_stage import ProviderStage

STORE: Final = BoundStore(
    kind=StoreKind.SECRET_STORE,
    namespace="team-a",
    name="store",
    uid="uid-1",
    generation=3,
    provider="fake",
    spec_json=b"{}",
)
"""What the client reads from, of a provider that the stage's server serves."""
CONSUMER: Final = Consumer(kind="ExternalSecret", namespace="team-a", name="app", uid="uid-2")
"""For whom it reads."""


@asynccontextmanager
async def backends_of(
    stage: ProviderStage, *, timeout_s: float, name: str = "tiny", stores: Sequence[str] = ("fake",)
) -> AsyncIterator[GrpcBackends]:
    """Give the client while the context is open; the stage's server need not serve.

    Args:
        stage: where the server listens, and who calls.
        timeout_s: deadline of one call.
        name: of the provider server.
        stores: the kinds of stores that it serves.
    """
    server = ProviderServer(name=name, address=str(stage.settings.listen), stores=list(stores))
    backends = GrpcBackends(
        [server], trust_domain=DEFAULT_TRUST_DOMAIN, trust=Trust(TlsSource(stage.identity())), timeout_s=timeout_s
    )
    running = asyncio.create_task(backends.run())
    try:
        yield backends
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
