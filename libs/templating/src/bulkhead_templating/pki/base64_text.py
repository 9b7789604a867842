"""Base64 as Go reads it, with its messages.

Source: Go, package encoding/base64: line ends are skipped, padding is strict, bits that are left
over are not looked at.
"""

import base64
import string
from typing import Final

_ALPHABET: Final = (string.ascii_letters + string.digits + "+/").encode()
_STANDARD: Final = frozenset(_ALPHABET)


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
    if not text.translate(None, _ALPHABET):
        # Most texts have nothing special in them, so their bytes need not be looked at one by one.
        left = len(text) % 4
        return len(text) - left if left else None
    places = [place for place, byte in enumerate(text) if byte not in b"\r\n"]
    for index, place in enumerate(places):
        if text[place] in _STANDARD:
            continue
        if text[place] != ord("=") or index % 4 < 2:
            return place
        return _wrong_padding(text, places, index)
    left = len(places) % 4
    if left == 0:
        return None
    return len(text) - left


def _wrong_padding(text: bytes, places: list[int], index: int) -> int | None:
    following = index + 1
    if index % 4 == 2:
        if following == len(places):
            return len(text)
        if text[places[following]] != ord("="):
            return places[following] - 1
        following += 1
    return places[following] if following < len(places) else None
