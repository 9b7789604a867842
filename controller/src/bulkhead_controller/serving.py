"""What a controller offers and holds beside its work: probes, metrics, and the Lease of the one that works."""

import socket
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Protocol
from uuid import uuid4

from bulkhead_controller.settings import Settings
from bulkhead_runtime.health import serve_http
from bulkhead_runtime.kube.access import Reviewer
from bulkhead_runtime.kube.client import KubeClient
from bulkhead_runtime.kube.elector import Candidacy, Elector
from bulkhead_runtime.metrics_server import PATH, serve_metrics
from bulkhead_runtime.serving_tls import ServingCertificate
from bulkhead_runtime.tls_facts import TlsFacts


class Works(Protocol):
    """What can be asked of a controller that was put together."""

    @property
    def is_live(self) -> bool:
        """Whether the process should go on."""

    @property
    def is_ready(self) -> bool:
        """Whether work is done, or would be by the leader."""


class Standing:
    """How far this process has come, for its probes: alive and not ready before there is a controller."""

    def __init__(self) -> None:
        """Start without certificate and controller."""
        self.controller: Works | None = None
        self.tls_facts: Callable[[], TlsFacts] | None = None

    def is_live(self) -> bool:
        """Say whether the process should go on."""
        return self.controller is None or self.controller.is_live

    def is_ready(self) -> bool:
        """Say whether it does its work."""
        return self.controller is not None and self.controller.is_ready

    def facts(self) -> TlsFacts | None:
        """Give what /tls tells; None before there is a certificate."""
        return None if self.tls_facts is None else self.tls_facts()


async def serve_probes(stack: AsyncExitStack, settings: Settings, standing: Standing) -> None:
    """Serve the probes, /tls and plain metrics until the stack is closed.

    Raises:
        OSError: an address is taken.
    """
    secure = settings.metrics.secure
    plain = {settings.live_addr} if secure else {settings.live_addr, settings.metrics_addr}
    for address in sorted(plain - {""}):
        # Beside guarded metrics an open copy of them would make the guard useless.
        http = serve_http(
            address, live=standing.is_live, ready=standing.is_ready, metrics=not secure, tls=standing.facts
        )
        await stack.enter_async_context(http)


async def serve_secure_metrics(stack: AsyncExitStack, settings: Settings, control: KubeClient) -> None:
    """Serve metrics over TLS, if that is wanted, until the stack is closed.

    Args:
        stack: what closes them.
        settings: where and how.
        control: asks the API server who may read metrics.

    Raises:
        ServingFilesError: the certificate of /metrics cannot be used.
        OSError: the address is taken.
    """
    if settings.metrics.secure and settings.metrics_addr:
        certificate = ServingCertificate(settings.metrics.certificate_file, settings.metrics.key_file)
        reviewer = Reviewer(control, PATH) if settings.metrics.auth else None
        await stack.enter_async_context(serve_metrics(settings.metrics_addr, certificate, reviewer=reviewer))


def elector_from_settings(settings: Settings, control: KubeClient) -> Elector | None:
    """Prepare the election in the namespace of this process; None if it is off, so that every process works.

    Raises:
        KubeConfigError: the credentials name no namespace.
    """
    election = settings.leader_election
    if not election.enabled:
        return None
    candidacy = Candidacy(
        namespace=settings.kube.read_namespace(),
        lease_name=election.lease_name,
        # A container that is restarted has the Pod's name again. Source: controller-runtime, newResourceLock.
        identity=f"{socket.gethostname()}_{uuid4()}",
        times=election.times,
    )
    return Elector(control, candidacy)
