"""Go's classes of runes."""

from typing import Final

SPACES: Final = " \t\r\n"
REPLACEMENT: Final = "\ufffd"


def is_alphanumeric(rune: str) -> bool:
    """Say whether a rune may be in a name: a letter, a digit or `_`; nothing at all may not."""
    return rune == "_" or rune.isalpha() or rune.isdecimal()


def is_printable(rune: str) -> bool:
    """Say what unicode.IsPrint says: letters, marks, numbers, punctuation, symbols and the ASCII space."""
    return rune.isprintable()


def is_ascii_printable(rune: str) -> bool:
    """Say whether a rune is ASCII and shows."""
    return rune.isascii() and rune.isprintable()


def is_stray_byte(rune: str) -> bool:
    """Say whether a rune stands for a byte that is not UTF-8."""
    return "\udc80" <= rune <= "\udcff"


def runes_of(text: str) -> str:
    """Give a Go string as Go's `range` reads it: a byte that is not UTF-8 is U+FFFD."""
    if text.isascii():
        return text
    return "".join(REPLACEMENT if "\ud800" <= rune <= "\udfff" else rune for rune in text)


def unicode_name(code: int, *, sharp: bool = False) -> str:
    """Give `U+0041`, and with sharp `U+0041 'A'` if it can be shown."""
    text = f"U+{code:04X}"
    if sharp and code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF and is_printable(chr(code)):
        return f"{text} '{chr(code)}'"
    return text
