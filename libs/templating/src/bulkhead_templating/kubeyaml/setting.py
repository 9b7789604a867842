"""A value set at a path of a manifest, which stays as it was.

Source: ESO, runtime/template/v2/template.go, applyParsedToPath and setAtPath.
"""

from collections.abc import Sequence

from bulkhead_templating.kubeyaml.json_value import Json
from bulkhead_templating.kubeyaml.paths import Path
from bulkhead_templating.quoting import quote


class PathConflictError(ValueError):
    """A path crosses a value that is no map where it has a key, or no list where it has an index.

    The message tells the type of the value, never the value.
    """


def set_at(document: Json, path: Path, value: Json, *, merge: bool) -> Json:
    """Give the document with a value at a path; maps and lists that are not there, or null, are made.

    Neither argument is changed, though the result holds parts of both. A list grows by nulls.

    Args:
        document: what to start from; None is an empty map.
        path: where to set it.
        value: what to set.
        merge: whether a map keeps those members of the map in its place that it has none of, as in the scope
            KeysAndValues; never at a path of a single key.

    Raises:
        PathConflictError: the path leads through a value of another type.
    """
    try:
        return _set_below(document, path.steps, value, merge=merge and len(path.steps) > 1)
    except PathConflictError as error:
        raise PathConflictError(f"failed to set path {path.text}: {error}") from None


def _set_below(node: Json, steps: Sequence[str | int], value: Json, *, merge: bool) -> Json:
    if not steps:
        return {**node, **value} if merge and isinstance(node, dict) and isinstance(value, dict) else value
    step, rest = steps[0], steps[1:]
    if isinstance(step, str):
        members = _members(node, step)
        return {**members, step: _set_below(members.get(step), rest, value, merge=merge)}
    elements = _elements(node, step)
    elements[step] = _set_below(elements[step], rest, value, merge=merge)
    return elements


def _members(node: Json, key: str) -> dict[str, Json]:
    if node is None:
        return {}
    if not isinstance(node, dict):
        raise PathConflictError(f"expected map at key {quote(key)} but found {_go_type(node)}")
    return node


def _elements(node: Json, index: int) -> list[Json]:
    """Give a list of its own that has the index."""
    if node is not None and not isinstance(node, list):
        raise PathConflictError(f"expected array at index {index} but found {_go_type(node)}")
    elements = list(node or ())
    return elements + [None] * (index + 1 - len(elements))


def _go_type(node: Json) -> str:
    match node:
        case dict():
            return "map[string]interface {}"
        case list():
            return "[]interface {}"
        case bool():
            return "bool"
        case str():
            return "string"
        case float():
            return "float64"
        case _:
            return "int64"
