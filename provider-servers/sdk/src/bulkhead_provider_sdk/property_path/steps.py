"""A property path cut into its parts: what to do with the value at hand, and which path goes on from there.

The language has two grammars, and which one holds is known only when a value is there: the same part reads one way
for an object (escapes, wildcards) and another way for an array (index, `#`, queries).
"""

from dataclasses import dataclass

from bulkhead_provider_sdk.property_path.brackets import balanced_end, quoted_end
from bulkhead_provider_sdk.property_path.modifiers import MODIFIERS
from bulkhead_provider_sdk.property_path.query import Query, parse_query


@dataclass(frozen=True, slots=True, kw_only=True)
class Onward:
    """Where a path goes after one part; both None at its end."""

    rest: str | None = None
    """After a dot: evaluated inside the value that the part selects."""
    pipe: str | None = None
    """After a pipe: evaluated on the result of everything before it."""


END = Onward()


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A member of an object."""

    name: str
    wild: bool
    """The name is a pattern."""
    onward: Onward


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """An element of an array."""

    index: int | None
    """None if the part is no index, so that no element fits."""
    onward: Onward


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """`#`: how many elements an array has."""

    onward: Onward


@dataclass(frozen=True, slots=True, kw_only=True)
class Each:
    """`#.path`: what every element has at the path."""

    path: str
    onward: Onward


@dataclass(frozen=True, slots=True, kw_only=True)
class Select:
    """`#(query)`, the first element that the query matches, or `#(query)#`, all of them."""

    query: Query
    every: bool
    onward: Onward


def object_step(path: str) -> Key:
    """Read the first part of a path as an object sees it."""
    name: list[str] = []
    wild = False
    at = 0
    while at < len(path) and path[at] not in ".|":
        if path[at] == "\\":
            at += 1
        elif path[at] in "*?":
            wild = True
        name.append(path[at : at + 1])
        at += 1
    return Key(name="".join(name), wild=wild, onward=_onward(path, at))


def array_step(path: str) -> Index | Count | Each | Select:
    """Read the first part of a path as an array sees it.

    Raises:
        InvalidRefError: a query is malformed.
    """
    if path.startswith("#."):
        left, pipe = split_pipe(path[2:])
        return Each(path=left, onward=Onward(pipe=pipe))
    if path.startswith(("#(", "#[")):
        query, end = parse_query(path)
        # Anything between the query and the next separator means nothing to gjson, and so nothing here.
        onward = _onward_plain(path, _separator(path, end))
        return Select(query=query, every=path[end : end + 1] == "#", onward=onward)
    end = _separator(path, 0)
    part = path[:end]
    if part == "#":
        return Count(onward=_onward_plain(path, end))
    if "#" in part:
        return Index(index=None, onward=_onward_plain(path, end))
    return Index(index=int(part) if part.isascii() and part.isdigit() else None, onward=_onward(path, end))


def split_pipe(path: str) -> tuple[str, str | None]:
    """Cut a path that every element gets at the pipe that ends it; None if there is no such pipe."""
    if "|" not in path:
        return path, None
    if path.startswith("{"):
        end = balanced_end(path, 0)
        return (path[:end], path[end + 1 :]) if path[end : end + 1] == "|" else (path, None)
    at = 0
    while at < len(path):
        if path[at] == "|":
            return path[:at], path[at + 1 :]
        at = _after_query(path, at + 2) if path.startswith(".#", at) else at + 1 + (path[at] == "\\")
    return path, None


def _after_query(path: str, at: int) -> int:
    """Skip what follows `.#`: a query, or one character of anything else, as gjson does."""
    if path[at : at + 1] not in ("(", "["):
        return at + 1
    opening, closing = path[at], ")" if path[at] == "(" else "]"
    depth = 0
    while at < len(path):
        if path[at] == '"':
            at = quoted_end(path, at)
            continue
        depth += (path[at] == opening) - (path[at] == closing)
        at += 1 + (path[at] == "\\")
        if depth == 0:
            return at
    return at


def _separator(path: str, start: int) -> int:
    return next((at for at in range(start, len(path)) if path[at] in ".|"), len(path))


def _onward(path: str, at: int) -> Onward:
    """As `_onward_plain`, but a dot before a modifier or multipath works as a pipe."""
    onward = _onward_plain(path, at)
    if onward.rest is not None and _starts_new_stage(onward.rest):
        return Onward(pipe=onward.rest)
    return onward


def _onward_plain(path: str, at: int) -> Onward:
    match path[at : at + 1]:
        case "|":
            return Onward(pipe=path[at + 1 :])
        case ".":
            return Onward(rest=path[at + 1 :])
        case _:
            return END


def _starts_new_stage(path: str) -> bool:
    if path.startswith("@"):
        end = next((at for at in range(1, len(path)) if path[at] in ".|:"), len(path))
        return path[1:end] in MODIFIERS
    return path.startswith(("[", "{"))
