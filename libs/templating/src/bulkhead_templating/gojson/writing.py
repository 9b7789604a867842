"""Values as JSON, as Go writes them.

Source: Go, package encoding/json, Marshal.
"""

import json
import math
import re
from base64 import b64encode
from dataclasses import dataclass
from typing import Final, Protocol, runtime_checkable

from bulkhead_templating.float_digits import float_text
from bulkhead_templating.kinds import INTEGER_KINDS, STRING, GoType
from bulkhead_templating.limits import Meter
from bulkhead_templating.numbers import Float32
from bulkhead_templating.text import sort_key
from bulkhead_templating.values import NO_VALUE, GoObject, NilMap, NilSlice, TypedMap, type_of

_LARGE: Final = 1e21
_SMALL: Final = 1e-6
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
# Python escapes what JSON must; Go has a short form for the same five and writes these two besides.
_LINE_SEPARATORS: Final = {0x2028: "\\u2028", 0x2029: "\\u2029"}
_HTML: Final = _LINE_SEPARATORS | {ord(rune): f"\\u{ord(rune):04x}" for rune in "<>&"}


class JsonWriteError(ValueError):
    """A value has no JSON; the message is Go's."""


@runtime_checkable
class JsonText(Protocol):
    """A value that says itself what its JSON is."""

    def go_json(self) -> str:
        """Give it.

        Raises:
            ValueError: there is none.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class _Style:
    meter: Meter
    escapes_html: bool
    indent: str | None


def json_of(value: object, *, meter: Meter, escapes_html: bool = True, indent: str | None = None) -> str:
    """Write a value: keys sorted, no spaces unless there is an indent.

    Args:
        value: what to write.
        meter: pays for it.
        escapes_html: whether `<`, `>` and `&` are written as escapes.
        indent: what each level is indented by, with every element on its own line; None for all in one line.

    Raises:
        JsonWriteError: it cannot be written.
        DepthLimitError: it is nested too deeply, or holds itself.
    """
    return _written(value, "\n", _Style(meter=meter, escapes_html=escapes_html, indent=indent))


def _written(value: object, line: str, style: _Style) -> str:
    style.meter.step()
    match value:
        case list():
            return "null" if isinstance(value, NilSlice) else _list(value, line, style)
        case dict():
            # Keys are written as well, and in order.
            style.meter.step(len(value))
            return "null" if isinstance(value, NilMap) else _bracketed("{}", _members(value), line, style)
        case str():
            return _string(value, style)
        case bytes():
            style.meter.allocate(len(value) * 4 // 3)
            return f'"{b64encode(value).decode()}"'
        case bool() | int() | float() | None:
            return _scalar(value)
        # This question takes as long as all the others together.
        case GoObject() if isinstance(value, JsonText):
            return _own(value)
        case GoObject():
            fields = {name: item for name, item in value.go_fields().items() if name[:1].isupper()}
            return _bracketed("{}", list(fields.items()), line, style)
        case _ if value is NO_VALUE:
            return "null"
        case _:
            raise JsonWriteError(f"json: unsupported type: {type_of(value).name}")


def _list(value: list[object], line: str, style: _Style) -> str:
    return _bracketed("[]", [(None, item) for item in value], line, style)


def _own(value: JsonText) -> str:
    try:
        return value.go_json()
    except ValueError as error:
        raise JsonWriteError(f"json: error calling MarshalJSON for type {type_of(value).name}: {error}") from error


def _scalar(value: bool | float | None) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(int(value))
        case float():
            return _number(value)


def _bracketed(brackets: str, members: "list[tuple[str | None, object]]", line: str, style: _Style) -> str:
    if not members:
        return brackets
    style.meter.enter()
    inner = "" if style.indent is None else line + style.indent
    colon = ":" if style.indent is None else ": "
    style.meter.allocate(len(members) * len(inner))
    written = [
        inner + ("" if name is None else _string(name, style) + colon) + _written(item, inner, style)
        for name, item in members
    ]
    style.meter.leave()
    return brackets[0] + ",".join(written) + ("" if style.indent is None else line) + brackets[1]


def _members(value: dict[object, object]) -> list[tuple[str | None, object]]:
    key_type: GoType = STRING
    if isinstance(value, TypedMap) and value.go_type.key is not None:
        key_type = value.go_type.key
    if key_type != STRING and key_type.kind not in INTEGER_KINDS:
        raise JsonWriteError(f"json: unsupported type: {type_of(value).name}")
    named = [(key if isinstance(key, str) else str(key), item) for key, item in value.items()]
    return [*sorted(named, key=lambda member: sort_key(member[0]))]


def _string(text: str, style: _Style) -> str:
    style.meter.allocate(len(text))
    quoted = json.dumps(text, ensure_ascii=False)
    if not text.isascii():
        # A byte that is no UTF-8 becomes an escape, though the rune itself would be written as it is.
        quoted = _SURROGATE.sub(r"\\ufffd", quoted)
    return quoted.translate(_HTML if style.escapes_html else _LINE_SEPARATORS)


def _number(number: float) -> str:
    if not math.isfinite(number):
        raise JsonWriteError(f"json: unsupported value: {float_text(number, 'g', None, 64)}")
    bits = 32 if isinstance(number, Float32) else 64
    if number == 0 or _SMALL <= abs(number) < _LARGE:
        return float_text(number, "f", None, bits)
    # Two digits of exponent at least are the rule of strconv, one that of JSON.
    return float_text(number, "e", None, bits).replace("e-0", "e-")
