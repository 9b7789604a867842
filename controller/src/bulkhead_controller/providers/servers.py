"""All provider servers of the providers file behind one door: `Backends` over gRPC."""

import asyncio
from collections.abc import Mapping, Sequence

from bulkhead_api.errors import UnsupportedError
from bulkhead_api.secret_value import SecretValue
from bulkhead_controller.backends import BoundStore, Consumer, Outcome, Query, Ref, Validation
from bulkhead_controller.providers.client import ProviderClient
from bulkhead_runtime.provider_routes import ProviderServer, routes_from
from bulkhead_runtime.tls_facts import TlsFacts, tls_facts_from
from bulkhead_runtime.trust import Trust


class GrpcBackends:
    """All provider servers of the providers file. Implements `backends.Backends`."""

    def __init__(self, servers: Sequence[ProviderServer], *, trust_domain: str, trust: Trust, timeout_s: float) -> None:
        """Prepare a client for each server; arguments as `ProviderClient`'s."""
        self._trust = trust
        self._clients = [
            ProviderClient(server, trust_domain=trust_domain, trust=trust, timeout_s=timeout_s) for server in servers
        ]
        by_name = {client.server.name: client for client in self._clients}
        self._routes: Mapping[str, ProviderClient] = {
            store: by_name[server.name] for store, server in routes_from(servers).items()
        }

    async def run(self) -> None:
        """Keep all channels on the current certificate until cancelled, then close them."""
        try:
            async with asyncio.TaskGroup() as tasks:
                for client in self._clients:
                    tasks.create_task(client.follow_certificates())
        finally:
            await asyncio.gather(*(client.close() for client in self._clients))

    def tls_facts(self) -> TlsFacts:
        """Give what `GET /tls` tells: our newest certificate only once all channels use it."""
        newest = self._trust.identity()
        used = (client.identity for client in self._clients)
        in_use = next((identity for identity in used if identity != newest), newest)
        return tls_facts_from(in_use, self._trust.denylist())

    def route(self, provider: str) -> str | None:
        """Name the provider server that serves this key of spec.provider; None means that none is configured."""
        client = self._routes.get(provider)
        return client.server.name if client else None

    async def batch_get(self, store: BoundStore, consumer: Consumer, refs: Sequence[Ref]) -> Sequence[Outcome]:
        """Read the references; see `Backends.batch_get`."""
        return await self._client(store).batch_get(store, consumer, refs)

    async def find(self, store: BoundStore, consumer: Consumer, query: Query) -> Mapping[str, SecretValue]:
        """Find secrets; see `Backends.find`."""
        return await self._client(store).find(store, consumer, query)

    async def validate(self, store: BoundStore, consumer: Consumer) -> Validation:
        """Say whether the store can work; see `Backends.validate`."""
        return await self._client(store).validate(store, consumer)

    def _client(self, store: BoundStore) -> ProviderClient:
        client = self._routes.get(store.provider)
        if client is None:
            raise UnsupportedError(
                f'store "{store.name}": no provider server for "{store.provider}": '
                f"enable it in the chart (providers.{store.provider}.enabled)"
            )
        return client
