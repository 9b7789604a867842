"""PEM as Go reads and writes it: text around the blocks is skipped, and a block that is broken as if it were text.

Source: RFC 1421; Go 1.26, package encoding/pem.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from bulkhead_templating.pki import base64_text
from bulkhead_templating.pki.base64_text import Base64Error

_BEGIN: Final = b"-----BEGIN "
_END: Final = b"\n-----END "
_DASHES: Final = b"-----"
_LINE_LENGTH: Final = 64
_BLANKS: Final = b" \t"


@dataclass(frozen=True, slots=True, kw_only=True)
class PemBlock:
    """One block."""

    label: bytes
    """What stands after BEGIN."""
    data: bytes
    headers: Mapping[bytes, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decoded:
    """The first block of a text, and what follows it."""

    block: PemBlock | None
    """None if there is none; `rest` is then the whole text."""
    rest: bytes


@dataclass(frozen=True, slots=True)
class AllDecoded:
    """The blocks of a text, and what follows the last one."""

    blocks: list[PemBlock]
    rest: bytes


@dataclass(frozen=True, slots=True)
class _Found:
    block: PemBlock | None
    position: int
    """Where to go on: behind the block, or where the next search may begin if there is none."""


def encode(block: PemBlock) -> bytes:
    """Write a block, its headers sorted with Proc-Type first."""
    headers = sorted(block.headers.items(), key=lambda item: (item[0] != b"Proc-Type", item[0]))
    head = b"".join(b"%s: %s\n" % item for item in headers) + (b"\n" if headers else b"")
    text = base64.b64encode(block.data)
    lines = b"".join(text[start : start + _LINE_LENGTH] + b"\n" for start in range(0, len(text), _LINE_LENGTH))
    return b"-----BEGIN %s-----\n%s%s-----END %s-----\n" % (block.label, head, lines, block.label)


def decode(text: bytes) -> Decoded:
    """Find the first whole block."""
    found = _next_block(text, 0)
    return Decoded(found.block, text[found.position :])


def decode_all(text: bytes) -> AllDecoded:
    """Find all blocks, in one walk over the text however many there are."""
    blocks: list[PemBlock] = []
    found = _next_block(text, 0)
    while found.block is not None:
        blocks.append(found.block)
        found = _next_block(text, found.position)
    return AllDecoded(blocks, text[found.position :])


def _next_block(text: bytes, origin: int) -> _Found:
    """Find the first whole block behind a place; without one, the position is that place."""
    start = origin
    while (end := text.find(_END, start)) >= 0:
        found = _block_before(text, start, end)
        if found.block is not None:
            return found
        # As Go does, look on behind the END line that closed nothing, or behind headers that went past it.
        start = max(end + len(_END), found.position)
    return _Found(None, origin)


def _block_before(text: bytes, start: int, end: int) -> _Found:
    """Read the block that this END closes."""
    again = _Found(None, end)
    begin = text.rfind(_BEGIN, start, end)
    if begin < start or (begin > start and text[begin - 1 : begin] != b"\n"):
        return again
    line, position = _line(text, begin + len(_BEGIN))
    if not line.endswith(_DASHES):
        return again
    label = line[: -len(_DASHES)]
    headers, position = _headers(text, position)
    if headers and end < position:
        return _Found(None, position)
    closing, trailer = label + _DASHES, end + len(_END)
    if not text.startswith(closing, trailer) or _line(text, trailer + len(closing))[0]:
        return again
    try:
        data = _body(text[position:end])
    except Base64Error:
        return again
    return _Found(PemBlock(label=label, data=data, headers=headers), _line(text, end + 1)[1])


def _line(text: bytes, start: int) -> tuple[bytes, int]:
    """Give the line without blanks at its end, and where the next one begins."""
    newline = text.find(b"\n", start)
    if newline < 0:
        return text[start:].rstrip(_BLANKS), len(text)
    end = newline - 1 if newline > start and text[newline - 1 : newline] == b"\r" else newline
    return text[start:end].rstrip(_BLANKS), newline + 1


def _headers(text: bytes, position: int) -> tuple[dict[bytes, bytes], int]:
    headers: dict[bytes, bytes] = {}
    while True:
        line, following = _line(text, position)
        name, colon, value = line.partition(b":")
        if not colon:
            return headers, position
        headers[name.strip()] = value.strip()
        position = following


def _body(text: bytes) -> bytes:
    """Decode base64, which may be broken and indented anywhere but is strict in its padding."""
    return base64_text.decode(text.translate(None, b" \t\r\n"))
