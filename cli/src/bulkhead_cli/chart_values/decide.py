"""Decides what becomes of the values of ESO's chart. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from bulkhead_cli.chart_values.defaults import DEFAULTS
from bulkhead_cli.chart_values.paths import put, value_at
from bulkhead_cli.chart_values.rules import (
    Carried,
    Found,
    Lost,
    Needless,
    Note,
    NoteKind,
    Rule,
    Together,
    UnfitError,
    Values,
)
from bulkhead_cli.chart_values.table import RULES

_SAYS_NOTHING: Final[tuple[object, ...]] = (None, "", {}, [])
_UNKNOWN: Final = "no value of that chart has this name; look for a misspelling"
_LAST: Final = "extraArgs"
"""Flags win over values, as the later of two flags does with ESO."""
_NO_MAP: Final = "a map is needed here"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """What becomes of a file."""

    values: Values
    """Ours, nested; without what is left to our chart's defaults."""
    notes: tuple[Note, ...]
    """Sorted; one for each value or group of values that is not carried over as it is."""


@dataclass(slots=True, kw_only=True)
class _Result:
    """What is found so far, and which rules were asked; a group of values is told of once."""

    values: Values = field(default_factory=dict)
    notes: set[Note] = field(default_factory=set)
    asked: set[int] = field(default_factory=set)


def decide_values(eso: Mapping[str, object], *, profile: str) -> Conversion:
    """Turn values of ESO's chart into ours.

    A value that is ESO's default says nothing, since people keep whole copies of the defaults; ours applies then.

    Args:
        eso: as the file has them.
        profile: for our value `profile`, unless the file asks for a namespace.
    """
    result = _Result(values={"profile": profile})
    for path, value, is_known in sorted(_leaves(eso, DEFAULTS, ""), key=lambda leaf: leaf[0] == _LAST):
        if is_known:
            _apply(path, value, eso, result)
        else:
            result.notes.add(Note(kind=NoteKind.UNKNOWN, path=path, says=_UNKNOWN))
    return Conversion(values=result.values, notes=tuple(sorted(result.notes)))


def _apply(path: str, value: object, eso: Mapping[str, object], result: _Result) -> None:
    default = value_at(DEFAULTS, path)
    if value == default and type(value) is type(default):
        return
    if value in _SAYS_NOTHING and default in _SAYS_NOTHING:
        return
    if isinstance(default, dict) and default:
        result.notes.add(Note(kind=NoteKind.LOST, path=path, says=_NO_MAP))
        return
    where, rule = rule_of(path)
    _follow(where, rule, path, value, eso, result)


def _follow(where: str, rule: Rule, path: str, value: object, eso: Mapping[str, object], result: _Result) -> None:
    match rule:
        case Carried() if value is None:
            # Helm takes null for "as if the chart had no such value".
            pass
        case Carried(to, fit, means):
            try:
                put(result.values, to, fit(value))
            except UnfitError as error:
                result.notes.add(Note(kind=NoteKind.LOST, path=path, says=str(error)))
                return
            if means:
                result.notes.add(Note(kind=NoteKind.CHANGED, path=path, says=f"now {to}: {means}"))
        case Lost(why):
            result.notes.add(Note(kind=NoteKind.LOST, path=where, says=why))
        case Needless(why):
            result.notes.add(Note(kind=NoteKind.NEEDLESS, path=where, says=why))
        case Together(find):
            if id(rule) not in result.asked:
                result.asked.add(id(rule))
                _add(find(lambda asked: _look(eso, asked)), result)


def _add(found: Found, result: _Result) -> None:
    for to, value in found.values.items():
        put(result.values, to, value)
    result.notes.update(found.notes)


def rule_of(path: str) -> tuple[str, Rule]:
    """Give the rule of a value of ESO's chart, and the path at which the rule stands: its own, or that of a group."""
    where = path
    while where and where not in RULES:
        where = where.rpartition(".")[0]
    return where, RULES[where]


def _leaves(
    values: Mapping[str, object], defaults: Mapping[str, object], above: str
) -> Iterator[tuple[str, object, bool]]:
    """Walk the values, their paths, and whether ESO's chart knows them; a map with keys of the user's is one value."""
    for key, value in values.items():
        path = f"{above}.{key}" if above else key
        default = defaults.get(key)
        if isinstance(default, dict) and default and isinstance(value, dict):
            yield from _leaves(value, default, path)
        elif not (isinstance(default, dict) and default and value is None):
            yield path, value, key in defaults


def _look(eso: Mapping[str, object], path: str) -> object:
    found = value_at(eso, path)
    return value_at(DEFAULTS, path) if found is None else found
