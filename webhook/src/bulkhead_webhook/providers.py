"""The provider servers that may be asked, from the moment that our own identity for them is there.

The door does not wait for that: until then stores are judged by the rules alone.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

from bulkhead_runtime.logging import get_logger
from bulkhead_runtime.provider_routes import read_provider_servers
from bulkhead_runtime.spiffe import webhook_id
from bulkhead_runtime.tls import TlsIdentity, WrongIdentityError
from bulkhead_runtime.tls_facts import TlsFacts
from bulkhead_runtime.trust import Trust, wait_for_trust
from bulkhead_validation.fault import Fault
from bulkhead_webhook.ask import Asker, Server
from bulkhead_webhook.provider_server import ProviderServerClient
from bulkhead_webhook.question import Question
from bulkhead_webhook.settings import ClientSettings

_LOG: Final = get_logger("providers")


class Providers:
    """Whom to ask, which is nobody at first, and who we are for them."""

    def __init__(self) -> None:
        """Know nobody yet."""
        self._asker: Asker | None = None
        self._trust: Trust | None = None

    def use(self, trust: Trust, asker: Asker | None) -> None:
        """Be this identity, and ask by `asker` from now on."""
        self._trust, self._asker = trust, asker

    async def ask(self, question: Question, faults: Sequence[Fault]) -> Sequence[Fault]:
        """See `Asker.ask`."""
        return () if self._asker is None else await self._asker.ask(question, faults)

    def tls_facts(self) -> TlsFacts | None:
        """Say what `GET /tls` tells of our identity for provider servers; None until it is there."""
        return None if self._trust is None else self._trust.facts()


@asynccontextmanager
async def following(settings: ClientSettings | None) -> AsyncIterator[Providers]:
    """Keep the identity, and the channels to provider servers if there are any, while the context is open.

    Raises:
        RoutesError: the providers file cannot be used.
        WrongIdentityError: in a group, later: the identity is not the webhook's.
    """
    providers = Providers()
    if settings is None:
        yield providers
        return
    # Read now, as a mistake in it should not wait for a certificate.
    servers = read_provider_servers(settings.providers_file) if settings.providers_file is not None else ()

    def check(identity: TlsIdentity) -> None:
        _check_identity(identity, settings.trust_domain, settings.tls_dir)

    async def follow() -> None:
        trust = await wait_for_trust(settings.tls_dir, require_denylist=settings.require_denylist, check=check)
        timeout_s = settings.timeout.total_seconds()
        async with AsyncExitStack() as stack, asyncio.TaskGroup() as group:
            routes: dict[str, Server] = {}
            for server in servers:
                client = ProviderServerClient(
                    server, trust_domain=settings.trust_domain, trust=trust, timeout_s=timeout_s
                )
                stack.push_async_callback(client.close)
                group.create_task(client.follow_certificates())
                routes |= dict.fromkeys(server.stores, client)
            providers.use(trust, Asker(routes, timeout_s=timeout_s) if routes else None)
            _LOG.info("the identity for provider servers is there", asked=[server.name for server in servers])

    async with asyncio.TaskGroup() as group:
        task = group.create_task(follow())
        try:
            yield providers
        finally:
            task.cancel()


def _check_identity(identity: TlsIdentity, trust_domain: str, directory: Path) -> None:
    wanted = webhook_id(trust_domain)
    if identity.spiffe_id != wanted:
        raise WrongIdentityError(f"{directory}: the certificate is {identity.spiffe_id}, and must be {wanted}")
