"""What KV version 2 knows about a secret beside its values. Pure: bytes in, texts out.

Source: ESO's Vault provider, readSecretMetadata: three of Vault's own keys, and custom_metadata over them, all as text.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from bulkhead_api.errors import InvalidRefError, SecretNotFoundError, UnavailableError
from bulkhead_provider_vault.failures import Answer, Place, error_from
from bulkhead_provider_vault.mapping import Secret
from bulkhead_provider_vault.transport import Reply

_NULL: Final = msgspec.Raw(b"null")


class _Metadata(msgspec.Struct, frozen=True):
    """Source: Vault's HTTP API, KV version 2, `data` of a read of metadata."""

    created_time: msgspec.Raw = _NULL
    current_version: msgspec.Raw = _NULL
    delete_version_after: msgspec.Raw = _NULL
    custom_metadata: dict[str, msgspec.Raw] | None = None


class _MetadataReply(msgspec.Struct, frozen=True):
    data: _Metadata


_replies: Final = msgspec.json.Decoder(_MetadataReply)


def metadata_from(answer: Answer, *, place: Place, token_accepted: bool) -> Mapping[str, str]:
    """Read the answer to a read of metadata.

    Args:
        answer: what Vault said.
        place: what was asked for.
        token_accepted: whether the token was good, so that a refusal is about the key.

    Raises:
        SecretNotFoundError: there is no secret.
        ProviderError: Vault did not give its metadata.
    """
    if not isinstance(answer, Reply) or answer.status != 200:
        raise error_from(answer, place, token_accepted=token_accepted)
    try:
        data = _replies.decode(answer.body).data
        own = {
            "created_time": data.created_time,
            "current_version": data.current_version,
            "delete_version_after": data.delete_version_after,
        }
        whole = {**own, **(data.custom_metadata or {})}
        return {name: _text(value) for name, value in whole.items() if value != _NULL}
    except msgspec.DecodeError:
        raise UnavailableError(f"{place}: the answer is not Vault's{place.suffix}") from None


def metadata_secret_from(answer: Answer, *, place: Place, token_accepted: bool) -> Secret:
    """Give a secret's metadata in the form of a secret, so that properties and fields are cut from it as usual.

    Raises:
        InvalidRefError: there is no secret to know anything about. Not SecretNotFoundError: as in ESO, a missing
            secret's metadata is an error and never the reason to delete a target.
        ProviderError: Vault did not give its metadata.
    """
    try:
        metadata = metadata_from(answer, place=place, token_accepted=token_accepted)
    except SecretNotFoundError as error:
        raise InvalidRefError(f"{place}: metadataPolicy Fetch: no such secret{place.suffix}") from error
    return Secret(document=msgspec.json.encode(metadata), version="")


def has_tags(metadata: Mapping[str, str], tags: Mapping[str, str]) -> bool:
    """Say whether the metadata holds every one of the tags with exactly its value."""
    return all(metadata.get(name) == value for name, value in tags.items())


def _text(value: msgspec.Raw) -> str:
    # What is no text is given as its own JSON, which for numbers keeps each digit.
    raw = bytes(value)
    return msgspec.json.decode(raw, type=str) if raw.startswith(b'"') else raw.decode()
