"""Cuts off what no loader reads from libraries: tables of symbols and lines for debuggers. Pure.

Wheels come with up to eight times the bytes that a process maps. Debian's `strip` does the same and more, but is one
more program to have, of one more version that decides digests.
"""

import struct
from typing import Final

_MAGIC: Final = b"\x7fELF\x02\x01"
"""64 bits, little-endian: all that images are made for."""
_HEADER: Final = struct.Struct("<16sHHIQQQIHHHHHH")
_SEGMENT: Final = struct.Struct("<IIQQQQQQ")


def loadable(content: bytes) -> bytes:
    """Give a library without what lies behind its last segment, and without the table of sections, which lies there.

    What is no ELF file of 64 bits comes back as it is, and so does one that ends with its last segment.

    Source: System V ABI, "Object Files": segments are what a process is made of, sections are for linkers.
    """
    if not content.startswith(_MAGIC) or len(content) < _HEADER.size:
        return content
    fields = list(_HEADER.unpack_from(content))
    table, sections, size, count = fields[5], fields[6], fields[9], fields[10]
    if size != _SEGMENT.size or table + size * count > len(content):
        return content
    segments = [_SEGMENT.unpack_from(content, table + size * each) for each in range(count)]
    end = max([table + size * count, *(segment[2] + segment[5] for segment in segments)])
    if sections < end:
        return content
    fields[6], fields[12], fields[13] = 0, 0, 0
    return _HEADER.pack(*fields) + content[_HEADER.size : end]
