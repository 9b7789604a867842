"""Fields that are kept as raw JSON because only their presence matters."""

import msgspec


def is_set(raw: msgspec.Raw | msgspec.UnsetType) -> bool:
    """Say whether a raw field is there and is not null."""
    return not isinstance(raw, msgspec.UnsetType) and bytes(raw) != b"null"
