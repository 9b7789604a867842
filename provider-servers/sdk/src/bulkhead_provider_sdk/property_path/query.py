"""The condition in `#(...)`: how it is written, and whether a value meets it."""

import re
from dataclasses import dataclass

from bulkhead_api.errors import InvalidRefError
from bulkhead_provider_sdk.property_path.brackets import quoted_end
from bulkhead_provider_sdk.property_path.glob import matches_glob
from bulkhead_provider_sdk.property_path.scan import is_valid
from bulkhead_provider_sdk.property_path.text import unquote

_SPACE = "".join(map(chr, range(33)))
_OPERATOR = re.compile(r"==|!=|!%|<=|>=|[=<>%]")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[+-]?inf(?:inity)?|nan", re.IGNORECASE)
_TRUE = frozenset({"1", "t", "true"})
_FALSE = frozenset({"0", "f", "false"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A parsed condition."""

    path: str
    """What to look at in each element; empty means the element itself."""
    operator: str
    """One of `= != < <= > >= % !%`; empty if it is enough that the path leads somewhere."""
    want: str
    """The right side, without quotes."""


def parse_query(path: str) -> tuple[Query, int]:
    """Read the query at the start of a path, which begins with `#(` or `#[`, and say where it ends.

    Raises:
        InvalidRefError: a bracket or quote is not closed, or the operator is unknown.
    """
    operator_at, end = _query_bounds(path)
    if operator_at is None:
        return Query(path=path[2 : end - 1].strip(_SPACE), operator="", want=""), end
    found = _OPERATOR.match(path, operator_at)
    if found is None:
        raise InvalidRefError("the property path has a query with an unknown operator")
    left = path[2:operator_at].strip(_SPACE)
    right = path[found.end() : end - 1].strip(_SPACE)
    if len(right) >= 2 and right.startswith('"') and right.endswith('"'):
        right = _unquoted(right)
    return Query(path=left, operator="=" if found[0] == "==" else found[0], want=right), end


def _unquoted(right: str) -> str:
    if "\\" in right and not is_valid(right):
        raise InvalidRefError("the property path has a query with an unknown escape")
    return unquote(right)


def meets(query: Query, value: str) -> bool:
    """Say whether a value, empty if there is none, meets the query. Nothing ever equals an object, array or null."""
    want = query.want
    if want.startswith("~"):
        value, want = _as_boolean(value, want[1:]), "true"
    if not value or not query.operator:
        return bool(value)
    match value[0]:
        case '"':
            return _text_meets(query.operator, unquote(value), want)
        case "t":
            return _true_meets(query.operator, want)
        case "f":
            return _false_meets(query.operator, want)
        case "n" | "{" | "[":
            return False
        case _:
            return _number_meets(query.operator, float(value), _number_from(want))


def _query_bounds(path: str) -> tuple[int | None, int]:
    """Find the first operator outside of inner brackets, and the place after the closing bracket."""
    operator_at: int | None = None
    depth = 1
    at = 2
    while at < len(path):
        char = path[at]
        if depth == 1 and operator_at is None and char in "!=<>%":
            operator_at = at
        elif char == "\\":
            at += 1
        elif char in "[(":
            depth += 1
        elif char in "])":
            depth -= 1
            if depth == 0:
                return operator_at, at + 1
        elif char == '"':
            at = quoted_end(path, at) - 1
        at += 1
    raise InvalidRefError("the property path has a query without an end")


def _as_boolean(value: str, kind: str) -> str:
    """Turn a value into true or false as the `~` comparisons do; nothing for an unknown one."""
    match kind:
        case "*":
            answer = bool(value)
        case "null":
            answer = not value or value.startswith("n")
        case "true":
            answer = _is_trueish(value)
        case "false":
            answer = _is_falseish(value)
        case _:
            return ""
    return "true" if answer else "false"


def _is_trueish(value: str) -> bool:
    match value[:1]:
        case '"':
            return unquote(value).lower() in _TRUE
        case "t":
            return True
        case "" | "f" | "n" | "{" | "[":
            return False
        case _:
            return float(value) != 0


def _is_falseish(value: str) -> bool:
    match value[:1]:
        case '"':
            return unquote(value).lower() in _FALSE
        case "" | "f" | "n":
            return True
        case "t" | "{" | "[":
            return False
        case _:
            return float(value) == 0


def _text_meets(operator: str, value: str, want: str) -> bool:
    match operator:
        case "%":
            return matches_glob(value, want)
        case "!%":
            return not matches_glob(value, want)
        case _:
            # Code points sort as their UTF-8 does, which is what gjson compares.
            return _compares(operator, (value > want) - (value < want))


def _number_meets(operator: str, value: float, want: float) -> bool:
    if operator in ("%", "!%"):
        return False
    if want != want:  # noqa: PLR0124 - the definition of NaN, which differs from everything
        return operator == "!="
    return _compares(operator, (value > want) - (value < want))


def _compares(operator: str, order: int) -> bool:
    match operator:
        case "=":
            return order == 0
        case "!=":
            return order != 0
        case "<":
            return order < 0
        case "<=":
            return order <= 0
        case ">":
            return order > 0
        case _:
            return order >= 0


def _true_meets(operator: str, want: str) -> bool:
    return {"=": want == "true", "!=": want != "true", ">": want == "false", ">=": True}.get(operator, False)


def _false_meets(operator: str, want: str) -> bool:
    return {"=": want == "false", "!=": want != "false", "<": want == "true", "<=": True}.get(operator, False)


def _number_from(want: str) -> float:
    """Read the right side as gjson does: what is not a number counts as 0."""
    return float(want) if _DECIMAL.fullmatch(want) else 0.0
