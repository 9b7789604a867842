"""Writes the rules into docs/webhook.md, each with the shortest object of the table that breaks it: `make doors`."""

import html
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from textwrap import dedent
from typing import Final, cast

import yaml
from doors import LIST, Line, lines_in

from bulkhead_testkit.rules import RULES, Outcome, Rule, rules_of
from bulkhead_testkit.toolchain import CHECKOUT
from bulkhead_validation.fault import Fault, Verdict
from bulkhead_validation.generators.kinds import CHECKS as GENERATORS
from bulkhead_validation.node import Json
from bulkhead_validation.review import faults_of

DOCUMENT: Final = CHECKOUT / "docs" / "webhook.md"
BEGIN: Final = "<!-- Written by `make doors`; the objects stand in tests/admission/rules. -->\n"
END: Final = "<!-- End of what `make doors` writes. -->\n"
VERDICTS: Final[Mapping[tuple[Outcome, Outcome], str]] = {
    (Outcome.DENIED, Outcome.DENIED): "refused",
    (Outcome.DENIED, Outcome.WARNED): "refused, in eso-compat a warning",
    (Outcome.WARNED, Outcome.WARNED): "a warning",
}
"""By what strict says, as namespaced does, and what eso-compat says."""

_SECTIONS: Final[Mapping[str, Sequence[str]]] = {
    "ExternalSecret and ClusterExternalSecret": ("ExternalSecret", "ClusterExternalSecret"),
    "SecretStore and ClusterSecretStore": ("SecretStore", "ClusterSecretStore"),
    "PushSecret and ClusterPushSecret": ("PushSecret", "ClusterPushSecret"),
    "Generators": tuple(GENERATORS),
}
_CHOSEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[0-9]+')
_INDEX: Final = re.compile(r"\[[0-9]+\]")
_OBJECT: Final = "\nobject:\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One object that breaks a rule."""

    rule: Rule
    fault: Fault
    """The one that the rule is about."""
    others: int
    """How many things more are wrong with it."""
    text: str
    """The object as the table writes it."""
    line: Line

    @property
    def words(self) -> str:
        """The fault's words without what the object's author chose: the same for each object that breaks the rule."""
        return _CHOSEN.sub("…", self.fault.message)


def rules_text() -> str:
    """Give all sections."""
    return "\n".join(_section(title, kinds) for title, kinds in _SECTIONS.items())


def document_with(rules: str) -> str:
    """Give the document with these rules in it."""
    before, _, rest = DOCUMENT.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{rules}\n{END}{after}"


def _section(title: str, kinds: Sequence[str]) -> str:
    by_words: dict[str, list[Example]] = {}
    for example in (each for kind in kinds for each in _examples(kind)):
        by_words.setdefault(example.words, []).append(example)
    shown = [_entry(found) for found in by_words.values()]
    return f"### {title}\n\n{len(shown)} rules.\n\n" + "\n".join(shown)


def _entry(found: Sequence[Example]) -> str:
    best = min(found, key=lambda each: (each.others, len(each.text)))
    rest = [each for each in found if each is not best]
    kinds = ", ".join(sorted({each.rule.kind for each in rest}))
    more = f"\nThe table has {len(rest)} more: {kinds}.\n" if rest else ""
    also = f" (and {best.others} more)" if best.others else ""
    path = html.escape(_INDEX.sub("[]", best.fault.path), quote=False)
    verdict = VERDICTS[best.line.webhook_strict, best.line.webhook_eso_compat]
    return (
        f"<details><summary><code>{path}</code> {html.escape(best.fault.message, quote=False)}{also}"
        f"<br><b>{verdict}</b> ({doors_of(best.line)})</summary>\n\n"
        f"```yaml\n{best.text}```\n{more}\n</details>"
    )


def doors_of(line: Line) -> str:
    """Name the doors that mind an object in the profile strict."""
    minding = {"schema": line.schema, "policy": line.policy_strict, "webhook": line.webhook_strict}
    return ", ".join(name for name, outcome in minding.items() if outcome is not Outcome.ALLOWED)


def _examples(kind: str) -> Iterator[Example]:
    texts = _texts(kind)
    for rule in rules_of(kind):
        faults = faults_of(kind, cast("dict[str, Json]", rule.object))
        told = sorted((each for each in faults if rule.says in each.message), key=_severity)
        if told:
            yield Example(
                rule=rule, fault=told[0], others=len(faults) - 1, text=texts[rule.id], line=_lines()[kind, rule.id]
            )


def _severity(fault: Fault) -> int:
    # ESO's warning about the fake provider stands beside much else.
    return list(Verdict).index(fault.verdict)


def _texts(kind: str) -> Mapping[str, str]:
    documents = (RULES / f"{kind.lower()}.yaml").read_text().split("\n---\n")
    parts = (document.partition(_OBJECT) for document in documents if _OBJECT in document)
    return {yaml.safe_load(head)["id"]: f"{dedent(text).rstrip()}\n" for head, _, text in parts}


@cache
def _lines() -> Mapping[tuple[str, str], Line]:
    return {(line.kind, line.id): line for line in lines_in(LIST.read_text())}


def main() -> int:
    """Write the document."""
    Path(DOCUMENT).write_text(document_with(rules_text()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
