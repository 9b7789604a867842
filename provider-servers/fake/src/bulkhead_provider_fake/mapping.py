"""Looking up and finding in a store's data. Pure."""

from collections.abc import Iterable, Sequence

from bulkhead_api.errors import ProviderError, SecretNotFoundError, UnsupportedError
from bulkhead_api.external_secret import MetadataPolicy
from bulkhead_api.provider import Shape
from bulkhead_api.secret_value import SecretValue
from bulkhead_provider_fake.spec import Entry
from bulkhead_provider_sdk.property_path import property_from_json, raw_fields
from bulkhead_provider_sdk.provider import Fields, Found, Outcome, Query, Ref, StoreRef, Value
from bulkhead_provider_sdk.regexps import regexp_from


def outcome_from(data: Sequence[Entry], ref: Ref, *, store: StoreRef) -> Outcome:
    """Look one reference up; what goes wrong is returned and says where."""
    where = f'{store}: key "{ref.key}"'
    try:
        return _looked_up(data, ref)
    except ProviderError as error:
        return type(error)(f"{where}: {error.message}")


def found_in(data: Iterable[Entry], query: Query) -> list[Found]:
    """Find by name, sorted; of a key with several versions the highest in string order.

    Path and tags mean nothing here: beside a name they are passed over, and they alone are no query.

    Raises:
        InvalidRefError: the name expression is not RE2.
        UnsupportedError: the query has tags or a path and no name expression.

    Source: ESO's Fake `GetAllSecrets`.
    """
    if (query.tags or query.path) and not query.name_regexp:
        raise UnsupportedError("unsupported find operator: the fake provider finds by find.name alone")
    expression = regexp_from(query.name_regexp)
    latest: dict[str, Entry] = {}
    for entry in data:
        if expression.matches(entry.key) and entry.version >= latest.get(entry.key, entry).version:
            latest[entry.key] = entry
    return [Found(name=key, data=SecretValue(latest[key].value.encode())) for key in sorted(latest)]


def _looked_up(data: Sequence[Entry], ref: Ref) -> Value | Fields:
    if ref.metadata_policy is not MetadataPolicy.NONE:
        raise UnsupportedError("the fake provider has no metadata")
    # Of two entries with the same key and version the later one counts, as in a map filled in their order.
    entry = next((entry for entry in reversed(data) if (entry.key, entry.version) == (ref.key, ref.version)), None)
    if entry is None:
        raise SecretNotFoundError(f'version "{ref.version}" not found' if ref.version else "not found")
    content = _property(entry, ref.property) if ref.property else entry.value.encode()
    match ref.shape:
        case Shape.VALUE:
            return Value(data=SecretValue(content), version=entry.version)
        case Shape.MAP:
            fields = {name: SecretValue(field) for name, field in raw_fields(content).items()}
            return Fields(fields=fields, version=entry.version)


def _property(entry: Entry, path: str) -> bytes:
    found = property_from_json(entry.value.encode(), path)
    if found is None:
        # Not PropertyNotFoundError: of all ESO's providers this one alone counts a missing property as no secret.
        raise SecretNotFoundError(f'property "{path}" not found')
    return found
