"""Go's quoted strings and characters: strconv's Quote and Unquote.

Source: Go, package strconv; the Go specification, string literals.
"""

from typing import Final

from bulkhead_templating.runes import is_ascii_printable, is_printable, is_stray_byte, runes_of
from bulkhead_templating.text import bytes_of, canonical, text_of

_SHORT: Final = {"\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v"}
_ESCAPES: Final = {
    "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\",
}  # fmt: skip
_HEX_DIGITS: Final = {"x": 2, "u": 4, "U": 8}
_MAX_RUNE: Final = 0x10FFFF
_SURROGATES: Final = range(0xD800, 0xE000)


class QuotingError(ValueError):
    """A text is not a quoted one."""


def quote(text: str, *, mark: str = '"', ascii_only: bool = False) -> str:
    """Quote a Go string, or with the mark `'` a rune."""
    # Most texts need no escapes.
    if text.isascii() and text.isprintable() and mark not in text and "\\" not in text:
        return mark + text + mark
    return mark + "".join(_quoted_rune(rune, mark, ascii_only=ascii_only) for rune in text) + mark


def can_backquote(text: str) -> bool:
    """Say whether a string can stand between backquotes as it is: one line, no control characters but tabs."""
    return not any(is_stray_byte(rune) or rune in "\ufeff`\x7f" or (rune < " " and rune != "\t") for rune in text)


def unquote(text: str) -> str:
    """Take the quotation marks, `"` or backquotes, off a string.

    Raises:
        QuotingError: it is not well quoted.
    """
    mark, inner = text[0], text[1:-1]
    if mark == "`":
        return inner.replace("\r", "")
    if mark in inner.replace("\\" + mark, "") or "\n" in inner:
        raise QuotingError("invalid syntax")
    plain, *escaped = runes_of(inner).split("\\")
    pieces = [bytes_of(plain)]
    parts = iter(escaped)
    for part in parts:
        # Two backslashes are an escape too, with nothing between them.
        if not part:
            pieces.append(b"\\" + bytes_of(next(parts, "")))
            continue
        code, rest, is_byte = _escape("\\" + part, mark)
        pieces.append(bytes([code]) if is_byte else chr(code).encode())
        pieces.append(bytes_of(rest))
    return canonical(text_of(b"".join(pieces)))


def unquote_rune(text: str) -> tuple[int, str]:
    """Read the first rune of what stands between `'`; gives its code and the rest of the text.

    Raises:
        QuotingError: the escape is none.
    """
    if not text.startswith("\\"):
        if not text or text[0] in "'\n":
            raise QuotingError("invalid syntax")
        return (0xFFFD if is_stray_byte(text[0]) else ord(text[0])), text[1:]
    code, rest, _ = _escape(text, "'")
    return code, rest


def _quoted_rune(rune: str, mark: str, *, ascii_only: bool) -> str:
    if rune in (mark, "\\"):
        return "\\" + rune
    if is_ascii_printable(rune) if ascii_only else is_printable(rune):
        return rune
    if rune in _SHORT:
        return _SHORT[rune]
    code = ord(rune)
    if is_stray_byte(rune):
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x20 or code == 0x7F:
        return f"\\x{code:02x}"
    if code in _SURROGATES:
        return "\\ufffd"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _escape(text: str, mark: str) -> tuple[int, str, bool]:
    """Read an escape; gives its code, the rest, and whether the code is that of a byte."""
    letter, rest = text[1:2], text[2:]
    if letter in _HEX_DIGITS:
        return _hexadecimal(letter, rest)
    if letter and letter in "01234567":
        return _octal(letter + rest)
    if letter in _ESCAPES:
        return ord(_ESCAPES[letter]), rest, False
    if letter and letter == mark:
        return ord(letter), rest, False
    raise QuotingError("invalid syntax")


def _hexadecimal(letter: str, rest: str) -> tuple[int, str, bool]:
    count = _HEX_DIGITS[letter]
    digits = rest[:count]
    if len(digits) < count or not all(digit in "0123456789abcdefABCDEF" for digit in digits):
        raise QuotingError("invalid syntax")
    code = int(digits, 16)
    if letter != "x" and (code > _MAX_RUNE or code in _SURROGATES):
        raise QuotingError("invalid syntax")
    return code, rest[count:], letter == "x"


def _octal(text: str) -> tuple[int, str, bool]:
    digits = text[:3]
    if len(digits) < 3 or not all(digit in "01234567" for digit in digits) or int(digits, 8) > 0xFF:
        raise QuotingError("invalid syntax")
    return int(digits, 8), text[3:], True
