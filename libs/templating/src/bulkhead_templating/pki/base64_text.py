"""Base64 as Go reads it, with its messages.

Source: Go, package encoding/base64: line ends are skipped, padding is strict, bits that are left
over are not looked at.
"""

import base64
import re
from typing import Final

_OTHER: Final = re.compile(rb"[^A-Za-z0-9+/\r\n]")
_NO_LINE_END: Final = re.compile(rb"[^\r\n]")


class Base64Error(Exception):
    """A text is no base64; the message says where, and quotes nothing."""


def decode(text: bytes) -> bytes:
    """Read standard base64 with padding.

    Raises:
        Base64Error: it is something else.
    """
    wrong = _first_wrong(text)
    if wrong is not None:
        raise Base64Error(f"illegal base64 data at input byte {wrong}")
    return base64.b64decode(text.translate(None, b"\r\n"))


def _first_wrong(text: bytes) -> int | None:
    """Find the byte that Go complains about."""
    found = _OTHER.search(text)
    end = len(text) if found is None else found.start()
    digits = (end - text.count(b"\r", 0, end) - text.count(b"\n", 0, end)) % 4
    if found is None:
        return len(text) - digits if digits else None
    if found[0] != b"=" or digits < 2:
        return end
    return _wrong_padding(text, end, digits)


def _wrong_padding(text: bytes, place: int, digits: int) -> int | None:
    """Find what is wrong from the first `=` on, which stands behind two or three digits."""
    following = _after(text, place)
    if digits == 2:
        if following is None:
            return len(text)
        if text[following] != ord("="):
            return following - 1
        following = _after(text, following)
    return following


def _after(text: bytes, place: int) -> int | None:
    """Find the next byte that is no line end."""
    found = _NO_LINE_END.search(text, place + 1)
    return None if found is None else found.start()
