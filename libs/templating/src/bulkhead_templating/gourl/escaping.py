"""Percent signs in URLs, part by part.

Texts here have a character for each byte.

Source: Go, package net/url, escape and unescape.
"""

import re
import string
from enum import StrEnum
from typing import Final

from bulkhead_templating.byte_text import text_from_bytes_each
from bulkhead_templating.quoting import quote

_UNRESERVED: Final = frozenset(string.ascii_letters + string.digits + "-_.~")
_HOST: Final = _UNRESERVED | frozenset("!$&'()*+,;=:[]<>\"")
_ESCAPE: Final = re.compile("%([0-9A-Fa-f]{2})?")
_SPACE: Final = 0x20
_ASCII: Final = 0x80


class UrlError(ValueError):
    """A text is no URL; the message is Go's."""


class Part(StrEnum):
    """A part of a URL with rules of its own."""

    PATH = "path"
    HOST = "host"
    ZONE = "zone"
    USER = "user"
    FRAGMENT = "fragment"


_PLAIN: Final = {
    Part.PATH: _UNRESERVED | frozenset("$&+,/:;=@"),
    Part.HOST: _HOST,
    Part.ZONE: _HOST,
    Part.USER: _UNRESERVED | frozenset("$&+,;="),
    Part.FRAGMENT: _UNRESERVED | frozenset("$&+,/:;=?@!()*"),
}


def escape(text: str, part: Part) -> str:
    """Write with percent signs what may not stand there as it is."""
    plain = _PLAIN[part]
    return "".join(byte if byte in plain else f"%{ord(byte):02X}" for byte in text)


def unescape(text: str, part: Part) -> str:
    """Replace escapes by what they stand for.

    Raises:
        UrlError: an escape is none, or something stands or is escaped that may not.
    """
    position = 0
    for found in _ESCAPE.finditer(text):
        _check_plain(text[position : found.start()], part)
        _check_escape(found, text, part)
        position = found.end()
    _check_plain(text[position:], part)
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)


def _check_plain(text: str, part: Part) -> None:
    if part not in (Part.HOST, Part.ZONE):
        return
    for byte in text:
        if ord(byte) < _ASCII and byte not in _HOST:
            raise UrlError(f"invalid character {quote(byte)} in host name")


def _check_escape(found: re.Match[str], text: str, part: Part) -> None:
    if found[1] is None:
        raise _bad_escape(text[found.start() : found.start() + 3])
    byte = int(found[1], 16)
    # In hosts only bytes beyond ASCII are escaped, but for the percent sign before the zone of an address.
    if part is Part.HOST and byte < _ASCII and found[0] != "%25":
        raise _bad_escape(found[0])
    if part is Part.ZONE and found[0] != "%25" and byte != _SPACE and chr(byte) not in _HOST:
        raise _bad_escape(found[0])


def _bad_escape(text: str) -> UrlError:
    return UrlError(f"invalid URL escape {quote(text_from_bytes_each(text))}")
