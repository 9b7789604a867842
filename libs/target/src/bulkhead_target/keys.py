"""What happens to names and values between the provider's answer and the target Secret.

Source: ESO, esutils ConvertKeys, ValidateKeys, DecodeMap; Kubernetes, validation of a Secret's keys.
"""

import base64
import binascii
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet

from bulkhead_api.decoding_strategy import DecodingStrategy
from bulkhead_api.external_secret import ConversionStrategy, Find, NullBytePolicy, RemoteRef
from bulkhead_api.secret_value import SecretValue

MAX_KEY_BYTES = 253
_ASCII_KEY = re.compile(r"[-._a-zA-Z0-9]*")
_LINE_ENDS = b"\r\n"


class KeyValueError(Exception):
    """A name or a value cannot go into the target; the message is safe to show and holds no value."""


def entries_from_fields(fields: Mapping[str, SecretValue], wanted: RemoteRef | Find) -> dict[str, SecretValue]:
    """Turn the renamed fields of one dataFrom entry into entries of the target: validate, decode, check.

    Raises:
        KeyValueError: a name is invalid, or a value does not decode.
    """
    valid = validate_keys(fields)
    # In sorted order, so that of several bad values the same one is named every time.
    return {key: _checked(valid[key], wanted, what="field", name=key) for key in sorted(valid)}


def value_from_data(value: SecretValue, ref: RemoteRef) -> SecretValue:
    """Turn the value of one data entry into an entry of the target; a conversionStrategy has no meaning here.

    Raises:
        KeyValueError: the value does not decode or holds a null byte that it may not hold.
    """
    return _checked(value, ref, what="key", name=ref.key)


def convert_keys(fields: Mapping[str, SecretValue], strategy: ConversionStrategy) -> dict[str, SecretValue]:
    """Replace what no Secret key may hold.

    Raises:
        KeyValueError: two names become the same key.
    """
    converted: dict[str, SecretValue] = {}
    origins: dict[str, str] = {}
    for name in sorted(fields):
        key = convert_key(name, strategy)
        if key in converted:
            raise KeyValueError(f"fields {quoted(origins[key])} and {quoted(name)} both become the key {quoted(key)}")
        converted[key], origins[key] = fields[name], name
    return converted


def convert_key(name: str, strategy: ConversionStrategy) -> str:
    """Replace each rune that is no letter, no number and none of `-._`, by `_` or by its code."""
    if _ASCII_KEY.fullmatch(name):
        return name
    return "".join(rune if _is_allowed(rune) else _replacement(rune, strategy) for rune in name)


def validate_keys(fields: Mapping[str, SecretValue]) -> dict[str, SecretValue]:
    """Drop the empty key and refuse keys that are too long or hold a rune that conversion would have replaced.

    Raises:
        KeyValueError: a key is invalid.
    """
    for key in sorted(fields):
        if len(key.encode("utf-8", "replace")) > MAX_KEY_BYTES:
            raise KeyValueError(f"key {quoted(key)} is longer than {MAX_KEY_BYTES} bytes")
        if not _ASCII_KEY.fullmatch(key) and not all(map(_is_allowed, key)):
            raise KeyValueError(f"key {quoted(key)} may only hold letters, numbers, '-', '.' and '_'")
    return {key: value for key, value in fields.items() if key}


def check_secret_keys(keys: Iterable[str], hidden: AbstractSet[str] = frozenset()) -> None:
    """Refuse what the API server would refuse as a key of a Secret.

    Args:
        keys: of the Secret.
        hidden: those that no message may quote.

    Raises:
        KeyValueError: names the first invalid key in sorted order.

    Source: Kubernetes, apimachinery validation.IsConfigMapKey.
    """
    for key in sorted(keys):
        name = "a secret key that the template makes" if key in hidden else f"secret key {quoted(key)}"
        if not key or len(key) > MAX_KEY_BYTES or not _ASCII_KEY.fullmatch(key):
            raise KeyValueError(f"{name} must be 1 to {MAX_KEY_BYTES} of the characters a-z, A-Z, 0-9, '-', '.', '_'")
        if key == "." or key.startswith(".."):
            raise KeyValueError(f"{name} must not be '.' or begin with '..'")


def duplicate_keys(keys: Iterable[str]) -> list[str]:
    """Give the keys that are there more than once, sorted."""
    return sorted(key for key, count in Counter(keys).items() if count > 1)


def decode_value(value: SecretValue, strategy: DecodingStrategy) -> SecretValue:
    """Decode a value; `Auto` gives what decodes as Base64 or Base64URL decoded, and anything else as it is.

    Raises:
        KeyValueError: the value is not in the form that the strategy asks for.
    """
    match strategy:
        case DecodingStrategy.NONE:
            return value
        case DecodingStrategy.BASE64:
            return _decoded(_from_base64(value.reveal()), strategy)
        case DecodingStrategy.BASE64_URL:
            return _decoded(_from_base64_url(value.reveal()), strategy)
        case DecodingStrategy.AUTO:
            for decode in (_from_base64, _from_base64_url):
                decoded = decode(value.reveal())
                if decoded is not None:
                    return SecretValue(decoded)
            return value


def quoted(name: str) -> str:
    """Quote a name that came from outside for a message: ASCII, one line, of bounded length."""
    return json.dumps(name if len(name) <= MAX_KEY_BYTES else f"{name[:MAX_KEY_BYTES]}...")


def _checked(value: SecretValue, wanted: RemoteRef | Find, *, what: str, name: str) -> SecretValue:
    # The name is quoted only where something is wrong: to quote it costs more than to check the value.
    try:
        decoded = decode_value(value, wanted.decoding_strategy)
    except KeyValueError as error:
        raise KeyValueError(f"{what} {quoted(name)}: {error}") from None
    if wanted.null_byte_policy is NullBytePolicy.FAIL and b"\0" in decoded.reveal():
        raise KeyValueError(f"{what} {quoted(name)}: the value holds a null byte and nullBytePolicy is Fail")
    return decoded


def _decoded(decoded: bytes | None, strategy: DecodingStrategy) -> SecretValue:
    if decoded is None:
        raise KeyValueError(f"the value is not {strategy.value} as decodingStrategy says")
    return SecretValue(decoded)


def _is_allowed(rune: str) -> bool:
    return rune in "-._" or unicodedata.category(rune)[0] in "LN"


def _replacement(rune: str, strategy: ConversionStrategy) -> str:
    match strategy:
        case ConversionStrategy.DEFAULT:
            return "_"
        case ConversionStrategy.UNICODE:
            return f"_U{ord(rune):04x}_"


def _from_base64(data: bytes) -> bytes | None:
    # Go's decoder skips line ends and nothing else.
    try:
        return base64.b64decode(data.translate(None, _LINE_ENDS), validate=True)
    except binascii.Error:
        return None


def _from_base64_url(data: bytes) -> bytes | None:
    if b"+" in data or b"/" in data:
        return None
    return _from_base64(data.translate(bytes.maketrans(b"-_", b"+/")))
