"""A store's own credential, certificates and client certificate, read by the SDK's one resolver."""

from dataclasses import dataclass, field
from typing import Final, TypeAlias

from bulkhead_api.errors import UnauthenticatedError
from bulkhead_api.secret_value import SecretValue
from bulkhead_provider_sdk.provider import Call
from bulkhead_provider_sdk.references.resolver import References, Resolved
from bulkhead_provider_vault.auth import Login, Token
from bulkhead_provider_vault.spec import Backend
from bulkhead_provider_vault.stored import Reference, StoredLogin, StoredToken

_CA_FIELD: Final = "spec.provider.vault.caProvider"
# Nobody means the line end behind it, except that a password may be anything.
_AS_IT_STANDS: Final = "password"

OwnCredential: TypeAlias = Token | Login


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """What a store brings along, as far as it brings anything."""

    credential: OwnCredential | None = field(default=None, repr=False)
    """None means that the store names none."""
    ca_pem: bytes | None = None
    pair_pem: SecretValue | None = None
    """The client certificate's chain and key."""
    versions: tuple[str, ...] = ()
    """Of the objects that all this is from, in a fixed order; no content, so they may be a part of a cache key."""


async def resolve(call: Call, backend: Backend, references: References) -> Own:
    """Read what a store refers to.

    Raises:
        ReferentError: the store is being validated, and only a consumer can say which namespace is meant.
        ProviderError: something cannot be read or used; the message names it.
    """
    found = await _found(call, backend, references)
    ca = None if backend.ca_provider is None else await references.find_ca(call, backend.ca_provider, _CA_FIELD)
    pair, pair_pem = backend.client_pair, None
    if pair is not None:
        halves = [found[each.field].value.reveal().strip() for each in (pair.certificate, pair.key)]
        pair_pem = SecretValue(b"\n".join([*halves, b""]))
    versions = tuple(found[field].version for field in sorted(found))
    return Own(
        credential=_credential(call, backend, found, version=" ".join(versions) if pair is not None else ""),
        ca_pem=None if ca is None else ca.value.reveal(),
        pair_pem=pair_pem,
        versions=versions if ca is None else (*versions, ca.version),
    )


async def _found(call: Call, backend: Backend, references: References) -> dict[str, Resolved]:
    """Read the Secrets one by one: most often they are one, and then it is read once."""
    found = {}
    for each in backend.references:
        found[each.field] = await references.find_secret(call, each.selector, each.field)
    return found


def _credential(call: Call, backend: Backend, found: dict[str, Resolved], *, version: str) -> OwnCredential | None:
    match backend.auth:
        case None:
            return None
        case StoredToken(token=reference):
            return Token(token=_text(call, reference, found))
        case StoredLogin(secret=secret) as login:
            texts = {
                name: _text(call, reference, found, stripped=name != _AS_IT_STANDS)
                for name, reference in secret.items()
            }
            return Login(field=login.field, path=login.path, public=login.public, secret=texts, version=version)


def _text(call: Call, reference: Reference, found: dict[str, Resolved], *, stripped: bool = True) -> SecretValue:
    content = found[reference.field].value.reveal()
    if not stripped:
        return _utf8(call, reference, content)
    content = content.strip()
    if not content or not content.isascii() or any(byte <= 0x20 for byte in content):
        raise UnauthenticatedError(f"{call.store.ref}: {reference.field}: its value must be one line of ASCII text")
    return SecretValue(content)


def _utf8(call: Call, reference: Reference, content: bytes) -> SecretValue:
    try:
        content.decode()
    except UnicodeDecodeError:
        valid = False
    else:
        valid = True
    # Raised here and not in the handler: that exception quotes the bytes.
    if not valid:
        raise UnauthenticatedError(f"{call.store.ref}: {reference.field}: its value is not text in UTF-8")
    return SecretValue(content)
