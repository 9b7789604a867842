"""Texts that are not UTF-8: Go takes each byte that belongs to no rune for U+FFFD, where RE2 finds nothing."""

from bisect import bisect_right
from dataclasses import dataclass
from typing import Final

_REPLACEMENT: Final = "\ufffd".encode()
_ESCAPED: Final = range(0xDC80, 0xDD00)
# U+FFFD has three bytes and stands for one.
_MORE_BYTES: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class MendedText:
    """A text in UTF-8, and where its bytes come from."""

    text: bytes
    replaced: tuple[int, ...]
    """Where in it something stands for a byte of the original, from left to right."""

    def original(self, position: int) -> int:
        """Give the position in the original of one in this text, which is not within a rune."""
        return position - _MORE_BYTES * bisect_right(self.replaced, position - 1)


def mended(text: bytes) -> MendedText:
    """Put U+FFFD in place of each byte that belongs to no rune."""
    try:
        text.decode()
    except UnicodeDecodeError:
        return _mended(text.decode("utf-8", "surrogateescape"))
    return MendedText(text=text, replaced=())


def _mended(text: str) -> MendedText:
    pieces: list[bytes] = []
    replaced: list[int] = []
    length = 0
    for rune in text:
        if ord(rune) in _ESCAPED:
            replaced.append(length)
        pieces.append(_REPLACEMENT if ord(rune) in _ESCAPED else rune.encode())
        length += len(pieces[-1])
    return MendedText(text=b"".join(pieces), replaced=tuple(replaced))
