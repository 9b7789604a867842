"""Decodes base 64 and base 32 with Go's idea of where a mistake is.

Source: Go, packages encoding/base64 and encoding/base32, both with padding and not strict.
"""

import base64
import re
from typing import Final, NoReturn

_64: Final = re.compile(rb"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_64_DIGITS: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
_32_DIGITS: Final = {digit: value for value, digit in enumerate(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")}
_NEW_LINES: Final = b"\r\n"
_PADDING: Final = ord("=")
# How many digits of base 32 stand for a whole number of bytes.
_32_LENGTHS: Final = {2: 1, 4: 2, 5: 3, 7: 4, 8: 5}
_32_GROUP: Final = 8
_64_GROUP: Final = 4


class CorruptInputError(ValueError):
    """A text is not what it should be from an index on."""

    def __init__(self, index: int) -> None:
        """Keep where Go says that the mistake is, in bytes."""
        super().__init__(f"illegal data at input byte {index}")
        self.index = index


def decoded_64(data: bytes) -> bytes:
    """Decode base 64; new lines do not count.

    Raises:
        CorruptInputError: it is not base 64.
    """
    digits = data.translate(None, _NEW_LINES)
    if _64.fullmatch(digits) is None:
        _find_mistake_64(data)
    return base64.b64decode(digits)


def decoded_32(data: bytes) -> bytes:
    """Decode base 32; new lines do not count, and neither does where they were for the place of a mistake.

    Raises:
        CorruptInputError: it is not base 32.
    """
    data = data.translate(None, _NEW_LINES)
    pieces: list[bytes] = []
    start, ended = 0, False
    while start < len(data) and not ended:
        group, ended = _group_32(data, start)
        number = 0
        for digit in group:
            number = number << 5 | digit
        number <<= 5 * (_32_GROUP - len(group))
        # Of a length that padding must not have, Go gives the whole bytes; there is none that it lets through.
        pieces.append(number.to_bytes(5, "big")[: _32_LENGTHS[len(group)]])
        start += _32_GROUP
    return b"".join(pieces)


def _group_32(data: bytes, start: int) -> tuple[list[int], bool]:
    """Give the values of up to eight digits, and whether padding ends them."""
    group: list[int] = []
    for position in range(start, start + _32_GROUP):
        if position >= len(data):
            raise CorruptInputError(len(data) - len(group))
        left = len(data) - position - 1
        if data[position] == _PADDING and len(group) >= min(_32_LENGTHS) and left < _32_GROUP:
            _check_padding_32(data, position, len(group))
            return group, True
        if data[position] not in _32_DIGITS:
            raise CorruptInputError(position)
        group.append(_32_DIGITS[data[position]])
    return group, False


def _check_padding_32(data: bytes, position: int, digits: int) -> None:
    wanted = _32_GROUP - 1 - digits
    rest = data[position + 1 :]
    if len(rest) < wanted:
        raise CorruptInputError(len(data))
    for index, byte in enumerate(rest[:wanted]):
        if byte != _PADDING:
            raise CorruptInputError(position + index)
    if digits not in _32_LENGTHS:
        raise CorruptInputError(position)


def _find_mistake_64(data: bytes) -> NoReturn:
    """Say where the mistake is in what is not base 64."""
    count = 0
    for position, byte in enumerate(data):
        if byte in _64_DIGITS:
            count += 1
        elif byte not in _NEW_LINES:
            _find_padding_mistake_64(data, position, count % _64_GROUP)
    raise CorruptInputError(len(data) - count % _64_GROUP)


def _find_padding_mistake_64(data: bytes, position: int, digits: int) -> NoReturn:
    """Say where the mistake is around the first byte that is no digit, after so many digits of its group."""
    if data[position] != _PADDING or digits < 2:
        raise CorruptInputError(position)
    after = _skip_new_lines(data, position + 1)
    if digits == 2:
        if after == len(data):
            raise CorruptInputError(after)
        if data[after] != _PADDING:
            raise CorruptInputError(after - 1)
        after = _skip_new_lines(data, after + 1)
    raise CorruptInputError(after)


def _skip_new_lines(data: bytes, position: int) -> int:
    while position < len(data) and data[position] in _NEW_LINES:
        position += 1
    return position
