"""The program bulkhead-controller."""

import asyncio
import sys
from typing import Final

from bulkhead_controller.app import serve
from bulkhead_controller.providers.servers import GrpcBackends
from bulkhead_controller.serving import Standing
from bulkhead_controller.settings import Settings, settings_from_arguments
from bulkhead_runtime.logging import configure, get_logger
from bulkhead_runtime.provider_routes import read_provider_servers
from bulkhead_runtime.run import run
from bulkhead_runtime.spiffe import controller_id
from bulkhead_runtime.tls import TlsIdentity, WrongIdentityError
from bulkhead_runtime.trust import Trust, wait_for_trust

_LOG: Final = get_logger("process")


def main() -> None:
    """Run the controller until a signal comes; ends with status 1 if it cannot."""
    settings = settings_from_arguments()
    configure(settings.log_level, "controller", time_encoding=settings.time_encoding)
    for notice in settings.notices:
        _LOG.warning("flag has no effect", flag=notice.flag, because=notice.because, instead=notice.instead)
    sys.exit(run(_run(settings)))


async def _run(settings: Settings) -> None:
    servers = read_provider_servers(settings.providers_file)
    async with asyncio.TaskGroup() as tasks:

        async def connect(standing: Standing) -> GrpcBackends:
            backends = GrpcBackends(
                servers,
                trust_domain=settings.trust_domain,
                trust=await _wait_for_trust(settings),
                timeout_s=settings.provider_timeout.total_seconds(),
            )
            standing.tls_facts = backends.tls_facts
            tasks.create_task(backends.run())
            return backends

        tasks.create_task(serve(settings, connect))


async def _wait_for_trust(settings: Settings) -> Trust:
    own = controller_id(settings.trust_domain)

    def check(identity: TlsIdentity) -> None:
        if identity.spiffe_id != own:
            raise WrongIdentityError(f"{settings.tls_dir}: the certificate is {identity.spiffe_id}, and must be {own}")

    return await wait_for_trust(settings.tls_dir, require_denylist=settings.require_denylist, check=check)


if __name__ == "__main__":
    main()
