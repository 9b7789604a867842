"""Credentials for an API server as files: for its administrator, and for any ServiceAccount by TokenRequest."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import yaml
from kubernetes import client
from kubernetes.config import load_kube_config

from bulkhead_api.secret_value import SecretValue
from bulkhead_testkit.planecerts import KeyPair

SHORTEST_TOKEN_S: Final = 600
"""The API server grants no shorter token, in seconds. Source: TokenRequest, `spec.expirationSeconds`."""


class TokenError(Exception):
    """The API server answered a TokenRequest without a token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAccountToken:
    """A short-lived token of a ServiceAccount."""

    value: SecretValue
    expires_at: datetime
    """UTC; the API server may have given a shorter or longer life than asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAccountFiles:
    """A folder laid out as the mount of a Pod's ServiceAccount, with a kubeconfig beside."""

    folder: Path
    """Holds `token`, `ca.crt` and `namespace`, as kubelet's projected volume does."""
    kubeconfig: Path
    """Refers to the files of the folder, so a renewed token needs no new kubeconfig."""
    expires_at: datetime
    """When the token ends, UTC."""


def api_client(kubeconfig: Path) -> client.ApiClient:
    """Open a client of the kubernetes package with a kubeconfig; use it as a context manager."""
    settings = client.Configuration()
    load_kube_config(str(kubeconfig), client_configuration=settings, persist_config=False)  # type: ignore[no-untyped-call]  # the package's loader has no types
    return client.ApiClient(settings)


def request_token(
    admin_kubeconfig: Path,
    *,
    namespace: str,
    name: str,
    expires_s: int = SHORTEST_TOKEN_S,
    audiences: Sequence[str] = (),
) -> ServiceAccountToken:
    """Ask for a token of a ServiceAccount.

    Args:
        admin_kubeconfig: who asks; must be allowed to create `serviceaccounts/token`.
        namespace: the ServiceAccount's.
        name: the ServiceAccount's.
        expires_s: the wanted life in seconds, at least `SHORTEST_TOKEN_S`.
        audiences: whom the token is for; none means the API server itself.

    Raises:
        kubernetes.client.ApiException: refused, or there is no such ServiceAccount.
        TokenError: the answer holds no token.

    Source: authentication.k8s.io/v1 TokenRequest.
    """
    wanted = client.AuthenticationV1TokenRequest(
        spec=client.V1TokenRequestSpec(audiences=list(audiences), expiration_seconds=expires_s)
    )
    with api_client(admin_kubeconfig) as api:
        answer = client.CoreV1Api(api).create_namespaced_service_account_token(name, namespace, wanted)
    status = answer.status
    if status is None or status.token is None or status.expiration_timestamp is None:
        raise TokenError(f"ServiceAccount {namespace}/{name}: the API server granted no token")
    return ServiceAccountToken(value=SecretValue(status.token.encode()), expires_at=status.expiration_timestamp)


def write_service_account_files(
    folder: Path,
    *,
    server: str,
    ca_file: Path,
    admin_kubeconfig: Path,
    namespace: str,
    name: str,
    expires_s: int = SHORTEST_TOKEN_S,
    audiences: Sequence[str] = (),
) -> ServiceAccountFiles:
    """Put a ServiceAccount's credentials into a folder that only its owner may read.

    Called again, it renews the token in place; a reader sees the old or the new token, never a part.
    Arguments and errors are those of `request_token`; `server` and `ca_file` tell where the API server is.
    """
    token = request_token(admin_kubeconfig, namespace=namespace, name=name, expires_s=expires_s, audiences=audiences)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _replace(folder / "ca.crt", ca_file.read_bytes())
    _replace(folder / "namespace", namespace.encode())
    _replace(folder / "token", token.value.reveal())
    kubeconfig = folder / "kubeconfig"
    user = {"tokenFile": str(folder.absolute() / "token")}
    _write(kubeconfig, server=server, ca_file=folder / "ca.crt", user=user, namespace=namespace)
    return ServiceAccountFiles(folder=folder, kubeconfig=kubeconfig, expires_at=token.expires_at)


def write_certificate_kubeconfig(path: Path, *, server: str, ca_file: Path, pair: KeyPair) -> None:
    """Write a kubeconfig for a user with a client certificate."""
    user = {
        "client-certificate": str(pair.certificate.absolute()),
        "client-key": str(pair.key.absolute()),
    }
    _write(path, server=server, ca_file=ca_file, user=user, namespace="default")


def _write(path: Path, *, server: str, ca_file: Path, user: Mapping[str, str], namespace: str) -> None:
    name = "bulkhead"
    cluster = {"server": server, "certificate-authority": str(ca_file.absolute())}
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": cluster}],
        "users": [{"name": name, "user": dict(user)}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name, "namespace": namespace}}],
        "current-context": name,
    }
    _replace(path, yaml.safe_dump(document, sort_keys=False).encode())


def _replace(path: Path, content: bytes) -> None:
    """Write a file for its owner's eyes in one step."""
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    new.replace(path)
