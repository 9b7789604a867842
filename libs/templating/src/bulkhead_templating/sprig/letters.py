"""Go's classes and cases of single runes; Python's own cases look at more than one rune and may give several.

Source: Go, package unicode.
"""

import unicodedata
from collections.abc import Iterable
from typing import Final

from bulkhead_templating.text import bytes_of

_SPACES: Final = frozenset(
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
SPACES: Final = "".join(sorted(_SPACES))
"""All runes that Go takes for spaces."""


def is_space(rune: str) -> bool:
    """Say what unicode.IsSpace says."""
    return rune in _SPACES


def is_letter(rune: str) -> bool:
    """Say what unicode.IsLetter says."""
    return unicodedata.category(rune).startswith("L")


def is_digit(rune: str) -> bool:
    """Say what unicode.IsDigit says."""
    return unicodedata.category(rune) == "Nd"


def is_number(rune: str) -> bool:
    """Say what unicode.IsNumber says."""
    return unicodedata.category(rune).startswith("N")


def is_punctuation(rune: str) -> bool:
    """Say what unicode.IsPunct says."""
    return unicodedata.category(rune).startswith("P")


def is_upper(rune: str) -> bool:
    """Say what unicode.IsUpper says."""
    return unicodedata.category(rune) == "Lu"


def is_lower(rune: str) -> bool:
    """Say what unicode.IsLower says."""
    return unicodedata.category(rune) == "Ll"


def is_title(rune: str) -> bool:
    """Say what unicode.IsTitle says."""
    return unicodedata.category(rune) == "Lt"


def to_upper(rune: str) -> str:
    """Give what unicode.ToUpper gives."""
    upper = rune.upper()
    return upper if len(upper) == 1 else _to_title_alone(rune)


def to_lower(rune: str) -> str:
    """Give what unicode.ToLower gives."""
    # Of all lower cases, that of U+0130 alone has two runes: i and a dot above it.
    return rune.lower()[0]


def to_title(rune: str) -> str:
    """Give what unicode.ToTitle gives."""
    return _to_title_alone(rune)


def bytes_as_runes(text: str) -> str:
    """Give each byte as a rune of its own, which goutils takes for the runes of a text."""
    return bytes_of(text).decode("latin-1")


def joined(runes: Iterable[str]) -> str:
    """Put runes together."""
    return "".join(runes)


def _to_title_alone(rune: str) -> str:
    title = rune.title()
    return title if len(title) == 1 else rune
