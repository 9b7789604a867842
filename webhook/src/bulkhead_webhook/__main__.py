"""The process: health first, then the certificate, then the door, until it is stopped."""

import asyncio
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from functools import partial
from typing import Final

from bulkhead_runtime.health import serve_http
from bulkhead_runtime.logging import configure, get_logger
from bulkhead_runtime.run import run
from bulkhead_runtime.tls_facts import TlsFacts
from bulkhead_webhook.door import Door
from bulkhead_webhook.lanes import Judge, Lanes
from bulkhead_webhook.listener import listen
from bulkhead_webhook.memory import return_large_blocks
from bulkhead_webhook.providers import following
from bulkhead_webhook.review import faults_in
from bulkhead_webhook.server import Reviews, Terms, runner_for
from bulkhead_webhook.settings import Settings, settings_from_arguments

_LOG: Final = get_logger("webhook")


def main(arguments: Sequence[str] | None = None, *, judge: Judge | None = None) -> int:
    """Run the process and give its exit status.

    Args:
        arguments: without the program's name; None means those of this process.
        judge: finds what is wrong with an object; None means the rules of the kinds.
    """
    return_large_blocks()
    settings = settings_from_arguments(arguments)
    configure(settings.log_level, "webhook", time_encoding=settings.time_encoding)
    for notice in settings.notices:
        _LOG.warning("flag has no effect", flag=notice.flag, because=notice.because, instead=notice.instead)
    return run(_serve(settings, judge))


async def _serve(settings: Settings, judge: Judge | None) -> None:
    door = Door(settings.cert_dir, settings.dns_name, terms=settings.terms, clock=lambda: datetime.now(UTC))
    answering = asyncio.Event()
    async with AsyncExitStack() as stack:
        providers = await stack.enter_async_context(following(settings.client))

        def tls_facts() -> Sequence[TlsFacts] | None:
            return [facts for facts in (door.tls_facts(), providers.tls_facts()) if facts is not None] or None

        def is_ready() -> bool:
            return answering.is_set() and door.is_good()

        for address in settings.http_addresses:
            http = serve_http(address, live=lambda: True, ready=is_ready, tls=tls_facts)
            await stack.enter_async_context(http)
        certificate = await door.opened()
        lanes = stack.enter_context(Lanes(judge or partial(faults_in, delimiters=settings.delimiters)))
        terms = Terms(profile=settings.profile, client_names=settings.client_names)
        runner = runner_for(Reviews(lanes, terms, ask=providers.ask).application())
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        where = await stack.enter_async_context(listen(settings.listen, runner, certificate.context))
        _LOG.info("answering the API server", address=str(where), profile=settings.profile.value)
        answering.set()
        await asyncio.Event().wait()


if __name__ == "__main__":
    sys.exit(main())
