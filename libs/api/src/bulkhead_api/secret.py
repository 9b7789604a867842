"""Secret, v1, as the controller writes it. It is never decoded: a Secret's content is not read."""

from base64 import b64encode

import msgspec

from bulkhead_api.meta import ObjectMeta
from bulkhead_api.secret_value import SecretValue


class Secret(msgspec.Struct, frozen=True, kw_only=True):
    """A Secret to be written whole."""

    metadata: ObjectMeta
    data: dict[str, SecretValue]
    type: str = "Opaque"
    immutable: bool = False


class _Wire(msgspec.Struct, kw_only=True, rename="camel", omit_defaults=True):
    api_version: str
    kind: str
    metadata: ObjectMeta
    data: dict[str, str]
    type: str
    immutable: bool = False


# Sorted keys make the body of an unchanged Secret the same bytes every time.
_ENCODER = msgspec.json.Encoder(order="sorted")


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
