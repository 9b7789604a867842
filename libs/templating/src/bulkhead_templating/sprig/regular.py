"""Functions of sprig for regular expressions.

The originals come in pairs: one panics at an expression that is none, the other with "must" before its name gives an
error. The texts of the two differ.

Source: github.com/Masterminds/sprig v3, regex.go; Go, package regexp.
"""

from collections.abc import Callable
from typing import Final

from bulkhead_regexp import (
    Budget,
    BudgetError,
    Regexp,
    RegexpError,
    ResultTooLongError,
    find,
    find_all,
    quote_meta,
    regexp_from,
    replace_literal,
    split,
)
from bulkhead_templating.environment import Environment
from bulkhead_templating.errors import GoPanicError, StepLimitError, TemplateFunctionError
from bulkhead_templating.functions import FunctionMap
from bulkhead_templating.kinds import BOOL, INT, STRING, STRING_SLICE
from bulkhead_templating.limits import Meter
from bulkhead_templating.quoting import can_backquote, quote
from bulkhead_templating.sprig.expression_errors import go_reason
from bulkhead_templating.sprig.slices import strings
from bulkhead_templating.text import bytes_of, text_of
from bulkhead_templating.values import NilSlice, TypedSlice

FUNCTIONS = FunctionMap()

# What one search may read in characters, about half a second; and how much of that is one step of the render.
_BUDGET_CHARS: Final = 250_000_000
_CHARS_PER_STEP: Final = 1_000
_ELEMENT_BYTES: Final = 16
Compile = Callable[[str], Regexp]


def _compiled(expression: str) -> Regexp:
    try:
        return regexp_from(expression)
    except RegexpError as error:
        raise TemplateFunctionError(f"error parsing regexp: {go_reason(str(error), expression)}") from error


def _compiled_or_panic(expression: str) -> Regexp:
    try:
        return _compiled(expression)
    except TemplateFunctionError as error:
        shown = f"`{expression}`" if can_backquote(expression) else quote(expression)
        raise GoPanicError(f"regexp: Compile({shown}): {error}") from error


class _Search:
    """One search of a text: what it costs is charged to the render, and it may not cost too much."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self.budget = Budget(_BUDGET_CHARS)

    def __enter__(self) -> Budget:
        return self.budget

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, BudgetError):
            raise StepLimitError("a search for a regular expression takes too long") from error
        self._meter.step((_BUDGET_CHARS - self.budget.chars) // _CHARS_PER_STEP)


@FUNCTIONS.function("regexMatch", STRING, STRING, returns=BOOL)
def regex_match(expression: str, text: str) -> bool:
    """Say whether an expression is found in a text; what is no expression is not found."""
    try:
        return _compiled(expression).matches(text)
    except TemplateFunctionError:
        return False


@FUNCTIONS.function("mustRegexMatch", STRING, STRING, returns=BOOL)
def must_regex_match(expression: str, text: str) -> bool:
    """Say whether an expression is found in a text."""
    return _compiled(expression).matches(text)


def _declare(prefix: str, compiled: Compile) -> None:
    """Declare the functions of one half of the pairs."""

    @FUNCTIONS.function(f"{prefix}egexFind", STRING, STRING, returns=STRING, with_environment=True)
    def find_first(environment: Environment, expression: str, text: str) -> str:
        with _Search(environment.meter) as budget:
            return text_of(find(compiled(expression), bytes_of(text), budget=budget))

    @FUNCTIONS.function(f"{prefix}egexFindAll", STRING, STRING, INT, returns=STRING_SLICE, with_environment=True)
    def find_matches(environment: Environment, expression: str, text: str, count: int) -> TypedSlice:
        with _Search(environment.meter) as budget:
            found = find_all(compiled(expression), bytes_of(text), count, budget=budget)
        return _listed(environment, found)

    @FUNCTIONS.function(f"{prefix}egexReplaceAll", STRING, STRING, STRING, returns=STRING, with_environment=True)
    def replace_all(environment: Environment, expression: str, text: str, target: str) -> str:
        room = environment.meter.limits.memory_bytes
        try:
            with _Search(environment.meter) as budget:
                replaced = compiled(expression).replace(text, target, max_chars=room, budget=budget)
        except ResultTooLongError:
            environment.meter.allocate(room + 1)
            raise
        environment.meter.allocate(len(replaced))
        return replaced

    @FUNCTIONS.function(f"{prefix}egexReplaceAllLiteral", STRING, STRING, STRING, returns=STRING, with_environment=True)
    def replace_all_literally(environment: Environment, expression: str, text: str, target: str) -> str:
        with _Search(environment.meter) as budget:
            pieces = replace_literal(compiled(expression), bytes_of(text), bytes_of(target), budget=budget)
        environment.meter.allocate(sum(map(len, pieces)))
        return text_of(b"".join(pieces))

    @FUNCTIONS.function(f"{prefix}egexSplit", STRING, STRING, INT, returns=STRING_SLICE, with_environment=True)
    def split_text(environment: Environment, expression: str, text: str, count: int) -> TypedSlice:
        with _Search(environment.meter) as budget:
            parts = split(compiled(expression), bytes_of(text), count, budget=budget)
        return _listed(environment, parts) if count == 0 else _made(environment, parts)


@FUNCTIONS.function("regexQuoteMeta", STRING, returns=STRING)
def regex_quote_meta(text: str) -> str:
    """Give an expression that matches a text and nothing else."""
    return quote_meta(text)


def _listed(environment: Environment, parts: list[bytes]) -> TypedSlice:
    return _made(environment, parts) if parts else NilSlice(STRING)


def _made(environment: Environment, parts: list[bytes]) -> TypedSlice:
    environment.meter.allocate(sum(map(len, parts)) + _ELEMENT_BYTES * len(parts))
    return strings(map(text_of, parts))


_declare("r", _compiled_or_panic)
_declare("mustR", _compiled)
