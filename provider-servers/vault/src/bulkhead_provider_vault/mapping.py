"""From Vault's replies to secrets. Pure: bytes in, values out.

A secret's object is never decoded as a whole: its own text is what properties and fields are cut from, so that
numbers keep every digit that Vault sent.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import msgspec

from bulkhead_api.errors import (
    InvalidRefError,
    InvalidStoreError,
    InvalidValueError,
    PropertyNotFoundError,
    SecretNotFoundError,
    UnavailableError,
)
from bulkhead_api.secret_value import SecretValue
from bulkhead_provider_sdk.property_path import decoded_fields, go_json, property_from_json
from bulkhead_provider_vault.failures import Answer, Place, error_from
from bulkhead_provider_vault.spec import KvVersion
from bulkhead_provider_vault.transport import Reply

_NULL: Final = msgspec.Raw(b"null")


class _Envelope(msgspec.Struct, frozen=True):
    """Source: Vault's HTTP API, every reply."""

    data: msgspec.Raw = _NULL


class _VersionMetadata(msgspec.Struct, frozen=True):
    version: int


class _Versioned(msgspec.Struct, frozen=True):
    """Source: Vault's HTTP API, KV version 2, `data` of a read."""

    data: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    metadata: _VersionMetadata | None = None


class _Names(msgspec.Struct, frozen=True):
    keys: list[str] = []


class _NamesReply(msgspec.Struct, frozen=True):
    data: _Names | None = None


_envelopes: Final = msgspec.json.Decoder(_Envelope)
_versioned: Final = msgspec.json.Decoder(_Versioned)
_names: Final = msgspec.json.Decoder(_NamesReply)


@dataclass(frozen=True, kw_only=True)
class Secret:
    """One secret as Vault gave it. Without slots, so that what several references share is worked out once."""

    document: bytes = field(repr=False)
    """A JSON object."""
    version: str
    """Empty on KV version 1."""

    @cached_property
    def fields(self) -> dict[str, bytes]:
        """The top-level fields as text.

        Raises:
            InvalidValueError: the document is not a JSON object, or nests too deep.
        """
        return decoded_fields(self.document)

    @cached_property
    def canonical(self) -> bytes:
        """The document as Go encodes it, which is what ESO hands out and what property paths see.

        Raises:
            InvalidValueError: the document is not JSON, or nests too deep.
        """
        return go_json(self.document)


def secret_from(answer: Answer, *, version: KvVersion, place: Place, token_accepted: bool) -> Secret:
    """Read the answer to a read.

    Args:
        answer: what Vault said.
        version: of the KV engine.
        place: what was asked for.
        token_accepted: whether the token was good, so that a refusal is about the key.

    Raises:
        ProviderError: there is no secret, or Vault did not give it.
    """
    if not isinstance(answer, Reply) or answer.status != 200:
        raise error_from(answer, place, token_accepted=token_accepted)
    try:
        data = _envelopes.decode(answer.body).data
        if data != _NULL and version is KvVersion.V2:
            return _secret_of_version(_versioned.decode(data), place)
    except msgspec.DecodeError:
        raise UnavailableError(f"{place}: the answer is not Vault's{place.suffix}") from None
    if data == _NULL:
        raise SecretNotFoundError(f"{place}: not found{place.suffix}")
    return Secret(document=bytes(data), version="")


def _secret_of_version(reply: _Versioned, place: Place) -> Secret:
    if isinstance(reply.data, msgspec.UnsetType):
        raise InvalidStoreError(
            f"{place}: the secrets engine there is not KV version 2: set version to v1{place.suffix}"
        )
    if reply.data == _NULL:
        raise SecretNotFoundError(f"{place}: this version is deleted{place.suffix}")
    return Secret(document=bytes(reply.data), version=str(reply.metadata.version) if reply.metadata else "")


def names_from(answer: Answer, *, place: Place, token_accepted: bool) -> list[str]:
    """Read the answer to a list: names, those of folders with a slash at the end.

    Raises:
        ProviderError: there is nothing to list, or Vault did not list it.
    """
    if not isinstance(answer, Reply) or answer.status != 200:
        raise error_from(answer, place, token_accepted=token_accepted)
    try:
        data = _names.decode(answer.body).data
    except msgspec.DecodeError:
        raise UnavailableError(f"{place}: the answer is not Vault's{place.suffix}") from None
    return [] if data is None else data.keys


def value_from(secret: Secret, property_path: str, place: Place) -> bytes:
    """Give a secret, or one property of it, as one value.

    A top-level field of exactly this name comes before the same text read as a path.

    Raises:
        PropertyNotFoundError: there is no such property.
        InvalidRefError: the path is malformed.
        InvalidValueError: the secret is not what it should be.

    Source: ESO's Vault provider, GetSecret.
    """
    try:
        if not property_path:
            return secret.canonical
        value = secret.fields.get(property_path)
        if value is None:
            value = property_from_json(secret.canonical, property_path)
    except InvalidRefError as error:
        raise InvalidRefError(f"{place}: property {_quoted(property_path)}: {error}") from None
    except InvalidValueError as error:
        raise InvalidValueError(f"{place}: {error}{place.suffix}") from None
    if value is None:
        raise PropertyNotFoundError(f"{place}: property {_quoted(property_path)} not found{place.suffix}")
    return value


def fields_from(secret: Secret, property_path: str, place: Place) -> dict[str, SecretValue]:
    """Give the fields of a secret, or of the object that one property of it is.

    Raises:
        PropertyNotFoundError: there is no such property.
        InvalidRefError: the path is malformed.
        InvalidValueError: it is not a JSON object.

    Source: ESO's Vault provider, GetSecretMap.
    """
    try:
        fields = decoded_fields(value_from(secret, property_path, place)) if property_path else secret.fields
    except InvalidValueError as error:
        what = f"property {_quoted(property_path)}: " if property_path else ""
        raise InvalidValueError(f"{place}: {what}the value is not a JSON object{place.suffix}") from error
    return {name: SecretValue(value) for name, value in fields.items()}


def _quoted(text: str) -> str:
    return f'"{text}"'
