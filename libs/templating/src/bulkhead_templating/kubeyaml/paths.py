"""Paths of the fields of a manifest, as `spec.rules[0].host`.

Source: ESO, runtime/template/v2/template.go, parseTargetPath.
"""

import re
from dataclasses import dataclass
from typing import Final

from bulkhead_templating.quoting import quote

_LARGEST_INDEX: Final = 10_000
_LARGEST_INT: Final = (1 << 63) - 1
_MAX_STEPS: Final = 100
"""Not ESO's: each may add ten thousand elements, and a path may be as long as an object."""
_INTEGER: Final = re.compile("[+-]?[0-9]+")


class PathSyntaxError(ValueError):
    """A text is no path; the message is ESO's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """Where a value is."""

    text: str
    """As it is written, its case kept."""
    steps: tuple[str | int, ...]
    """Keys of maps as `str` and indexes of lists as `int`; at least one, and the first is a key."""


def path_from_text(text: str) -> Path:
    """Read a path: keys with dots between them, each with indexes behind it; `a.[0]` is `a[0]`.

    Raises:
        PathSyntaxError: it is none, or has more than 100 steps.
    """
    steps: list[str | int] = []
    for segment in text.split("."):
        if not segment:
            raise _mistake(text, "empty segment")
        key, bracket, rest = segment.partition("[")
        if key:
            steps.append(key)
        steps.extend(_indexes(text, bracket + rest))
        if len(steps) > _MAX_STEPS:
            raise PathSyntaxError(f"invalid path: more than {_MAX_STEPS} steps")
    if not isinstance(steps[0], str):
        raise _mistake(text, "path must start with a key")
    return Path(text=text, steps=tuple(steps))


def _indexes(text: str, brackets: str) -> list[int]:
    found: list[int] = []
    place = 0
    while place < len(brackets):
        if brackets[place] != "[":
            raise _mistake(text, f"expected '[' near {quote(brackets[place:])}")
        end = brackets.find("]", place)
        if end < 0:
            raise _mistake(text, "unterminated '['")
        found.append(_index(text, brackets[place + 1 : end]))
        place = end + 1
    return found


def _index(text: str, digits: str) -> int:
    # Python refuses to read very many digits, and Go all that fit no int64.
    is_integer = _INTEGER.fullmatch(digits) is not None and len(digits.lstrip("+-0")) < 20
    number = int(digits.lstrip("+-0") or "0") * (-1 if digits.startswith("-") else 1) if is_integer else None
    if number is None or not -_LARGEST_INT - 1 <= number <= _LARGEST_INT:
        raise _mistake(text, f"bad index {quote(digits)}")
    if number < 0:
        raise _mistake(text, f"negative index {number}")
    if number > _LARGEST_INDEX:
        raise _mistake(text, f"index {number} exceeds maximum ({_LARGEST_INDEX})")
    return number


def _mistake(text: str, problem: str) -> PathSyntaxError:
    return PathSyntaxError(f"invalid path {quote(text)}: {problem}")
