"""The rules of admission as a table: for each an object that breaks it, and what becomes of it at which door.

The files are in `tests/admission/rules/`, named by kind, with a document for each rule.
"""

from enum import StrEnum
from typing import Final

import msgspec
import yaml

from bulkhead_testkit.toolchain import CHECKOUT

RULES: Final = CHECKOUT / "tests" / "admission" / "rules"


class Outcome(StrEnum):
    """What an object's author is told."""

    DENIED = "denied"
    WARNED = "warned"
    ALLOWED = "allowed"


class Rule(msgspec.Struct, frozen=True, kw_only=True, rename="kebab"):
    """One document of the table."""

    id: str
    """A name, unique within the file."""
    kind: str
    verdicts: dict[str, Outcome]
    """By profile."""
    paths: list[str]
    """Where something is wrong; each place once."""
    says: str
    """A part of one of the messages; empty if nothing is wrong."""
    object: dict[str, object]
    refused_by_schema: bool = False
    """Whether the API server refuses it before any webhook is asked."""


def rules_of(kind: str) -> list[Rule]:
    """Read the rules of one kind, in the order of its file; none if it has no file."""
    file = RULES / f"{kind.lower()}.yaml"
    return msgspec.convert(list(yaml.safe_load_all(file.read_text())), list[Rule]) if file.exists() else []


def all_rules() -> list[Rule]:
    """Read the rules of all kinds, by the names of their files."""
    files = sorted(RULES.glob("*.yaml"))
    return [rule for file in files for rule in rules_of(file.stem)]
