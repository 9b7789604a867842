"""DER: the tags, and writing it; `der_elements.py` reads it.

Source: ITU-T X.690.
"""

from typing import Final

INTEGER: Final = 0x02
BIT_STRING: Final = 0x03
OCTET_STRING: Final = 0x04
NULL: Final = b"\x05\x00"
OBJECT_IDENTIFIER: Final = 0x06
UTF8_STRING: Final = 0x0C
PRINTABLE_STRING: Final = 0x13
UTC_TIME: Final = 0x17
GENERALIZED_TIME: Final = 0x18
BMP_STRING: Final = 0x1E
SEQUENCE: Final = 0x30
SET: Final = 0x31
_CONSTRUCTED: Final = 0x20
_LONG_FORM: Final = 0x80


def context(number: int, *, constructed: bool = True) -> int:
    """Give the tag of a context: `[number]`."""
    return 0x80 | (_CONSTRUCTED if constructed else 0) | number


def encode(tag: int, *contents: bytes) -> bytes:
    """Write one value: its tag, its length, its contents in a row."""
    content = b"".join(contents)
    if len(content) < _LONG_FORM:
        return bytes((tag, len(content))) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8)
    return bytes((tag, _LONG_FORM | len(length))) + length + content


def sequence(*contents: bytes) -> bytes:
    """Write a SEQUENCE."""
    return encode(SEQUENCE, *contents)


def integer(number: int) -> bytes:
    """Write an INTEGER that is not negative."""
    return encode(INTEGER, number.to_bytes(number.bit_length() // 8 + 1))


def oid(dotted: str) -> bytes:
    """Write an OBJECT IDENTIFIER."""
    first, second, *rest = (int(part) for part in dotted.split("."))
    return encode(OBJECT_IDENTIFIER, *(_base128(arc) for arc in (first * 40 + second, *rest)))


def bit_string(data: bytes, *, unused: int = 0) -> bytes:
    """Write a BIT STRING; `unused` bits at its end do not count."""
    return encode(BIT_STRING, bytes((unused,)), data)


def _base128(arc: int) -> bytes:
    groups = [arc & 0x7F]
    while arc := arc >> 7:
        groups.append(_LONG_FORM | arc & 0x7F)
    return bytes(reversed(groups))
