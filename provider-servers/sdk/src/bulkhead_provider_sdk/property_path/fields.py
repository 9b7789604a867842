"""A JSON object as a secret's fields, in the two styles that ESO's providers have, and as Go would encode it."""

from bulkhead_api.errors import InvalidValueError
from bulkhead_provider_sdk.property_path.scan import (
    checked_document,
    elements,
    is_array,
    is_object,
    members,
    value_text,
)
from bulkhead_provider_sdk.property_path.text import plain_text, quote, unquote


def raw_fields(document: bytes) -> dict[str, bytes]:
    """Give an object's fields: strings unquoted, null as nothing, everything else as its own JSON text.

    Of a key that stands twice the last value counts.

    Raises:
        InvalidValueError: the document is not a JSON object.

    Source: ESO's GetSecretMap of the AWS, GCP, Azure, Fake and CRD providers (`map[string]json.RawMessage`).
    """
    return {key: _raw(value).encode() for key, value in _fields(document).items()}


def decoded_fields(document: bytes) -> dict[str, bytes]:
    """Give an object's fields: scalars as plain text, null as nothing, nested values as Go encodes them.

    Integers keep every digit, where ESO rounds those above 2**53. Of a key that stands twice the last value counts.

    Raises:
        InvalidValueError: the document is not a JSON object.

    Source: ESO's GetSecretMap of the Vault, OpenBao, Webhook and IBM providers.
    """
    return {key: _decoded(value).encode() for key, value in _fields(document).items()}


def go_json(document: bytes) -> bytes:
    """Encode a JSON value anew as Go would: no whitespace, keys sorted, HTML escaped, numbers as they stand.

    Of a key that stands twice the last value counts.

    Raises:
        InvalidValueError: the document is not valid JSON.

    Source: ESO's Vault provider, which gives a whole secret as `json.Marshal` of its data map.
    """
    return _go_encoded(value_text(checked_document(document))).encode()


def _fields(document: bytes) -> dict[str, str]:
    text = checked_document(document)
    if not is_object(text):
        raise InvalidValueError("the value is not a JSON object")
    return {unquote(member.key): member.value for member in members(text)}


def _raw(value: str) -> str:
    match value[0]:
        case '"':
            return unquote(value)
        case "n":
            # Go's Unmarshal of null into a string succeeds and leaves it empty.
            return ""
        case _:
            return value


def _decoded(value: str) -> str:
    return _go_encoded(value) if value[0] in "{[" else plain_text(value)


def _go_encoded(value: str) -> str:
    if is_object(value):
        fields = {unquote(member.key): member.value for member in members(value)}
        return "{" + ",".join(f"{quote(key)}:{_go_encoded(fields[key])}" for key in sorted(fields)) + "}"
    if is_array(value):
        return "[" + ",".join(_go_encoded(element) for element in elements(value)) + "]"
    return quote(unquote(value)) if value.startswith('"') else value.strip()
