"""Walking a path through a document.

A value is its JSON text; empty text means that there is none, which no JSON value can be mistaken for. Values made on
the way (by multipaths, `#.path`, modifiers) are always valid JSON, so the scanner never meets anything else.
"""

from dataclasses import dataclass

from bulkhead_api.errors import InvalidRefError
from bulkhead_provider_sdk.property_path.glob import matches_glob
from bulkhead_provider_sdk.property_path.modifiers import modified
from bulkhead_provider_sdk.property_path.query import Query, meets
from bulkhead_provider_sdk.property_path.scan import elements, is_array, is_object, members, value_text, values
from bulkhead_provider_sdk.property_path.stages import Literal, Modifier, Multipath, stage_from
from bulkhead_provider_sdk.property_path.steps import (
    Count,
    Each,
    Index,
    Key,
    Select,
    array_step,
    object_step,
    split_pipe,
)
from bulkhead_provider_sdk.property_path.text import unquote

_MAX_NESTING = 32
"""Paths inside one another, as in queries and multipaths, that one path may have."""

_FREE_WORK = 1024 * 1024
_WORK_PER_CHARACTER = 32
_WORK_PER_STAGE = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reached:
    """A value on the way, and the path that is evaluated on it next; None if it is the result."""

    value: str
    pipe: str | None


class Evaluation:
    """One look-up with its allowance of work, counted in characters looked at."""

    def __init__(self, document: str) -> None:
        self._work_left = _FREE_WORK + _WORK_PER_CHARACTER * len(document)
        self._nesting = 0

    def get(self, text: str, path: str) -> str:
        """Give the value at the path, empty if there is none.

        Raises:
            InvalidRefError: the path is malformed or asks for too much work.
        """
        self._nesting += 1
        if self._nesting > _MAX_NESTING:
            raise InvalidRefError(f"the property path nests deeper than {_MAX_NESTING} levels")
        reached = self._next(text, path)
        while reached.pipe is not None:
            reached = self._next(reached.value, reached.pipe)
        self._nesting -= 1
        return reached.value

    def spend(self, characters: int) -> None:
        """Count work.

        Raises:
            InvalidRefError: the allowance is used up.
        """
        self._work_left -= characters
        if self._work_left < 0:
            raise InvalidRefError("the property path asks for too much work on this value")

    def _next(self, text: str, path: str) -> _Reached:
        self.spend(_WORK_PER_STAGE + len(text) + len(path))
        match stage_from(path):
            case Modifier(name, argument, pipe):
                changed = modified(name, text, argument, self.get)
                return _Reached(value=changed if pipe is not None else value_text(changed), pipe=pipe)
            case Literal(value, pipe):
                return _Reached(value=value, pipe=pipe)
            case Multipath() as multipath:
                return _Reached(value=self._multipath(text, multipath), pipe=multipath.pipe)
            case None:
                return _Walk(self).through(text, path)

    def _multipath(self, text: str, multipath: Multipath) -> str:
        parts: list[str] = []
        for part in multipath.parts:
            value = self.get(text, part.path)
            if value:
                parts.append(value if multipath.is_array else f"{part.key}:{value}")
        joined = ",".join(parts)
        return f"[{joined}]" if multipath.is_array else f"{{{joined}}}"


class _Walk:
    """The way of one path from a value into its members and elements.

    Value and pipe stay as they were last set, even by a branch that then led nowhere: that is how gjson goes about
    wildcards and duplicate keys, and results depend on it.
    """

    def __init__(self, evaluation: Evaluation) -> None:
        self._evaluation = evaluation
        self._value = ""
        self._pipe: str | None = None

    def through(self, text: str, path: str) -> _Reached:
        """Go the whole way; a scalar has no way through it."""
        if path.startswith(".."):
            self._array(f"[{','.join(values(text))}]", path[2:])
        else:
            self._into(text, path)
        return _Reached(value=self._value, pipe=self._pipe)

    def _into(self, text: str, path: str) -> bool:
        """Go on inside a value and say whether the path ended there."""
        if is_object(text):
            return self._object(text, path)
        return is_array(text) and self._array(text, path)

    def _object(self, text: str, path: str) -> bool:
        self._evaluation.spend(len(text))
        step = object_step(path)
        if step.onward.pipe is not None:
            self._pipe = step.onward.pipe
        for member in members(text):
            if not self._fits(step, unquote(member.key)):
                continue
            if self._arrive(member.value, step.onward.rest):
                return True
        return False

    def _array(self, text: str, path: str) -> bool:
        self._evaluation.spend(len(text))
        step = array_step(path)
        if step.onward.pipe is not None:
            self._pipe = step.onward.pipe
        match step:
            case Each():
                return self._each(text, step)
            case Select():
                return self._select(text, step)
            case Count():
                self._value = str(sum(1 for _ in elements(text)))
                return True
            case Index():
                return self._index(text, step)

    def _index(self, text: str, step: Index) -> bool:
        for index, element in enumerate(elements(text)):
            if index == step.index:
                return self._arrive(element, step.onward.rest)
        return False

    def _arrive(self, value: str, rest: str | None) -> bool:
        if rest is not None:
            return self._into(value, rest)
        self._value = value
        return True

    def _each(self, text: str, step: Each) -> bool:
        found = (self._evaluation.get(element, step.path) for element in elements(text))
        self._value = f"[{','.join(filter(None, found))}]"
        return True

    def _select(self, text: str, step: Select) -> bool:
        found: list[str] = []
        for element in elements(text):
            if not self._meets(step.query, element):
                continue
            value = self._selected(element, step.onward.rest)
            if not step.every:
                self._value = value
                return True
            found.append(value)
        if step.every and not self._value:
            self._value = f"[{','.join(filter(None, found))}]"
        # Even a list that was found does not end the search among an object's other members.
        return False

    def _selected(self, element: str, rest: str | None) -> str:
        if rest is None:
            return element
        path, pipe = split_pipe(rest)
        if pipe is not None:
            self._pipe = pipe
        return self._evaluation.get(element, path)

    def _meets(self, query: Query, element: str) -> bool:
        subject = element
        if is_object(element) or is_array(element):
            subject = self._evaluation.get(element, query.path)
        elif query.path:
            return False
        if query.operator.endswith("%"):
            self._evaluation.spend(len(subject) * len(query.want))
        return meets(query, subject)

    def _fits(self, step: Key, key: str) -> bool:
        if not step.wild:
            return key == step.name
        self._evaluation.spend(len(key) * len(step.name))
        return matches_glob(key, step.name)
