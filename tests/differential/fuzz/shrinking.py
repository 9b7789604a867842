"""Makes a question small that is answered differently: by leaving out what the difference does not need."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from questions import Question
from whole_grammar import used

_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|`[^`]*`|\'(?:[^\'\\]|\\.)*\'|\{\{-?|-?\}\}|[\w.$]+|\s+|.', re.DOTALL)
_OPENING: Final = {"(": ")", "{{": "}}", "{{-": "-}}"}
_SMALL: Final = ('""', "1", ".")
_MOST_ROUNDS: Final = 60
_AT_ONCE: Final = 300

Differing = Callable[[Sequence[Question]], list[bool]]


def shrunk(question: Question, differing: Differing) -> Question:
    """Give the smallest question found that is still answered differently.

    Args:
        question: one that is.
        differing: says which of several are.
    """
    for _ in range(_MOST_ROUNDS):
        candidates = sorted(_smaller(question), key=_size)[:_AT_ONCE]
        found = next((one for one, differs in zip(candidates, differing(candidates), strict=True) if differs), None)
        if found is None:
            return question
        question = found
    return question


def _size(question: Question) -> int:
    return len(question.get("template", question.get("layout", ""))) + len(repr(question.get("data", "")))


def _smaller(question: Question) -> Iterator[Question]:
    text = question.get("template")
    if text is None:
        yield from _smaller_layouts(question)
        return
    for smaller in _smaller_texts(_TOKEN.findall(text)):
        yield _with_template(question, smaller)
    data = question.get("data")
    if "kind" in question and isinstance(data, dict):
        for name, value in data.items():
            if isinstance(value, str) and not name.endswith("_b64"):
                for shorter in _pieces_left(value):
                    yield {**question, "data": {**data, name: shorter}}


def _with_template(question: Question, template: str) -> Question:
    data = question.get("data")
    if "kind" not in question or not isinstance(data, dict):
        return {**question, "template": template}
    texts = {name: value for name, value in data.items() if isinstance(value, str)}
    return {**question, "template": template, "data": dict(used(template, texts))}


def _smaller_texts(tokens: list[str]) -> Iterator[str]:
    for begin, end in _groups(tokens):
        inside = tokens[begin + 1 : end]
        for replacement in ([], inside, *([small] for small in _SMALL)):
            yield "".join(tokens[:begin] + list(replacement) + tokens[end + 1 :])
    length = len(tokens)
    while length:
        for begin in range(0, len(tokens), max(length // 2, 1)):
            yield "".join(tokens[:begin] + tokens[begin + length :])
        length //= 2
    for place, token in enumerate(tokens):
        if len(token) > 2 and token not in _OPENING:
            for small in _SMALL:
                yield "".join([*tokens[:place], small, *tokens[place + 1 :]])


def _groups(tokens: list[str]) -> Iterator[tuple[int, int]]:
    """Give where parentheses and actions begin and end."""
    opened: list[int] = []
    for place, token in enumerate(tokens):
        if token in _OPENING:
            opened.append(place)
        elif token in (")", "}}", "-}}") and opened:
            yield opened.pop(), place


def _pieces_left(text: str) -> Iterator[str]:
    length = len(text)
    while length:
        for begin in range(0, len(text), length):
            yield text[:begin] + text[begin + length :]
        length //= 2


def _smaller_layouts(question: Question) -> Iterator[Question]:
    for layout in _pieces_left(question["layout"]):
        yield {**question, "layout": layout}
    arguments = question["arguments"]
    for place in range(len(arguments)):
        yield {**question, "arguments": arguments[:place] + arguments[place + 1 :]}
