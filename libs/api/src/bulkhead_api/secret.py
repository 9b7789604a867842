"""Secret, v1: as the controller writes it, and as it reads it where a profile lets it."""

from base64 import b64encode
from typing import Final

import msgspec

from bulkhead_api.meta import ManagedFields, ObjectMeta
from bulkhead_api.secret_value import SecretValue

DEFAULT_TYPE: Final = "Opaque"
"""Source: Kubernetes, core/v1 SecretTypeOpaque."""


class Secret(msgspec.Struct, frozen=True, kw_only=True):
    """A Secret to be written whole."""

    metadata: ObjectMeta
    data: dict[str, SecretValue]
    type: str = DEFAULT_TYPE
    immutable: bool = False


class LiveObjectMeta(ObjectMeta, frozen=True, kw_only=True, rename="camel"):
    """Metadata of a Secret that was read, with what a write of it needs to know."""

    managed_fields: list[ManagedFields] = []  # noqa: RUF012 - a struct copies it


class LiveSecret(msgspec.Struct, frozen=True, kw_only=True):
    """A Secret that was read."""

    metadata: LiveObjectMeta
    data: dict[str, SecretValue] = {}
    type: str = DEFAULT_TYPE
    immutable: bool = False


class _Wire(msgspec.Struct, kw_only=True, rename="camel", omit_defaults=True):
    api_version: str
    kind: str
    metadata: ObjectMeta
    data: dict[str, str]
    type: str
    immutable: bool = False


class _LiveWire(msgspec.Struct, kw_only=True):
    metadata: LiveObjectMeta
    data: dict[str, bytes] | None = None
    type: str = DEFAULT_TYPE
    immutable: bool | None = None


# Sorted keys make the body of an unchanged Secret the same bytes every time.
_ENCODER = msgspec.json.Encoder(order="sorted")
_DECODER = msgspec.json.Decoder(_LiveWire)


def encode_secret(secret: Secret) -> bytes:
    """Give the JSON body of a create or an update; equal Secrets give equal bytes."""
    return _ENCODER.encode(
        _Wire(
            api_version="v1",
            kind="Secret",
            metadata=secret.metadata,
            data={key: b64encode(value.reveal()).decode() for key, value in secret.data.items()},
            type=secret.type,
            immutable=secret.immutable,
        )
    )


def decode_secret(body: bytes) -> LiveSecret:
    """Read a Secret as the API server sends it.

    Raises:
        msgspec.DecodeError: it is none; the words may quote it, so they must not be shown.
    """
    seen = _DECODER.decode(body)
    return LiveSecret(
        metadata=seen.metadata,
        data={key: SecretValue(value) for key, value in (seen.data or {}).items()},
        type=seen.type,
        immutable=bool(seen.immutable),
    )
