"""What matches of an expression are good for besides replacing them with templates.

Texts are UTF-8, as bytes: what is searched often comes as bytes and goes on as such.

Source: Go, package regexp.
"""

from itertools import islice
from typing import Final

from bulkhead_regexp.budget import Budget
from bulkhead_regexp.expression import Regexp

_SPECIAL: Final = frozenset(r"\.+*?()|[]{}^$")


def find(expression: Regexp, text: bytes, *, budget: Budget | None = None) -> bytes:
    """Give the first match, nothing if there is none.

    Raises:
        BudgetError: the search would cost more than the budget has.
    """
    start, end = next(expression.spans(text, budget=budget), (0, 0))
    return text[start:end]


def find_all(expression: Regexp, text: bytes, count: int, *, budget: Budget | None = None) -> list[bytes]:
    """Give so many matches at most, all of them if the number is negative.

    Raises:
        BudgetError: the searches would cost more than the budget has.
    """
    spans = islice(expression.spans(text, budget=budget), None if count < 0 else count)
    return [text[start:end] for start, end in spans]


def split(expression: Regexp, text: bytes, count: int, *, budget: Budget | None = None) -> list[bytes]:
    """Give what is between matches, in so many parts at most; in any number if it is negative.

    An empty match at the very start splits nothing off.

    Raises:
        BudgetError: the searches would cost more than the budget has.
    """
    if count == 0:
        return []
    if not text and not expression.is_empty:
        return [b""]
    parts: list[bytes] = []
    start = end = 0
    for match in islice(expression.spans(text, budget=budget), None if count < 0 else count):
        if 0 < count <= len(parts) + 1:
            break
        end = match[0]
        if match[1]:
            parts.append(text[start:end])
        start = match[1]
    if end != len(text):
        parts.append(text[start:])
    return parts


def replace_literal(expression: Regexp, text: bytes, target: bytes, *, budget: Budget | None = None) -> list[bytes]:
    """Give the pieces of a text with every match replaced by a target in which `$` means nothing.

    They are pieces so that the caller may look at the length of the result before it is made.

    Raises:
        BudgetError: the searches would cost more than the budget has.
    """
    pieces: list[bytes] = []
    end = 0
    for match in expression.spans(text, budget=budget):
        pieces += (text[end : match[0]], target)
        end = match[1]
    return [*pieces, text[end:]]


def quote_meta(text: str) -> str:
    """Give an expression that matches a text and nothing else."""
    return "".join(f"\\{rune}" if rune in _SPECIAL else rune for rune in text)
