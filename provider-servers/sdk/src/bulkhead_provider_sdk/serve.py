"""The main program of a provider server: `serve(build)` is all that its `__main__.py` calls."""

import asyncio
import logging
import os
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, closing
from typing import NoReturn, TypeAlias

from bulkhead_provider_sdk.blocking import BlockingPool
from bulkhead_provider_sdk.context import Context
from bulkhead_provider_sdk.credentials import Credentials
from bulkhead_provider_sdk.policy_source import PolicySource
from bulkhead_provider_sdk.provider import Provider
from bulkhead_provider_sdk.references.objects import ObjectReader
from bulkhead_provider_sdk.references.resolver import References
from bulkhead_provider_sdk.server import RunningServer, ServerSettings, check_own_identity, running_server
from bulkhead_provider_sdk.settings import Settings, program_of, settings_from_arguments
from bulkhead_runtime.health import serve_http
from bulkhead_runtime.logging import configure
from bulkhead_runtime.run import run
from bulkhead_runtime.tls import TlsIdentity
from bulkhead_runtime.tls_facts import TlsFacts
from bulkhead_runtime.trust import Trust, wait_for_trust

Build: TypeAlias = Callable[[Context], Provider]
"""Makes the provider. It runs on the event loop and must not ask the backend: a server starts without it, too."""


def serve(build: Build, arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a provider server until SIGTERM or SIGINT, then end the process.

    The exit status is 0 after a signal, 1 if the server failed, which the log explains, and 2 for a mistake on the
    command line.

    Args:
        build: makes the provider.
        arguments: without the program's name; None means those of this process.
    """
    settings = settings_from_arguments(program_of(build), arguments)
    configure(settings.log_level, settings.program, time_encoding=settings.time_encoding)
    status = run(_serve(build, settings))
    logging.shutdown()
    # Not sys.exit, which waits for all threads: an SDK that hangs in one would outlast every grace period.
    os._exit(status)


async def _serve(build: Build, settings: Settings) -> None:
    policy = PolicySource(settings.policy_file)
    async with AsyncExitStack() as stack:
        standing = _Standing()
        # Probes are answered first: whoever issues our certificate may start later than we do.
        for address in sorted({settings.metrics_addr, settings.live_addr} - {""}):
            http = serve_http(address, live=lambda: True, ready=standing.is_ready, tls=standing.tls_facts)
            await stack.enter_async_context(http)
        standing.trust = trust = await _wait_for_trust(settings.server)
        blocking = stack.enter_context(closing(BlockingPool()))
        references = _references(settings, trust.identity())
        stack.push_async_callback(references.close)
        context = Context(
            credentials=Credentials(settings.credentials_dir), policy=policy, blocking=blocking, references=references
        )
        provider = build(context)
        stack.push_async_callback(provider.close)
        standing.server = await stack.enter_async_context(running_server(settings.server, provider, policy, trust))
        await asyncio.Event().wait()


class _Standing:
    """How far this process has come, for its probes."""

    def __init__(self) -> None:
        self.trust: Trust | None = None
        self.server: RunningServer | None = None

    def is_ready(self) -> bool:
        return self.server is not None and self.server.health.serving

    def tls_facts(self) -> TlsFacts | None:
        return None if self.trust is None else self.trust.facts()


async def _wait_for_trust(settings: ServerSettings) -> Trust:
    return await wait_for_trust(
        settings.tls_dir,
        require_denylist=settings.require_denylist,
        check=lambda identity: check_own_identity(identity, settings),
    )


def _references(settings: Settings, own: TlsIdentity) -> References:
    # The certificate has the name under which the chart's values know this server, for messages that send people there.
    name = own.spiffe_id.path.removeprefix("provider/")
    reader = None if settings.identity is None else ObjectReader(settings.identity)
    return References(reader, provider=name)
