"""What is wrong with a text that is no JSON, in the words of Go.

Source: Go, package encoding/json, scanner.go.
"""

import re
from typing import Final

from bulkhead_templating.quoting import quote

_SPACES: Final = b" \t\r\n"
_LITERALS: Final = (b"true", b"false", b"null")
_STRING_PART: Final = re.compile(rb'[^"\\\x00-\x1f]*+')
_DIGITS: Final = re.compile(rb"[0-9]*+")
_HEX: Final = frozenset(b"0123456789abcdefABCDEF")
_UNEXPECTED_END: Final = "unexpected end of JSON input"
_MAX_DEPTH: Final = 10_000


class _MistakeError(Exception):
    """A character stands where it may not."""


def problem_of(data: bytes) -> str:
    """Say what is wrong."""
    try:
        _Scanner(data).scan()
    except _MistakeError as mistake:
        return str(mistake)
    return _UNEXPECTED_END


def problem_of_stream(data: bytes) -> str:
    """Say what is wrong as Go's decoder of streams does, which would wait for more at the end."""
    scanner = _Scanner(data)
    try:
        scanner.scan()
    except _MistakeError as mistake:
        if scanner.position <= len(data):
            return str(mistake)
    return "unexpected EOF"


class _Scanner:
    """Looks for the first mistake."""

    def __init__(self, data: bytes) -> None:
        # Go looks at the end of its input as at a space.
        self.data = data + b" "
        self.position = 0
        self.open = bytearray()

    def scan(self) -> None:
        """Go through the text."""
        expected = "value"
        while True:
            self._skip_spaces()
            if self.position >= len(self.data):
                return
            expected = self._step(expected)

    def _step(self, expected: str) -> str:
        byte = self._next()
        match expected:
            case "value" | "value or ]":
                if byte == b"]" and expected == "value or ]":
                    return self._close()
                return self._value(byte)
            case "key" | "key or }":
                if byte == b"}" and expected == "key or }":
                    return self._close()
                if byte != b'"':
                    raise self._mistake("looking for beginning of object key string")
                self._string()
                return "colon"
            case "colon":
                if byte != b":":
                    raise self._mistake("after object key")
                return "value"
            case _:
                return self._after_value(byte)

    def _after_value(self, byte: bytes) -> str:
        if not self.open:
            raise self._mistake("after top-level value")
        is_object = self.open[-1:] == b"{"
        if byte == b",":
            return "key" if is_object else "value"
        if byte == (b"}" if is_object else b"]"):
            return self._close()
        raise self._mistake("after object key:value pair" if is_object else "after array element")

    def _close(self) -> str:
        del self.open[-1]
        return "after"

    def _value(self, byte: bytes) -> str:
        if byte in (b"{", b"["):
            self.open += byte
            if len(self.open) > _MAX_DEPTH:
                raise _MistakeError("exceeded max depth")
            return "key or }" if byte == b"{" else "value or ]"
        if byte == b'"':
            self._string()
        elif byte == b"-" or byte.isdigit():
            self._number(byte)
        else:
            self._literal(byte)
        return "after"

    def _literal(self, byte: bytes) -> None:
        for literal in _LITERALS:
            if literal[:1] == byte:
                for wanted in literal[1:]:
                    if self._next() != bytes((wanted,)):
                        raise self._mistake(f"in literal {literal.decode()} (expecting '{chr(wanted)}')")
                return
        raise self._mistake("looking for beginning of value")

    def _number(self, first: bytes) -> None:
        if first == b"-":
            first = self._next()
            if not first.isdigit():
                raise self._mistake("in numeric literal")
        if first != b"0":
            self._skip(_DIGITS)
        if self._peek() == b".":
            self._next()
            self._digits("after decimal point in numeric literal")
        if self._peek() in (b"e", b"E"):
            self._next()
            if self._peek() in (b"+", b"-"):
                self._next()
            self._digits("in exponent of numeric literal")

    def _digits(self, context: str) -> None:
        if not self._next().isdigit():
            raise self._mistake(context)
        self._skip(_DIGITS)

    def _string(self) -> None:
        while self.position < len(self.data):
            self._skip(_STRING_PART)
            byte = self._next()
            if byte in (b'"', b""):
                return
            if byte != b"\\":
                raise self._mistake("in string literal")
            self._escape()

    def _escape(self) -> None:
        letter = self._next()
        if letter == b"u":
            for _ in range(4):
                if self._next()[0] not in _HEX:
                    raise self._mistake("in \\u hexadecimal character escape")
        elif letter not in (b"b", b"f", b"n", b"r", b"t", b"\\", b"/", b'"'):
            raise self._mistake("in string escape code")

    def _skip_spaces(self) -> None:
        while self.position < len(self.data) and self.data[self.position] in _SPACES:
            self.position += 1

    def _skip(self, pattern: re.Pattern[bytes]) -> None:
        found = pattern.match(self.data, self.position)
        self.position = found.end() if found else self.position

    def _peek(self) -> bytes:
        return self.data[self.position : self.position + 1]

    def _next(self) -> bytes:
        byte = self._peek()
        self.position += 1
        return byte

    def _mistake(self, context: str) -> _MistakeError:
        byte = chr(self.data[self.position - 1])
        shown = {"'": r"'\''", '"': "'\"'"}.get(byte) or f"'{quote(byte)[1:-1]}'"
        return _MistakeError(f"invalid character {shown} {context}")
