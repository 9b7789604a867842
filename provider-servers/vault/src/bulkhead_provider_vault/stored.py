"""What a store says about its own credential: which Secrets it refers to and how they are used. Nothing is read here.

All of ESO's ways to log in are known. Those that do not work yet are answered with an error that names them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

import msgspec

from bulkhead_provider_sdk.references.selectors import SecretKeySelector

AUTH: Final = "spec.provider.vault.auth"
TLS: Final = "spec.provider.vault.tls"
_CERT: Final = f"{AUTH}.cert"

_NO_TOKEN_REQUEST: Final = (
    "needs a token that is made for a ServiceAccount on request, which this provider server does not do yet: "
    "use secretRef"
)
_NOT_YET: Final = "does not work yet: use another method"

_Unread: TypeAlias = msgspec.Raw | msgspec.UnsetType
"""A field of which only the presence counts."""


class StoredError(ValueError):
    """The field cannot work; begins with its path."""


class _Struct(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Settings of all structs here."""


class _AppRole(_Struct, frozen=True, kw_only=True):
    path: str | None = None
    role_id: str | None = None
    role_ref: SecretKeySelector | None = None
    secret_ref: SecretKeySelector | None = None


class _Kubernetes(_Struct, frozen=True, kw_only=True):
    mount_path: str | None = None
    role: str = ""
    service_account_ref: _Unread = msgspec.UNSET
    secret_ref: SecretKeySelector | None = None


class _Password(_Struct, frozen=True, kw_only=True):
    path: str | None = None
    username: str = ""
    secret_ref: SecretKeySelector | None = None


class _Jwt(_Struct, frozen=True, kw_only=True):
    path: str | None = None
    role: str | None = None
    secret_ref: SecretKeySelector | None = None
    kubernetes_service_account_token: _Unread = msgspec.UNSET


class _Cert(_Struct, frozen=True, kw_only=True):
    path: str | None = None
    vault_role: str | None = None
    client_cert: SecretKeySelector | None = None
    secret_ref: SecretKeySelector | None = None


class Auth(_Struct, frozen=True, kw_only=True):
    """Source: VaultAuth of external-secrets.io/v1."""

    namespace: str | None = None
    token_secret_ref: SecretKeySelector | None = None
    app_role: _AppRole | None = None
    kubernetes: _Kubernetes | None = None
    ldap: _Password | None = None
    user_pass: _Password | None = None
    jwt: _Jwt | None = None
    cert: _Cert | None = None
    iam: _Unread = msgspec.UNSET
    gcp: _Unread = msgspec.UNSET


class ClientTls(_Struct, frozen=True, kw_only=True):
    """Source: VaultClientTLS of external-secrets.io/v1."""

    cert_secret_ref: SecretKeySelector | None = None
    key_secret_ref: SecretKeySelector | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A key of a Secret, and which field names it."""

    field: str
    selector: SecretKeySelector


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredToken:
    """The Secret holds a token."""

    token: Reference


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredLogin:
    """A login with what Secrets hold."""

    field: str
    path: str
    """Below auth/."""
    public: Mapping[str, str]
    """Fields of the request's body that the store itself says."""
    secret: Mapping[str, Reference]
    """Fields of the body that Secrets hold."""


