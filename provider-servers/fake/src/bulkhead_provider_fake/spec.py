"""`spec.provider.fake`, as the API server stores it."""

from enum import IntEnum

import msgspec

from bulkhead_api.errors import InvalidStoreError
from bulkhead_provider_sdk.provider import Store


class ForcedResult(IntEnum):
    """What validation shall say, whatever the data. Source: ESO's ValidationResult."""

    READY = 0
    UNKNOWN = 1
    ERROR = 2


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One value. Source: FakeProviderData."""

    key: str
    value: str
    version: str = ""

    def __repr__(self) -> str:
        return f"Entry(key={self.key!r}, version={self.version!r})"


class FakeSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a store says. Source: FakeProvider."""

    data: tuple[Entry, ...]
    validation_result: ForcedResult = msgspec.field(name="validationResult", default=ForcedResult.READY)


def spec_from_store(store: Store) -> FakeSpec:
    """Read a store's spec.

    Raises:
        InvalidStoreError: a field is missing, unknown, of another type, or empty where it must not be.

    Source: ESO's Fake `ValidateStore`, which refuses an empty key or value.
    """
    try:
        spec = msgspec.json.decode(store.spec_json, type=FakeSpec)
    except msgspec.ValidationError as error:
        # msgspec names the field and the types, never a value of the data.
        raise InvalidStoreError(f"{store.ref}: spec.provider.fake: {error}") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise InvalidStoreError(f"{store.ref}: spec.provider.fake: not valid JSON") from None
    for index, entry in enumerate(spec.data):
        for name, text in (("key", entry.key), ("value", entry.value)):
            if not text:
                raise InvalidStoreError(f"{store.ref}: spec.provider.fake.data[{index}].{name}: must not be empty")
    return spec
