"""An object of any kind: as the controller writes it where it is allowed to, and as it reads it.

What such an object holds may be secrets, so everything beside the metadata is a `SecretValue`.
"""

import msgspec

from bulkhead_api.meta import ObjectMeta
from bulkhead_api.secret import LiveObjectMeta
from bulkhead_api.secret_value import SecretValue


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """An object to be written whole."""

    api_version: str
    kind: str
    metadata: ObjectMeta
    content: SecretValue
    """All fields beside those above, as `encode_content` writes them."""


class LiveManifest(msgspec.Struct, frozen=True, kw_only=True):
    """An object that was read."""

    metadata: LiveObjectMeta
    content: SecretValue
    """All fields but apiVersion, kind and metadata, as `encode_content` writes them."""


class _Wire(msgspec.Struct, kw_only=True):
    metadata: LiveObjectMeta


# Sorted keys make equal contents equal bytes.
_ENCODER = msgspec.json.Encoder(order="sorted")
_DECODER = msgspec.json.Decoder(dict[str, object])
_METADATA_DECODER = msgspec.json.Decoder(_Wire)
_OWN = ("apiVersion", "kind", "metadata")


def encode_content(content: dict[str, object]) -> SecretValue:
    """Keep fields of an object out of sight; equal fields give equal values."""
    return SecretValue(_ENCODER.encode(content))


def decode_content(content: SecretValue) -> dict[str, object]:
    """Give the fields that `encode_content` took."""
    return _DECODER.decode(content.reveal())


def encode_manifest(manifest: Manifest) -> bytes:
    """Give the JSON body of a create or an update; equal objects give equal bytes."""
    return _ENCODER.encode(
        {
            **decode_content(manifest.content),
            "apiVersion": manifest.api_version,
            "kind": manifest.kind,
            "metadata": manifest.metadata,
        }
    )


def decode_manifest(body: bytes) -> LiveManifest:
    """Read an object as the API server sends it.

    Raises:
        msgspec.DecodeError: it is none; the words may quote it, so they must not be shown.
    """
    try:
        fields = _DECODER.decode(body)
    except RecursionError:
        raise msgspec.DecodeError("nested too deeply") from None
    return LiveManifest(
        metadata=_METADATA_DECODER.decode(body).metadata,
        content=encode_content({name: value for name, value in fields.items() if name not in _OWN}),
    )
