"""What can become of a value of ESO's chart. Pure; nothing here knows a single value."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeAlias

Values: TypeAlias = dict[str, object]
"""Values of a chart: text, numbers, booleans, None, lists and maps by name, as YAML gives them."""


class NoteKind(StrEnum):
    """How a value fared. The text is the title under which such values are listed."""

    CHANGED = "Mapped with another meaning"
    LOST = "Without counterpart"
    NEEDLESS = "Not needed here, and nothing is lost"
    UNKNOWN = "Unknown to ESO's chart 2.9"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Note:
    """What a person has to know of one value."""

    kind: NoteKind
    path: str
    """Of the value in ESO's chart, with dots."""
    says: str
    """The reason, or what is different; quotes no value."""


class UnfitError(Exception):
    """A value cannot be carried over as it is; the message says why and what to do, and quotes no value."""


Fit: TypeAlias = Callable[[object], object]
"""Gives our form of a value of ESO's. Raises `UnfitError` if there is none."""


class Look(Protocol):
    """Gives the value at a path of ESO's chart: what the file says, else ESO's default."""

    def __call__(self, path: str) -> object:
        """Give the value."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a rule gives for several values together."""

    values: Mapping[str, object]
    """By path in our chart."""
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Carried:
    """The value has a counterpart."""

    to: str
    """Path in our chart."""
    fit: Fit
    means: str = ""
    """How the meaning differs; empty if it does not."""


@dataclass(frozen=True, slots=True)
class Lost:
    """There is no counterpart, and something is different without it."""

    why: str


@dataclass(frozen=True, slots=True)
class Needless:
    """There is no counterpart, and none is needed."""

    why: str


@dataclass(frozen=True, slots=True)
class Together:
    """Several values give ours together; asked once, whichever of them the file has."""

    find: Callable[[Look], Found]


Rule: TypeAlias = Carried | Lost | Needless | Together
