"""What may stand at the start of a path and takes the whole value: modifier, literal, multipath."""

from dataclasses import dataclass

from bulkhead_api.errors import InvalidRefError
from bulkhead_provider_sdk.property_path.brackets import balanced_end, quoted_end
from bulkhead_provider_sdk.property_path.modifiers import MODIFIERS
from bulkhead_provider_sdk.property_path.scan import is_valid
from bulkhead_provider_sdk.property_path.text import quote

_LOOSE_WORDS = ("true", "false", "null", "nan", "inf")
_NOT_IN_NAMES = frozenset("[]{}()#|!")


@dataclass(frozen=True, slots=True)
class Modifier:
    """`@name:argument`."""

    name: str
    argument: str
    pipe: str | None


@dataclass(frozen=True, slots=True)
class Literal:
    """`!value`: a value that stands in the path itself."""

    value: str
    pipe: str | None


@dataclass(frozen=True, slots=True)
class Part:
    """One path of a multipath, and the JSON string under which an object keeps its value."""

    key: str
    path: str


@dataclass(frozen=True, slots=True)
class Multipath:
    """`[a,b]` or `{"x":a,b}`: a new array or object made of several paths."""

    is_array: bool
    parts: tuple[Part, ...]
    pipe: str | None


def stage_from(path: str) -> Modifier | Literal | Multipath | None:
    """Read the start of a path; None if it is an ordinary part.

    Raises:
        InvalidRefError: a literal is not JSON, or a multipath is malformed.
    """
    if len(path) < 2:
        return None
    match path[0]:
        case "@":
            return _modifier(path)
        case "!":
            return _literal(path)
        case "[" | "{":
            return _multipath(path)
        case _:
            return None


def _modifier(path: str) -> Modifier | None:
    name_end = _find_any(path, ".|:", 1)
    name = path[1:name_end]
    if name not in MODIFIERS:
        return None
    end = name_end
    if path[name_end : name_end + 1] == ":":
        end = _argument_end(path, name_end + 1)
    return Modifier(name, path[name_end + 1 : end], _pipe(path, end))


def _argument_end(path: str, start: int) -> int:
    """JSON ends where it closes; anything else goes on to the next pipe outside of brackets and quotes."""
    if path[start : start + 1] in ("{", "[", '"'):
        return balanced_end(path, start)
    at = start
    while at < len(path) and path[at] != "|":
        at = balanced_end(path, at) if path[at] in '{["(' else at + 1
    return at


def _literal(path: str) -> Literal | None:
    match path[1]:
        case "{" | "[":
            end = balanced_end(path, 1)
        case '"':
            end = quoted_end(path, 1)
        case char if char in "+-0123456789":
            end = len(path)
        case _:
            end = _find_any(path, ".|", 1)
            if path[1:end].lower() not in _LOOSE_WORDS:
                return None
    value = path[1:end]
    if not is_valid(value) or (path[1] == '"' and end < len(path)):
        raise InvalidRefError("the property path has a malformed literal")
    return Literal(value, _pipe(path, end))


def _multipath(path: str) -> Multipath:
    bounds = _part_bounds(path)
    end = bounds[-1].end + 1
    if path[end : end + 1] not in ("", ".", "|"):
        raise InvalidRefError("the property path has a multipath that goes on oddly")
    parts = tuple(_part(path, bound) for bound in bounds)
    return Multipath(path[0] == "[", parts, _pipe(path, end))


@dataclass(frozen=True, slots=True)
class _Bound:
    start: int
    colon: int | None
    end: int


def _part_bounds(path: str) -> list[_Bound]:
    bounds: list[_Bound] = []
    depth, start, at = 1, 1, 1
    colon: int | None = None
    in_modifier = False
    while at < len(path):
        match path[at]:
            case "\\":
                at += 1
            case "@" if path[at - 1] in ".|":
                # The colon after a modifier starts its argument and ends no key.
                in_modifier = True
            case ":" if colon is None and depth == 1 and not in_modifier:
                colon = at
            case "," if depth == 1:
                bounds.append(_Bound(start, colon, at))
                start, colon, in_modifier = at + 1, None, False
            case '"':
                at = quoted_end(path, at) - 1
            case "[" | "(" | "{":
                depth += 1
            case "]" | ")" | "}":
                depth -= 1
                if depth == 0:
                    return [*bounds, _Bound(start, colon, at)]
            case _:
                pass
        at += 1
    raise InvalidRefError("the property path has a multipath without an end")


def _part(path: str, bound: _Bound) -> Part:
    if bound.colon is None:
        inner = path[bound.start : bound.end]
        return Part(quote(_name_of_last(inner)), inner)
    inner = path[bound.colon + 1 : bound.end]
    name = path[bound.start : bound.colon]
    if name.startswith('"') and is_valid(name):
        return Part(name, inner)
    return Part(quote(name or _name_of_last(inner)), inner)


def _name_of_last(path: str) -> str:
    """Name a value after the last part of its path, or `_` if that is no plain name."""
    start = next((at + 1 for at in range(len(path) - 1, -1, -1) if _separates(path, at)), 0)
    name = path[start:]
    return "_" if any(char < " " or char in _NOT_IN_NAMES for char in name) else name


def _separates(path: str, at: int) -> bool:
    return path[at] in ".|" and (at == 0 or path[at - 1] != "\\")


def _find_any(path: str, chars: str, start: int) -> int:
    return next((at for at in range(start, len(path)) if path[at] in chars), len(path))


def _pipe(path: str, end: int) -> str | None:
    return path[end + 1 :] if path[end : end + 1] in (".", "|") else None
