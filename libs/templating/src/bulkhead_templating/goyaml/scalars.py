"""What a scalar without quotes means: YAML 1.1 as go-yaml 2 has it.

Source: go.yaml.in/yaml/v2, resolve.go.
"""

import re
from typing import Final

from bulkhead_templating.gotime.parsing import DateFormatError, parse
from bulkhead_templating.gotime.zones import UTC
from bulkhead_templating.numbers import Uint64

STRING_TAG: Final = "!!str"
BINARY_TAG: Final = "!!binary"
_NULL_TAG, _BOOL_TAG, _INT_TAG, _FLOAT_TAG = "!!null", "!!bool", "!!int", "!!float"
_TIMESTAMP_TAG: Final = "!!timestamp"
_RESOLVABLE: Final = frozenset({"", STRING_TAG, _BOOL_TAG, _INT_TAG, _FLOAT_TAG, _NULL_TAG, _TIMESTAMP_TAG})

_LARGEST: Final = (1 << 63) - 1
_LARGEST_UNSIGNED: Final = (1 << 64) - 1
_WORDS: Final[dict[str, tuple[str, object]]] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), (_BOOL_TAG, True)),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), (_BOOL_TAG, False)),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), (_NULL_TAG, None)),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), (_FLOAT_TAG, float("nan"))),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), (_FLOAT_TAG, float("inf"))),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), (_FLOAT_TAG, float("-inf"))),
}
# Only the listed words that begin so are looked up; `<<` and the rest are text.
_FIRST_OF_WORDS: Final = frozenset("yYnNtTfFoO~.+-0123456789")
_INTEGER: Final = re.compile("([+-]?)(?:(0[xX])([0-9a-fA-F]+)|(0[oO]?)([0-7]+)|(0[bB])([01]+)|(0|[1-9][0-9]*))")
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_DOTTED_FLOAT: Final = re.compile(r"\.[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+)?")
_BASE_60: Final = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?")
_TIMESTAMP_START: Final = re.compile("[0-9]{4}-")
_TIMESTAMP_LAYOUTS: Final = (
    "2006-1-2T15:4:5.999999999Z07:00",
    "2006-1-2t15:4:5.999999999Z07:00",
    "2006-1-2 15:4:5.999999999",
    "2006-1-2",
)


class ScalarError(ValueError):
    """A scalar is not what its tag says; the message is Go's."""


def resolve(text: str, tag: str = "") -> tuple[str, object]:
    """Give the tag and the value of a scalar.

    A timestamp is text, an integer beyond int64 a `Uint64`.

    Raises:
        ScalarError: the tag is one of YAML's own and the text is not like it.
    """
    if tag not in _RESOLVABLE:
        return tag, text
    if tag == STRING_TAG:
        return STRING_TAG, text
    found, value = _resolved(text, timestamps=tag in ("", _TIMESTAMP_TAG))
    if tag in ("", found):
        return found, value
    if tag == _FLOAT_TAG and found == _INT_TAG and type(value) is int:
        return _FLOAT_TAG, float(value)
    raise ScalarError(f"cannot decode {found} `{text}` as a {tag}")


def reads_as_text(text: str) -> bool:
    """Say whether a text without quotes is read as the same text, here and where numbers may be to base 60."""
    if text and text[0] in "+-0123456789" and ":" in text and _BASE_60.fullmatch(text):
        return False
    return _resolved(text, timestamps=True)[0] == STRING_TAG


def number_from_json(text: str) -> int | float:
    """Read a number of a JSON document, which YAML takes for an integer if it can."""
    value = _resolved(text, timestamps=False)[1]
    return value if isinstance(value, (int, float)) else 0


def _resolved(text: str, *, timestamps: bool) -> tuple[str, object]:
    if text and text[0] not in _FIRST_OF_WORDS:
        return STRING_TAG, text
    word = _WORDS.get(text)
    if word is not None:
        return word
    if text[0] == ".":
        return (_FLOAT_TAG, float(text)) if _is_float(text, _DOTTED_FLOAT) else (STRING_TAG, text)
    if text[0] in "+-0123456789":
        if timestamps and _is_timestamp(text):
            return _TIMESTAMP_TAG, text
        return _number(text)
    return STRING_TAG, text


def _number(text: str) -> tuple[str, object]:
    plain = text.replace("_", "")
    integer = _integer(plain)
    if integer is not None:
        return _INT_TAG, integer
    if _is_float(plain, _FLOAT):
        return _FLOAT_TAG, float(plain)
    return STRING_TAG, text


def _is_float(text: str, form: re.Pattern[str]) -> bool:
    return form.fullmatch(text) is not None and abs(float(text)) != float("inf")


def _integer(plain: str) -> int | None:
    found = _INTEGER.fullmatch(plain)
    if found is None:
        return None
    sign, _, hexadecimal, _, octal, _, binary, decimal = found.groups()
    digits = hexadecimal or octal or binary or decimal
    if len(digits.lstrip("0")) > 64:
        return None
    number = int(digits, 16 if hexadecimal else 8 if octal else 2 if binary else 10)
    if sign == "-":
        return -number if number <= _LARGEST + 1 else None
    if number <= _LARGEST:
        return number
    return Uint64(number) if number <= _LARGEST_UNSIGNED and not sign else None


def _is_timestamp(text: str) -> bool:
    if not _TIMESTAMP_START.match(text):
        return False
    for layout in _TIMESTAMP_LAYOUTS:
        try:
            parse(layout, text, location=UTC)
        except DateFormatError:
            continue
        return True
    return False
