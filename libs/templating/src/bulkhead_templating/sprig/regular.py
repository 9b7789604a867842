"""Functions of sprig for regular expressions.

The originals come in pairs: one panics at an expression that is none, the other with "must" before its name gives an
error. The texts of the two differ.

Source: github.com/Masterminds/sprig v3, regex.go; Go, package regexp.
"""

import re
from collections.abc import Callable
from typing import Final, NoReturn

from bulkhead_regexp import (
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
from bulkhead_templating.errors import GoPanicError, TemplateFunctionError
from bulkhead_templating.functions import FunctionMap
from bulkhead_templating.kinds import BOOL, INT, STRING, STRING_SLICE
from bulkhead_templating.quoting import can_backquote, quote
from bulkhead_templating.sprig.expression_errors import go_reason
from bulkhead_templating.sprig.search_costs import SearchBudget, charge_for_compiling, charge_for_refusal
from bulkhead_templating.sprig.slices import strings
from bulkhead_templating.text import bytes_of, canonical, text_of
from bulkhead_templating.values import NilSlice, TypedSlice

FUNCTIONS = FunctionMap()

_ELEMENT_BYTES: Final = 16
# What stands for a byte that belongs to no rune, as `text.py` tells.
_HALF: Final = re.compile("[\ud800-\udfff]")
_UNFINISHED: Final = (
    "missing closing", "trailing backslash", "invalid or unsupported Perl syntax: `(?`",
    r"invalid escape sequence: `\x`", r"invalid character class range: `\p`", r"invalid character class range: `\P`",
)  # fmt: skip
Compile = Callable[[Environment, str], Regexp]


def _compiled(environment: Environment, text: str) -> Regexp:
    environment.meter.walk(len(text))
    stray = _HALF.search(text)
    if stray is not None:
        _refuse_bytes(environment, text, stray.start())
    try:
        expression = regexp_from(text)
    except RegexpError as error:
        raise TemplateFunctionError(f"error parsing regexp: {_refusal(environment, error, text)}") from error
    charge_for_compiling(expression, environment.meter)
    return expression


def _refuse_bytes(environment: Environment, text: str, stray: int) -> NoReturn:
    """Refuse an expression for what is wrong before a byte that is not UTF-8, else for that byte.

    Source: Go, package regexp/syntax, checkUTF8 and parsePerlFlags, which looks at the name of a group by itself.
    """
    name = max(text.rfind("(?<", 0, stray), text.rfind("(?P<", 0, stray))
    is_name = name >= 0 and text.find(">", name, stray) < 0
    before = text[: name if is_name else stray]
    try:
        charge_for_compiling(regexp_from(before), environment.meter)
    except RegexpError as error:
        reason = _refusal(environment, error, text)
        # What is open or unfinished Go would find only at the end, where it does not come to.
        if not reason.startswith(_UNFINISHED):
            raise TemplateFunctionError(f"error parsing regexp: {reason}") from error
    end = text.find(">", stray) if is_name else -1
    raise TemplateFunctionError(f"error parsing regexp: invalid UTF-8: `{text[stray : end if end >= 0 else None]}`")


def _refusal(environment: Environment, error: RegexpError, text: str) -> str:
    charge_for_refusal(error.reason, environment.meter)
    return go_reason(error.reason, text)


def _compiled_or_panic(environment: Environment, text: str) -> Regexp:
    try:
        return _compiled(environment, text)
    except TemplateFunctionError as error:
        shown = f"`{text}`" if can_backquote(text) else quote(text)
        raise GoPanicError(f"regexp: Compile({shown}): {error}") from error


@FUNCTIONS.function("regexMatch", STRING, STRING, returns=BOOL, with_environment=True)
def regex_match(environment: Environment, expression: str, text: str) -> bool:
    """Say whether an expression is found in a text; what is no expression is not found."""
    try:
        return must_regex_match(environment, expression, text)
    except TemplateFunctionError:
        return False


@FUNCTIONS.function("mustRegexMatch", STRING, STRING, returns=BOOL, with_environment=True)
def must_regex_match(environment: Environment, expression: str, text: str) -> bool:
    """Say whether an expression is found in a text."""
    compiled = _compiled(environment, expression)
    spans = compiled.spans(_searched(environment, text), budget=SearchBudget(compiled, environment.meter))
    return next(spans, None) is not None


def _declare(prefix: str, compiled: Compile) -> None:
    """Declare the functions of one half of the pairs."""

    @FUNCTIONS.function(f"{prefix}egexFind", STRING, STRING, returns=STRING, with_environment=True)
    def find_first(environment: Environment, text: str, searched: str) -> str:
        expression = compiled(environment, text)
        budget = SearchBudget(expression, environment.meter)
        return text_of(find(expression, _searched(environment, searched), budget=budget))

    @FUNCTIONS.function(f"{prefix}egexFindAll", STRING, STRING, INT, returns=STRING_SLICE, with_environment=True)
    def find_matches(environment: Environment, text: str, searched: str, count: int) -> TypedSlice:
        expression = compiled(environment, text)
        budget = SearchBudget(expression, environment.meter)
        return _listed(environment, find_all(expression, _searched(environment, searched), count, budget=budget))

    @FUNCTIONS.function(f"{prefix}egexReplaceAll", STRING, STRING, STRING, returns=STRING, with_environment=True)
    def replace_all(environment: Environment, text: str, searched: str, target: str) -> str:
        expression = compiled(environment, text)
        budget = SearchBudget(expression, environment.meter)
        room = environment.meter.limits.memory_bytes
        try:
            replaced = expression.replace_in_bytes(
                _searched(environment, searched), target, max_chars=room, budget=budget
            )
        except ResultTooLongError:
            environment.meter.allocate(room + 1)
            raise
        environment.meter.allocate(len(replaced))
        return canonical(replaced)

    @FUNCTIONS.function(f"{prefix}egexReplaceAllLiteral", STRING, STRING, STRING, returns=STRING, with_environment=True)
    def replace_all_literally(environment: Environment, text: str, searched: str, target: str) -> str:
        expression = compiled(environment, text)
        budget = SearchBudget(expression, environment.meter)
        pieces = replace_literal(expression, _searched(environment, searched), bytes_of(target), budget=budget)
        environment.meter.allocate(sum(map(len, pieces)))
        return text_of(b"".join(pieces))

    @FUNCTIONS.function(f"{prefix}egexSplit", STRING, STRING, INT, returns=STRING_SLICE, with_environment=True)
    def split_text(environment: Environment, text: str, searched: str, count: int) -> TypedSlice:
        expression = compiled(environment, text)
        budget = SearchBudget(expression, environment.meter)
        parts = split(expression, _searched(environment, searched), count, budget=budget)
        return _listed(environment, parts) if count == 0 else _made(environment, parts)


@FUNCTIONS.function("regexQuoteMeta", STRING, returns=STRING, with_environment=True)
def regex_quote_meta(environment: Environment, text: str) -> str:
    """Give an expression that matches a text and nothing else."""
    environment.meter.take_apart(text)
    return quote_meta(text)


def _searched(environment: Environment, text: str) -> bytes:
    """Give the bytes of a text that is searched; where some are no UTF-8 its characters are looked at one by one."""
    if not text.isascii() and _HALF.search(text):
        environment.meter.take_apart(text)
    return bytes_of(text)


def _listed(environment: Environment, parts: list[bytes]) -> TypedSlice:
    return _made(environment, parts) if parts else NilSlice(STRING)


def _made(environment: Environment, parts: list[bytes]) -> TypedSlice:
    environment.meter.allocate(sum(map(len, parts)) + _ELEMENT_BYTES * len(parts))
    return strings(map(text_of, parts))


_declare("r", _compiled_or_panic)
_declare("mustR", _compiled)
