"""The cluster that a test runs on: the user's own, if one is given, else a control plane of one's own.

A test that needs to stop the API server or read its audit log asks for a `ControlPlane` itself.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bulkhead_testkit.controlplane import ControlPlane
from bulkhead_testkit.kubeconfig import api_client

KUBECONFIG_VARIABLE: Final = "BULKHEAD_TEST_KUBECONFIG"
"""Names a kubeconfig of a disposable cluster, with full rights; its current context is used."""


class ClusterError(Exception):
    """The kubeconfig that the user gave cannot be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """Where an API server is, and full rights on it."""

    server: str
    """The URL."""
    ca_file: Path
    """Whom to trust as this server."""
    admin_kubeconfig: Path
    """A kubeconfig that may do everything."""


@contextmanager
def open_cluster(folder: Path) -> Iterator[Cluster]:
    """Give the cluster that `BULKHEAD_TEST_KUBECONFIG` names, else start a control plane in the folder.

    Raises:
        ClusterError: the kubeconfig does not check the server's certificate.
        ProcessError, BuildError, ToolchainError: see `ControlPlane.start`.
    """
    given = os.environ.get(KUBECONFIG_VARIABLE)
    if given:
        yield given_cluster(Path(given))
        return
    with ControlPlane(folder) as plane:
        yield Cluster(server=plane.server, ca_file=plane.ca_file, admin_kubeconfig=plane.admin_kubeconfig)


def given_cluster(kubeconfig: Path) -> Cluster:
    """Read where the cluster of a kubeconfig's current context is.

    Raises:
        ClusterError: the kubeconfig does not check the server's certificate.
    """
    with api_client(kubeconfig) as api:
        settings = api.configuration
    if not settings.verify_ssl or settings.ssl_ca_cert is None:
        raise ClusterError(f"{KUBECONFIG_VARIABLE}={kubeconfig}: no certificate-authority for {settings.host}")
    return Cluster(server=settings.host, ca_file=Path(settings.ssl_ca_cert), admin_kubeconfig=kubeconfig.absolute())
