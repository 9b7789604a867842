"""The order of keys: numbers within them by value, letters after the rest.

Source: go.yaml.in/yaml/v2, sorter.go.
"""

import unicodedata
from collections.abc import Iterable
from functools import cmp_to_key


def sorted_keys(keys: Iterable[str]) -> list[str]:
    """Sort keys."""
    # Equal ones cannot be, and the order of the original is total for most: a first sort makes the rest stable.
    return sorted(sorted(keys), key=cmp_to_key(_compare))


def _compare(left: str, right: str) -> int:
    for position, (ours, theirs) in enumerate(zip(left, right, strict=False)):
        if ours != theirs:
            return -1 if _is_less(left, right, position) else 1
    return len(left) - len(right)


def _is_less(left: str, right: str, position: int) -> bool:
    ours, theirs = left[position], right[position]
    our_letter, their_letter = _is_letter(ours), _is_letter(theirs)
    if our_letter and their_letter:
        return ours < theirs
    if our_letter or their_letter:
        return their_letter
    start = _leading(left, position) if "0" in (ours, theirs) else 0
    our_number, our_end = _number(left, position, start)
    their_number, their_end = _number(right, position, start)
    if our_number != their_number:
        return our_number < their_number
    return our_end < their_end if our_end != their_end else ours < theirs


def _leading(text: str, position: int) -> int:
    """Give one if the digits before belong to a number already, so that zeros count."""
    while position > 0 and _is_digit(text[position - 1]):
        position -= 1
        if text[position] != "0":
            return 1
    return 0


def _number(text: str, position: int, number: int) -> tuple[int, int]:
    while position < len(text) and _is_digit(text[position]):
        number = (number * 10 + ord(text[position]) - ord("0")) & ((1 << 64) - 1)
        position += 1
    return number - (1 << 64) if number >> 63 else number, position


def _is_letter(rune: str) -> bool:
    return unicodedata.category(rune)[0] == "L"


def _is_digit(rune: str) -> bool:
    return unicodedata.category(rune) == "Nd"
