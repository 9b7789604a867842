"""What a controller offers and holds beside its work: probes, metrics, and the Lease of the one that works."""

import socket
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from uuid import uuid4

from bulkhead_controller.settings import Settings
from bulkhead_runtime.health import serve_http
from bulkhead_runtime.kube.access import Reviewer
from bulkhead_runtime.kube.client import KubeClient
from bulkhead_runtime.kube.elector import Candidacy, Elector
from bulkhead_runtime.metrics_server import PATH, serve_metrics
from bulkhead_runtime.serving_tls import ServingCertificate


@dataclass(frozen=True, slots=True, kw_only=True)
class Probes:
    """What the kubelet asks."""

    live: Callable[[], bool]
    ready: Callable[[], bool]


async def serve_endpoints(stack: AsyncExitStack, settings: Settings, control: KubeClient, probes: Probes) -> None:
    """Serve probes and metrics until the stack is closed.

    Args:
        stack: what closes them.
        settings: where and how.
        control: asks the API server who may read metrics.
        probes: answers the probes.

    Raises:
        ServingFilesError: the certificate of /metrics cannot be used.
        OSError: an address is taken.
    """
    secure = settings.metrics.secure
    plain = {settings.live_addr} if secure else {settings.live_addr, settings.metrics_addr}
    for address in sorted(plain - {""}):
        # Beside guarded metrics an open copy of them would make the guard useless.
        http = serve_http(address, live=probes.live, ready=probes.ready, metrics=not secure)
        await stack.enter_async_context(http)
    if secure and settings.metrics_addr:
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
