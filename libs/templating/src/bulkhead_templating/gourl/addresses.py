"""Whether what stands between brackets in a URL is an IPv6 address.

Source: Go, package net/netip, ParseAddr.
"""

import re
from typing import Final

from bulkhead_templating.byte_text import text_from_bytes_each
from bulkhead_templating.quoting import quote

_GROUPS: Final = 8
_HEX: Final = re.compile("[0-9A-Fa-f]*+")


class AddressError(ValueError):
    """A text is no address; the message is Go's."""


def check_ipv6(text: str) -> None:
    """Refuse all but an IPv6 address, with or without a zone.

    Raises:
        AddressError: it is another text.
    """
    first = re.search("[.:%]", text)
    if first is None:
        raise _refusal(text, "unable to parse IP")
    if first[0] == "%":
        raise _refusal(text, "missing IPv6 address")
    if first[0] == ".":
        _check_ipv4(text, text)
        raise AddressError("invalid IP-literal")
    address, percent, zone = text.partition("%")
    if percent and not zone:
        raise _refusal(text, "zone must be a non-empty string")
    _check_groups(text, address)


def _check_groups(text: str, rest: str) -> None:
    has_ellipsis = rest.startswith("::")
    if has_ellipsis:
        rest = rest[2:]
        if not rest:
            return
    groups = 0
    while groups < _GROUPS:
        digits = _digits(text, rest)
        after = rest[len(digits) :]
        if after.startswith("."):
            groups, rest = _ipv4_at_the_end(text, rest, groups, has_ellipsis=has_ellipsis), ""
            break
        groups, rest = groups + 1, after
        if not rest:
            break
        rest = _after_colon(text, rest)
        if rest.startswith(":"):
            if has_ellipsis:
                raise _refusal(text, "multiple :: in address", rest)
            has_ellipsis, rest = True, rest[1:]
            if not rest:
                break
    _check_end(text, rest, groups, has_ellipsis=has_ellipsis)


def _check_end(text: str, rest: str, groups: int, *, has_ellipsis: bool) -> None:
    if rest:
        raise _refusal(text, "trailing garbage after address", rest)
    if groups < _GROUPS and not has_ellipsis:
        raise _refusal(text, "address string too short")
    if groups == _GROUPS and has_ellipsis:
        raise _refusal(text, "the :: must expand to at least one field of zeros")


def _digits(text: str, rest: str) -> str:
    found = _HEX.match(rest)
    digits = found.group() if found else ""
    if not digits:
        raise _refusal(text, "each colon-separated field must have at least one digit", rest)
    if len(digits) > 4:
        raise _refusal(text, "each group must have 4 or less digits", rest)
    return digits


def _after_colon(text: str, rest: str) -> str:
    if rest[0] != ":":
        raise _refusal(text, "unexpected character, want colon", rest)
    if len(rest) == 1:
        raise _refusal(text, "colon must be followed by more characters", rest)
    return rest[1:]


def _ipv4_at_the_end(text: str, rest: str, groups: int, *, has_ellipsis: bool) -> int:
    if not has_ellipsis and groups != _GROUPS - 2:
        raise _refusal(text, "embedded IPv4 address must replace the final 2 fields of the address", rest)
    if groups + 2 > _GROUPS:
        raise _refusal(text, "too many hex fields to fit an embedded IPv4 at the end of the address", rest)
    _check_ipv4(text, rest)
    return groups + 2


def _check_ipv4(text: str, address: str) -> None:
    value, digits, dots = 0, 0, 0
    for position, byte in enumerate(address):
        if byte in "0123456789":
            if digits == 1 and value == 0:
                raise _refusal(text, "IPv4 field has octet with leading zero")
            value, digits = value * 10 + int(byte), digits + 1
            if value > 255:
                raise _refusal(text, "IPv4 field has value >255")
        elif byte == ".":
            if position in (0, len(address) - 1) or address[position - 1] == ".":
                raise _refusal(text, "IPv4 field must have at least one digit", address[position:])
            if dots == 3:
                raise _refusal(text, "IPv4 address too long")
            value, digits, dots = 0, 0, dots + 1
        else:
            raise _refusal(text, "unexpected character", address[position:])
    if dots < 3:
        raise _refusal(text, "IPv4 address too short")


def _refusal(text: str, problem: str, at: str = "") -> AddressError:
    where = f" (at {quote(text_from_bytes_each(at))})" if at else ""
    return AddressError(f"ParseAddr({quote(text_from_bytes_each(text))}): {problem}{where}")
