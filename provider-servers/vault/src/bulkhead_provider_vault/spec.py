"""What a store says below spec.provider.vault, read field by field.

All of ESO's fields are known here. Those that do not work yet are answered with an error that names the field and
says what to do, and a field that nobody knows is refused. Pure: no network, no files.
"""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

import msgspec

from bulkhead_api.errors import InvalidStoreError
from bulkhead_provider_sdk.provider import Store, StoreRef
from bulkhead_provider_sdk.references.selectors import CaProvider
from bulkhead_provider_vault.stored import (
    Auth,
    ClientTls,
    Reference,
    StoredAuth,
    StoredError,
    StoredLogin,
    StoredPair,
    StoredToken,
    stored_auth_from,
    stored_pair_from,
)

_FIELD: Final = "spec.provider.vault"
_PEM_MARKER: Final = b"-----BEGIN CERTIFICATE-----"
_HEADER_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_HEADER_VALUE: Final = re.compile(r"[\t\x20-\x7e]*")

# What frames the request, carries the credential or decides which secret a key means is not for a header to say.
_OWN_HEADERS: Final = frozenset(
    {
        "connection",
        "content-length",
        "host",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "x-vault-namespace",
        "x-vault-token",
    }
)


class KvVersion(StrEnum):
    """Version of the KV secrets engine. Source: spec.provider.vault.version."""

    V1 = "v1"
    V2 = "v2"


class _Struct(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Settings of all structs here."""


class _CheckAndSet(_Struct, frozen=True, kw_only=True):
    required: bool = False


class _Spec(_Struct, frozen=True, kw_only=True):
    """Source: VaultProvider of external-secrets.io/v1."""

    server: str
    path: str | None = None
    version: KvVersion = KvVersion.V2
    namespace: str | None = None
    auth: Auth | None = None
    ca_bundle: str | None = None
    ca_provider: CaProvider | None = None
    tls: ClientTls | None = None
    headers: dict[str, str] = {}
    read_your_writes: bool = False
    forward_inconsistent: bool = False
    check_and_set: _CheckAndSet | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """Which Vault a store means, and how to ask it."""

    origin: str
    """`https://host:port`, the port always there; what the policy file allows or not."""
    host: str
    port: int
    mount: str
    """Path of the secrets engine; empty if each key begins with it."""
    version: KvVersion
    namespace: str
    """Empty means the root namespace."""
    login_namespace: str
    """Where logins happen."""
    headers: Mapping[str, str]
    """Extra headers of each request."""
    ca_pem: bytes | None
    """The only certificates to trust; None means that the store holds none."""
    ca_provider: CaProvider | None
    """Where they are else; None means that the store names no place."""
    auth: StoredAuth | None
    """The store's own credential; None means that this provider server's is used."""
    client_pair: StoredPair | None
    """The store's own client certificate."""
    warnings: tuple[str, ...]
    """Sentences for the store's users."""

    @property
    def references(self) -> Sequence[Reference]:
        """All Secrets that hold a credential of the store."""
        found = [] if self.client_pair is None else [self.client_pair.certificate, self.client_pair.key]
        match self.auth:
            case StoredToken(token=token):
                return [token, *found]
            case StoredLogin(secret=secret):
                return [*secret.values(), *found]
            case None:
                return found

    @property
    def whose(self) -> str:
        """Say for messages whose credential is used."""
        return "this provider server's" if self.auth is None else "the store's"


# Each reference of a batch is looked at by the policy on its own, and each look needs the spec.
@lru_cache(maxsize=256)
def backend_from(store: Store) -> Backend:
    """Read a store's spec.

    Raises:
        InvalidStoreError: the spec cannot work; the message names the field.
    """
    try:
        spec = msgspec.json.decode(store.spec_json, type=_Spec)
    except msgspec.DecodeError as error:
        raise InvalidStoreError(f"{store.ref}: {_FIELD}: {error}") from None
    if spec.check_and_set is not None and spec.check_and_set.required and spec.version is KvVersion.V1:
        raise _invalid(store.ref, "checkAndSet.required", "works with version v2 alone: leave it out")
    try:
        auth, client_pair = stored_auth_from(spec.auth), stored_pair_from(spec.auth, spec.tls)
    except StoredError as error:
        raise InvalidStoreError(f"{store.ref}: {error}") from None
    host, port = _server(store.ref, spec.server)
    namespace = _namespace(store.ref, "namespace", spec.namespace)
    login_namespace = _namespace(store.ref, "auth.namespace", spec.auth.namespace if spec.auth else None)
    return Backend(
        origin=f"https://{f'[{host}]' if ':' in host else host}:{port}",
        host=host,
        port=port,
        mount=(spec.path or "").strip("/"),
        version=spec.version,
        namespace=namespace,
        login_namespace=login_namespace or namespace,
        headers=_headers(store.ref, spec),
        ca_pem=_ca_pem(store.ref, spec.ca_bundle),
        ca_provider=None if spec.ca_bundle else spec.ca_provider,
        auth=auth,
        client_pair=client_pair,
        warnings=_warnings(spec),
    )


def _server(store: StoreRef, server: str) -> tuple[str, int]:
    try:
        url = urlsplit(server.strip())
        port = 443 if url.port is None else url.port
    except ValueError:
        raise _invalid(store, "server", "is not a URL such as https://vault.example.com:8200") from None
    if url.scheme != "https":
        raise _invalid(store, "server", "must begin with https://, as there is no path without TLS")
    if not url.hostname or url.username is not None or url.path.strip("/") or url.query or url.fragment:
        raise _invalid(
            store, "server", "must be a URL of scheme, host and port, such as https://vault.example.com:8200"
        )
    return url.hostname, port


def _namespace(store: StoreRef, field: str, namespace: str | None) -> str:
    stripped = (namespace or "").strip("/")
    if not _HEADER_VALUE.fullmatch(stripped) or {".", ".."} & set(stripped.split("/")):
        raise _invalid(store, field, "is not a path of namespaces such as team-a/dev")
    return stripped


def _headers(store: StoreRef, spec: _Spec) -> dict[str, str]:
    for name, value in spec.headers.items():
        if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(value):
            raise _invalid(store, "headers", "holds a name or value that HTTP does not allow")
        if name.lower() in _OWN_HEADERS:
            raise _invalid(store, "headers", f"{name} is set by the provider server: leave it out")
    # ESO sends this header only if both are set, as it means nothing without a remembered write.
    forward = spec.read_your_writes and spec.forward_inconsistent
    return {**spec.headers, **({"X-Vault-Inconsistent": "forward-active-node"} if forward else {})}


def _ca_pem(store: StoreRef, bundle: str | None) -> bytes | None:
    """Source: ESO accepts PEM, and PEM in base64; the API server's own base64 of a byte field may come on top."""
    if not bundle:
        return None
    content = bundle.encode()
    for _ in range(3):
        if _PEM_MARKER in content:
            return content
        try:
            content = base64.b64decode(b"".join(content.split()), validate=True)
        except (binascii.Error, ValueError):
            break
    raise _invalid(store, "caBundle", "holds no PEM certificate")


def _warnings(spec: _Spec) -> tuple[str, ...]:
    if spec.check_and_set is None:
        return ()
    return (f"{_FIELD}.checkAndSet has no effect: this provider server only reads",)


def _invalid(store: StoreRef, field: str, problem: str) -> InvalidStoreError:
    return InvalidStoreError(f"{store}: {_FIELD}.{field}: {problem}")
