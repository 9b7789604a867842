"""The program bulkhead-controller."""

import asyncio
import sys
from typing import Final

from bulkhead_controller.app import serve
from bulkhead_controller.providers.route import read_provider_servers
from bulkhead_controller.providers.servers import GrpcBackends
from bulkhead_controller.settings import Settings, settings_from_arguments
from bulkhead_runtime.logging import configure, get_logger
from bulkhead_runtime.run import run
from bulkhead_runtime.tls import TlsSource

_LOG: Final = get_logger("process")


def main() -> None:
    """Run the controller until a signal comes; ends with status 1 if it cannot."""
    settings = settings_from_arguments()
    configure(settings.log_level, "controller", time_encoding=settings.time_encoding)
    for notice in settings.notices:
        _LOG.warning("flag has no effect", flag=notice.flag, because=notice.because, instead=notice.instead)
    sys.exit(run(_run(settings)))


async def _run(settings: Settings) -> None:
    backends = GrpcBackends(
        read_provider_servers(settings.providers_file),
        trust_domain=settings.trust_domain,
        tls=TlsSource(settings.tls_dir),
        timeout_s=settings.provider_timeout.total_seconds(),
    )
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(backends.run())
        tasks.create_task(serve(settings, backends))


if __name__ == "__main__":
    main()
