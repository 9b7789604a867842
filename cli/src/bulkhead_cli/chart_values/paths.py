"""Values of a chart by their path, with dots between the names. Pure."""

from collections.abc import Mapping

from bulkhead_cli.chart_values.rules import Values


def value_at(values: Mapping[str, object], path: str) -> object:
    """Give the value at a path; None if there is none."""
    found: object = values
    for key in path.split("."):
        found = found.get(key) if isinstance(found, dict) else None
    return found


def put(values: Values, path: str, value: object) -> None:
    """Set the value at a path; of two maps at one place both stay."""
    first, _, rest = path.partition(".")
    if rest:
        below = values.setdefault(first, {})
        if isinstance(below, dict):
            put(below, rest, value)
        return
    values[first] = value
