"""The cases file: a store of the server under test, and what is in it."""

import base64
from pathlib import Path

import msgspec

_SHORTEST_CANARY = 8


class CasesError(Exception):
    """The cases file cannot be used; the message names the field."""


class StoreCase(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The store that every call names."""

    provider: str
    """Its key below spec.provider."""
    spec: dict[str, object]
    """What stands below that key."""
    kind: str = "SecretStore"
    namespace: str = "conformance"
    """Not used for a ClusterSecretStore."""
    name: str = "conformance"


class ValueCase(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A reference that gives a value."""

    key: str
    property: str = ""
    version: str = ""
    value: str = ""
    value_base64: str = ""
    """In place of `value`, for values that are not text."""
    metadata: bool = False
    """Whether what the backend knows about the secret is asked for instead of the secret."""


class MapCase(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A reference that gives fields."""

    key: str
    fields: dict[str, str]
    property: str = ""
    version: str = ""
    metadata: bool = False
    """Whether what the backend knows about the secret is asked for instead of the secret."""


class ErrorCase(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A reference that fails by itself."""

    key: str
    reason: str
    """Name of an ErrorReason without its prefix, such as NOT_FOUND."""
    property: str = ""
    version: str = ""
    map: bool = False
    """Whether fields are asked for instead of a value."""
    metadata: bool = False
    """Whether what the backend knows about the secret is asked for instead of the secret."""


class FindCase(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A query and everything that it finds."""

    secrets: dict[str, str]
    name_regexp: str = ""
    path: str = ""
    tags: dict[str, str] = {}


class Cases(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the server under test holds. Everything but `store` and `values` may be left out."""

    store: StoreCase
    values: list[ValueCase]
    missing_key: str = "no-such-key"
    """A key that is not there and may be asked for."""
    maps: list[MapCase] = []
    errors: list[ErrorCase] = []
    finds: list[FindCase] = []
    invalid_specs: list[dict[str, object]] = []
    """Specs that validation refuses as INVALID_STORE."""
    validation: str = "READY"
    """Name of a ValidationResult without its prefix."""
    store_capability: str = "READ_ONLY"
    """Name of a StoreCapability without its prefix."""
    consumer_namespace: str = "conformance"
    canaries: list[str] = []
    """Texts beside the values that no error message may hold, such as a credential of the server's."""


def data_from(case: ValueCase) -> bytes:
    """Give the bytes of a case's value."""
    return base64.b64decode(case.value_base64) if case.value_base64 else case.value.encode()


def forbidden_in_errors(cases: Cases) -> list[bytes]:
    """Give what no error message may hold; values of a few characters could stand in one by chance."""
    texts = [text.encode() for text in cases.canaries] + [data_from(case) for case in cases.values]
    return [text for text in texts if len(text) >= _SHORTEST_CANARY]


def cases_from_file(path: Path) -> Cases:
    """Read a cases file.

    Raises:
        CasesError: it cannot be read, is not YAML, or a field is missing, unknown or of another type.
    """
    try:
        cases = msgspec.yaml.decode(path.read_bytes(), type=Cases)
    except (OSError, msgspec.DecodeError) as error:
        raise CasesError(f"{path}: {' '.join(str(error).split())}") from error
    if not cases.values:
        raise CasesError(f"{path}: values: at least one is needed")
    return cases
