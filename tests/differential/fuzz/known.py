"""Differences that stay, and why; docs/compatibility.md lists them under "Functions of templates".

Some of them can be behind a checksum or a length, so what the answer depends on is tried: it is asked again with
another place in memory, and with another order of types.
"""

import json
import re
from collections.abc import Callable
from typing import Final

from questions import Answer, Json, Question

from bulkhead_templating import printer
from bulkhead_templating.ordering import sorted_items
from bulkhead_templating.values import kind_of

_BEYOND: Final = "error calling {}: reflect.Value.Slice: slice index out of bounds"
_SLICES: Final = tuple(_BEYOND.format(name) for name in ("slice", "mustSlice"))
_EMPTY: Final = r"(?:\{\s*(?:\}|\Z)|\[\s*(?:\]|\Z))"
_EMPTY_KEY: Final = re.compile(rf"^[\s?-]*{_EMPTY}|{_EMPTY}[ \t]*[^\s,\]}}]", re.MULTILINE)
_COLON: Final = re.compile(r"[{,\[].*:[\[{]")
_BAD_KEY: Final = "unsupported map key of type"
_OTHER_ADDRESS: Final = "0xc00000000001"


def is_known(question: Question, theirs: Answer, ours: Answer, answer: Callable[[Question], Answer | None]) -> bool:
    """Say whether two answers differ for a reason that is listed.

    Args:
        question: what was asked.
        theirs: what Go says.
        ours: what this project says.
        answer: asks this project again.
    """
    is_listed = _is_beyond_a_slice(theirs, ours) or _has_an_empty_key(question) or _blames_another_key(theirs, ours)
    return is_listed or _with_other_chance(question, answer) != ours


def _is_beyond_a_slice(theirs: Answer, ours: Answer) -> bool:
    """Say whether a slice is cut behind its end, where Go finds what its capacity holds by chance."""
    return any(words in ours.get("error", "") and words not in theirs.get("error", "") for words in _SLICES)


def _blames_another_key(theirs: Answer, ours: Answer) -> bool:
    """Say whether both find a key that JSON cannot have, where Go comes upon the keys by chance."""
    return all(_BAD_KEY in json.dumps(answer) for answer in (theirs, ours))


def _has_an_empty_key(question: Question) -> bool:
    """Say whether YAML may have an empty list or map for a key, or where it would be one if a colon came.

    go-yaml forgets then that a key may begin there, and so finds another mistake or finds it on another line. A colon
    right before a bracket is part of a text for it, and so it finds another mistake too.
    """
    texts = [question.get("template", ""), *map(str, _data(question))]
    return "fromYaml" in texts[0] and any(_EMPTY_KEY.search(text) or _COLON.search(text) for text in texts)


def _data(question: Question) -> list[Json]:
    data = question.get("data")
    return list(data.values()) if isinstance(data, dict) else []


def _with_other_chance(question: Question, answer: Callable[[Question], Answer | None]) -> Answer | None:
    """Answer with other addresses, and with keys of several types in another order, as both are chance in Go."""
    address = printer.ADDRESS
    printer.ADDRESS = _OTHER_ADDRESS
    printer.sorted_items = _in_another_order
    try:
        return answer(question)
    finally:
        printer.ADDRESS = address
        printer.sorted_items = sorted_items


def _in_another_order(items: dict[object, object]) -> list[tuple[object, object]]:
    return sorted(sorted_items(items), key=lambda item: kind_of(item[0]).value, reverse=True)
