"""Where the API server is and with which files to speak to it."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self
from urllib.parse import urlsplit

IN_CLUSTER_DIRECTORY: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount")
"""Where a Pod finds its ServiceAccount's files. Source: Kubernetes, "Accessing the API from within a Pod"."""

_TOKEN: Final = re.compile(r"[\x21-\x7e]+")


class KubeConfigError(Exception):
    """The API server's address or a credential file is missing or cannot work; the message names which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KubeConfig:
    """An API server and the directory with this process's credential for it."""

    server: str
    """`https://host:port`; nothing else is spoken."""
    directory: Path = IN_CLUSTER_DIRECTORY
    """Holds the files `token`, `ca.crt` and `namespace`, as the mount in a Pod does."""

    def __post_init__(self) -> None:
        address = urlsplit(self.server)
        extra = address.username or address.password or address.query or address.fragment or address.path.strip("/")
        if address.scheme != "https" or not address.hostname or extra:
            raise KubeConfigError("API server: the address must be https://host:port and no more")

    @classmethod
    def from_environment(cls, directory: Path = IN_CLUSTER_DIRECTORY) -> Self:
        """Find the API server as a Pod does.

        Raises:
            KubeConfigError: this process does not run in a Pod.
        """
        host, port = os.environ.get("KUBERNETES_SERVICE_HOST"), os.environ.get("KUBERNETES_SERVICE_PORT")
        if not host or not port:
            raise KubeConfigError(
                "API server: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set;"
                " outside of a Pod give --kube-api-server and --kube-credentials"
            )
        return cls(server=f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}", directory=directory)

    @property
    def ca_file(self) -> Path:
        """The roots that the API server's certificate must come from."""
        return self.directory / "ca.crt"

    @property
    def token_file(self) -> Path:
        """The bearer token; whoever renews it replaces the file."""
        return self.directory / "token"

    def read_token(self) -> str:
        """Read the bearer token.

        Raises:
            KubeConfigError: there is no readable file, or what it holds is no token.
        """
        # ASCII with replacement: any foreign byte then fails the pattern, and no decoding error can quote the content.
        token = self._read(self.token_file).decode("ascii", "replace").strip()
        if not _TOKEN.fullmatch(token):
            raise KubeConfigError(f"{self.token_file}: does not hold a bearer token")
        return token

    def read_namespace(self) -> str:
        """Read the namespace that this process runs in.

        Raises:
            KubeConfigError: there is no readable file, or it is empty.
        """
        path = self.directory / "namespace"
        namespace = self._read(path).decode("utf-8", "replace").strip()
        if not namespace:
            raise KubeConfigError(f"{path}: is empty")
        return namespace

    @staticmethod
    def _read(path: Path) -> bytes:
        try:
            return path.read_bytes()
        except OSError as error:
            raise KubeConfigError(f"{path}: {error.strerror}") from error
