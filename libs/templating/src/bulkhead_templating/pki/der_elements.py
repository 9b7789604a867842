"""Reading DER, value by value, with the messages of Go's encoding/asn1.

Source: ITU-T X.690; Go, package encoding/asn1.
"""

from dataclasses import dataclass
from typing import Final

_CONSTRUCTED: Final = 0x20
_LONG_FORM: Final = 0x80
_MANY: Final = 0x1F
_MAX_LENGTH: Final = 1 << 23


class DerError(Exception):
    """Bytes are not the DER that is wanted; the message is that of Go's encoding/asn1 and quotes no content."""


class DerSyntaxError(DerError):
    """They are no DER at all."""

    def __init__(self, message: str) -> None:
        """Put Go's words before the message."""
        super().__init__(f"asn1: syntax error: {message}")


class DerStructureError(DerError):
    """They are DER, but of something else."""

    def __init__(self, message: str) -> None:
        """Put Go's words before the message."""
        super().__init__(f"asn1: structure error: {message}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """One value with its tag."""

    tag: int
    """The identifier octet: class, the bit of constructed ones, and number; numbers above 30 are cut."""
    number: int
    content: bytes
    raw: bytes
    """The whole of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What stands before the content of a value."""

    tag: int
    number: int
    length: int
    """Of the content, which may be cut off."""
    end: int
    """Where the content begins."""

    def go_text(self) -> str:
        """Give what Go prints of it."""
        compound = "true" if self.tag & _CONSTRUCTED else "false"
        return f"{{class:{self.tag >> 6} tag:{self.number} length:{self.length} isCompound:{compound}}}"


def header(data: bytes, offset: int = 0) -> Header:
    """Read what stands before the content of the value that begins there.

    Raises:
        DerError: there is none.
    """
    if offset >= len(data):
        raise DerSyntaxError("sequence truncated")
    tag = data[offset]
    number, position = tag & _MANY, offset + 1
    if number == _MANY:
        number, position = _base128_at(data, position)
        if number < _MANY:
            raise DerSyntaxError("non-minimal tag")
    length, position = _length_at(data, position)
    return Header(tag=tag, number=number, length=length, end=position)


def read(data: bytes, offset: int = 0) -> Element:
    """Read the value that begins there.

    Raises:
        DerError: there is none.
    """
    found = header(data, offset)
    end = found.end + found.length
    if end > len(data):
        raise DerSyntaxError("data truncated")
    return Element(tag=found.tag, number=found.number, content=data[found.end : end], raw=data[offset:end])


def _length_at(data: bytes, position: int) -> tuple[int, int]:
    if position >= len(data):
        raise DerSyntaxError("truncated tag or length")
    first, position = data[position], position + 1
    if first < _LONG_FORM:
        return first, position
    if first == _LONG_FORM:
        raise DerSyntaxError("indefinite length found (not DER)")
    length = 0
    for _ in range(first & 0x7F):
        if position >= len(data):
            raise DerSyntaxError("truncated tag or length")
        if length >= _MAX_LENGTH:
            raise DerStructureError("length too large")
        length, position = length << 8 | data[position], position + 1
        if length == 0:
            raise DerStructureError("superfluous leading zeros in length")
    if length < _LONG_FORM:
        raise DerStructureError("non-minimal length")
    return length, position


def _base128_at(data: bytes, position: int) -> tuple[int, int]:
    number = 0
    for shifted in range(5):
        if position >= len(data):
            raise DerSyntaxError("truncated base 128 integer")
        byte, position = data[position], position + 1
        if shifted == 0 and byte == _LONG_FORM:
            raise DerSyntaxError("integer is not minimally encoded")
        number = number << 7 | byte & 0x7F
        if byte < _LONG_FORM:
            return number, position
    raise DerStructureError("base 128 integer too large")


def elements(data: bytes) -> list[Element]:
    """Read values in a row up to the end.

    Raises:
        DerError: something else is among them.
    """
    found, offset = [], 0
    while offset < len(data):
        element = read(data, offset)
        found.append(element)
        offset += len(element.raw)
    return found


def integer_of(content: bytes, *, bits: int | None = None) -> int:
    """Read the content of an INTEGER.

    Args:
        content: what `Element.content` holds.
        bits: how many it may have; None means any number.

    Raises:
        DerError: it is none, or too large.
    """
    if not content:
        raise DerStructureError("empty integer")
    if len(content) > 1 and (
        (content[:1] == b"\0" and content[1] < _LONG_FORM) or content[0] == 0xFF <= content[1] | 0x7F
    ):
        raise DerStructureError("integer not minimally-encoded")
    if bits is not None and len(content) > bits // 8:
        raise DerStructureError("integer too large")
    return int.from_bytes(content, signed=True)


def oid_of(content: bytes) -> str:
    """Read the content of an OBJECT IDENTIFIER as numbers with dots.

    Raises:
        DerError: it is none.
    """
    if not content:
        raise DerSyntaxError("zero length OBJECT IDENTIFIER")
    arcs, position = [], 0
    while position < len(content):
        arc, position = _base128_at(content, position)
        arcs.append(arc)
    first = min(arcs[0] // 40, 2)
    return ".".join(str(arc) for arc in (first, arcs[0] - first * 40, *arcs[1:]))
