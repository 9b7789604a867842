"""Go with sprig's functions and ESO's, as a process that answers questions."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TypedDict

from bulkhead_testkit.originals import ask_original, run_original

_HERE = Path(__file__).parent
FIXTURES = _HERE.parents[2] / "libs/templating/tests/crypto/fixtures.json"


class Issue(TypedDict, total=False):
    """A certificate as it is asked for; keys and signers are names of fixtures."""

    common_name: str
    serial: str
    not_before_s: int
    days: int
    addresses: list[str]
    dns: list[str]
    is_ca: bool
    key: str
    signer: str
    signer_key: str


class Question(TypedDict, total=False):
    """What main.go reads; `texts` that are names of fixtures stand for those."""

    kind: str
    template: str
    texts: list[str]
    data: dict[str, str]
    issue: Issue


class Answer(TypedDict, total=False):
    """What main.go writes: one of the three."""

    result: str
    hex: str
    error: str


def ask(questions: Iterable[Question]) -> list[Answer]:
    """Build the program with the Go toolchain of the PATH and have it answer the questions, in their order."""
    return ask_original(_HERE, questions, FIXTURES)


def make_fixtures() -> None:
    """Make new keys, certificates and archives; all answers have to be recorded anew then."""
    made = json.loads(run_original(_HERE, "fixtures"))
    FIXTURES.write_text(json.dumps(made, indent=1, sort_keys=True) + "\n")
