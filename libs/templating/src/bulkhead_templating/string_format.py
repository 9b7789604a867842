"""Strings and bytes as `printf` prints them.

Source: Go, package fmt, "String and slice of bytes".
"""

from bulkhead_templating.formatting import Layout
from bulkhead_templating.quoting import can_backquote, quote
from bulkhead_templating.text import bytes_of


def format_string(layout: Layout, text: str, verb: str) -> str | None:
    """Print a string; None if there is no such verb for one."""
    match verb:
        case "v" if layout.sharp_v:
            return format_quoted(layout, text)
        case "v" | "s":
            return layout.padded(layout.truncated(text))
        case "q":
            return format_quoted(layout, text)
        case "x" | "X":
            return format_hexadecimal(layout, bytes_of(text), upper=verb == "X")
        case _:
            return None


def format_quoted(layout: Layout, text: str) -> str:
    """Print a string in quotation marks, or with the flag `#` in backquotes if it can be."""
    text = layout.truncated(text)
    layout.meter.take_apart(text)
    if layout.sharp and can_backquote(text):
        return layout.padded(f"`{text}`")
    return layout.padded(quote(text, ascii_only=layout.plus))


def format_hexadecimal(layout: Layout, data: bytes, *, upper: bool) -> str:
    """Print two digits for each byte, with the flag ` ` apart."""
    data = data if layout.precision is None else data[: layout.precision]
    digits = data.hex(" ") if layout.space else data.hex()
    if upper:
        digits = digits.upper()
    if layout.sharp and digits:
        prefix = "0X" if upper else "0x"
        digits = prefix + (digits.replace(" ", f" {prefix}") if layout.space else digits)
    return layout.padded(digits)
