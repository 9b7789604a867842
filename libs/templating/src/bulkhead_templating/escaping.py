"""Go's html, js and urlquery in templates.

Source: Go, package text/template, HTMLEscapeString, JSEscapeString, URLQueryEscaper.
"""

from typing import Final

from bulkhead_templating.environment import Environment
from bulkhead_templating.printing import sprint
from bulkhead_templating.runes import REPLACEMENT, is_printable, is_stray_byte
from bulkhead_templating.text import bytes_of

_HTML: Final = {"&": "&amp;", '"': "&#34;", "'": "&#39;", "<": "&lt;", ">": "&gt;", "\0": REPLACEMENT}
_JS: Final = {
    "\\": "\\\\", "'": "\\'", '"': '\\"', "<": "\\u003C", ">": "\\u003E", "&": "\\u0026", "=": "\\u003D",
}  # fmt: skip
_UNRESERVED: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~")


def html(environment: Environment, *values: object) -> str:
    """Print values, safe to stand in HTML."""
    text = _printed(environment, values)
    for rune, escape in _HTML.items():
        text = text.replace(rune, escape)
    return text


def js(environment: Environment, *values: object) -> str:
    """Print values, safe to stand in a string of JavaScript."""
    return "".join(map(_js_rune, _printed(environment, values)))


def urlquery(environment: Environment, *values: object) -> str:
    """Print values, safe to stand in the query of a URL."""
    data = bytes_of(_printed(environment, values))
    environment.meter.walk(len(data))
    return "".join(map(_url_byte, data))


def _printed(environment: Environment, values: tuple[object, ...]) -> str:
    """Print like `print`, but what has no value shows."""
    text = sprint(*("<no value>" if value is None else value for value in values), meter=environment.meter)
    environment.meter.walk(len(text))
    environment.meter.allocate(len(text))
    return text


def _js_rune(rune: str) -> str:
    if rune in _JS:
        return _JS[rune]
    if rune < " ":
        return f"\\u{ord(rune):04X}"
    if is_stray_byte(rune):
        return rune
    return rune if rune.isascii() or is_printable(rune) else f"\\u{ord(rune):04X}"


def _url_byte(byte: int) -> str:
    if byte in _UNRESERVED:
        return chr(byte)
    return "+" if byte == 0x20 else f"%{byte:02X}"