StoredAuth: TypeAlias = StoredToken | StoredLogin
"""How a store logs in with a credential of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPair:
    """A client certificate, chain and key in PEM."""

    certificate: Reference
    key: Reference


def stored_auth_from(auth: Auth | None) -> StoredAuth | None:
    """Say how a store logs in; where it names several ways the first of ESO's order counts.

    None means that it names none, so that the provider server's own credential is used.

    Raises:
        StoredError: what it names cannot work. It is never an answer to use another credential instead.
    """
    if auth is None:
        return None
    for name, read in _METHODS.items():
        method = getattr(auth, name)
        if _is_set(method):
            return read(method)
    return None


def stored_pair_from(auth: Auth | None, tls: ClientTls | None) -> StoredPair | None:
    """Say which client certificate a store shows; None means none. Raises: StoredError, one of its halves is missing.

    The one of the cert method comes before that of `tls`, as in ESO.
    """
    login = stored_auth_from(auth)
    if auth is not None and auth.cert is not None and isinstance(login, StoredLogin) and login.field == _CERT:
        return StoredPair(
            certificate=_reference(f"{_CERT}.clientCert", auth.cert.client_cert),
            key=_reference(f"{_CERT}.secretRef", auth.cert.secret_ref),
        )
    if tls is None or (tls.cert_secret_ref is None and tls.key_secret_ref is None):
        return None
    return StoredPair(
        certificate=_reference(f"{TLS}.certSecretRef", tls.cert_secret_ref),
        key=_reference(f"{TLS}.keySecretRef", tls.key_secret_ref),
    )


def _token(selector: SecretKeySelector) -> StoredAuth:
    return StoredToken(token=_reference(f"{AUTH}.tokenSecretRef", selector))


def _app_role(method: _AppRole) -> StoredAuth:
    at = f"{AUTH}.appRole"
    role_id = (method.role_id or "").strip()
    if not role_id and method.role_ref is None:
        raise StoredError(f"{at}: needs roleId or roleRef")
    secret = {"secret_id": _reference(f"{at}.secretRef", method.secret_ref)}
    if role_id:
        return StoredLogin(
            field=at, path=_login(at, method.path, "approle"), public={"role_id": role_id}, secret=secret
        )
    secret["role_id"] = _reference(f"{at}.roleRef", method.role_ref)
    return StoredLogin(field=at, path=_login(at, method.path, "approle"), public={}, secret=secret)


def _kubernetes(method: _Kubernetes) -> StoredAuth:
    at = f"{AUTH}.kubernetes"
    if method.secret_ref is None or _is_set(method.service_account_ref):
        raise StoredError(f"{at}.serviceAccountRef: {_NO_TOKEN_REQUEST}")
    selector = msgspec.structs.replace(method.secret_ref, key=method.secret_ref.key or "token")
    return StoredLogin(
        field=at,
        path=_login(at, method.mount_path, "kubernetes", field="mountPath"),
        public={"role": method.role},
        secret={"jwt": _reference(f"{at}.secretRef", selector)},
    )


def _password(name: str, default: str) -> Callable[[_Password], StoredAuth]:
    at = f"{AUTH}.{name}"

    def read(method: _Password) -> StoredAuth:
        user = method.username.strip()
        if not user or "/" in user or user in {".", ".."}:
            raise StoredError(f"{at}.username: is missing, or is none that can stand in a path")
        return StoredLogin(
            field=at,
            path=f"{_login(at, method.path, default)}/{user}",
            public={},
            secret={"password": _reference(f"{at}.secretRef", method.secret_ref)},
        )

    return read


def _jwt(method: _Jwt) -> StoredAuth:
    at = f"{AUTH}.jwt"
    if method.secret_ref is None:
        raise StoredError(f"{at}.kubernetesServiceAccountToken: {_NO_TOKEN_REQUEST}")
    return StoredLogin(
        field=at,
        path=_login(at, method.path, "jwt"),
        public={"role": method.role} if method.role else {},
        secret={"jwt": _reference(f"{at}.secretRef", method.secret_ref)},
    )


def _cert(method: _Cert) -> StoredAuth:
    public = {"name": method.vault_role} if method.vault_role else {}
    return StoredLogin(field=_CERT, path=_login(_CERT, method.path, "cert"), public=public, secret={})


def _not_yet(name: str) -> Callable[[object], StoredAuth]:
    def refuse(_: object) -> StoredAuth:
        raise StoredError(f"{AUTH}.{name}: {_NOT_YET}")

    return refuse


# In ESO's order.
_METHODS: Final[Mapping[str, Callable[..., StoredAuth]]] = {
    "token_secret_ref": _token,
    "app_role": _app_role,
    "kubernetes": _kubernetes,
    "ldap": _password("ldap", "ldap"),
    "user_pass": _password("userPass", "userpass"),
    "jwt": _jwt,
    "cert": _cert,
    "iam": _not_yet("iam"),
    "gcp": _not_yet("gcp"),
}


def _reference(field: str, selector: SecretKeySelector | None) -> Reference:
    if selector is None:
        raise StoredError(f"{field}: missing")
    return Reference(field=field, selector=selector)


def _login(at: str, path: str | None, default: str, *, field: str = "path") -> str:
    mount = (path or default).strip("/")
    # Whatever else can be written here is encoded before it is sent.
    if not mount or any(segment in {"", ".", ".."} for segment in mount.split("/")):
        raise StoredError(f"{at}.{field}: is not the path of an auth method")
    return f"{mount}/login"


def _is_set(field: object) -> bool:
    return (
        field is not None
        and field is not msgspec.UNSET
        and not (isinstance(field, msgspec.Raw) and bytes(field) == b"null")
    )
