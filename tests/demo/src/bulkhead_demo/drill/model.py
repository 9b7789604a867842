"""The words of the drill: who steals, what is attacked, how, and how it ended. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import msgspec


class Process(StrEnum):
    """A process of the installation, in whose container a thief is."""

    CONTROLLER = "controller"
    CERTCONTROLLER = "certcontroller"
    WEBHOOK = "webhook"
    VAULT = "provider-vault"
    FAKE = "provider-fake"


class Topology(StrEnum):
    """Where the provider servers are. Source: the chart's `topology`."""

    SIDECAR = "sidecar"
    ISOLATED = "isolated"


class Outcome(StrEnum):
    """How an attempt ended."""

    DONE = "done"
    REFUSED = "refused"
    STUMBLED = "stumbled"
    """The attempt itself went wrong, and so says nothing."""


EVERYBODY: Final = frozenset(Process)
PROVIDERS: Final = frozenset({Process.VAULT, Process.FAKE})
BOTH: Final = frozenset(Topology)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """One thing that thieves try."""

    id: str
    """Theme and name, such as `api.read-secret`."""
    does: str
    """As the table says it, after "the thief tries to"."""
    act: str
    """Module and function of the thief's program."""
    arguments: Mapping[str, object] = field(default_factory=dict)
    """Of the function; a `{name}` in a text stands for a fact of the scene."""
    thieves: frozenset[Process] = EVERYBODY
    """Who tries; whose own the thing is does not."""
    topologies: frozenset[Topology] = BOTH
    permitted: str = ""
    """What in the boundary report would permit it, see `permits`; empty if nothing there could."""


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """How an attack went, as the thief's program prints it."""

    id: str
    outcome: Outcome
    by: str = ""
    """Who refused."""
    how: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One thief's place: a process of an installation of one topology."""

    topology: Topology
    process: Process


Facts = Mapping[str, str]
"""What differs between installations and thieves, by the names that attacks use."""


def plan_of(attacks: Sequence[Attack], site: Site, facts: Facts) -> Sequence[Mapping[str, object]]:
    """Give the plan of one thief, as `thief.main` takes it: the attacks that it tries, with the facts filled in.

    Raises:
        KeyError: an attack names a fact that is not there.
    """
    return [
        {"id": attack.id, "act": attack.act, "arguments": filled(attack.arguments, facts)}
        for attack in attacks
        if is_tried(attack, site)
    ]


def is_tried(attack: Attack, site: Site) -> bool:
    """Whether the thief at this site tries the attack."""
    return site.process in attack.thieves and site.topology in attack.topologies


def filled(value: object, facts: Facts) -> object:
    """Put facts into every text of a JSON value, at any depth; a fact of a list's length-one text may not be a list."""
    match value:
        case str():
            return value.format_map(facts)
        case Mapping():
            return {key: filled(each, facts) for key, each in value.items()}
        case list() | tuple():
            return [filled(each, facts) for each in value]
        case _:
            return value
