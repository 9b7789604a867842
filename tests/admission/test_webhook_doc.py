"""What docs/webhook.md shows of each rule is what the table, the library and the list of doors say."""

import html
import re
from typing import Final

import pytest
import yaml
from doors import LIST, lines_in
from webhook_doc import BEGIN, DOCUMENT, END, VERDICTS, document_with, doors_of, rules_text

from bulkhead_testkit.rules import Outcome, all_rules
from bulkhead_validation.fault import Verdict
from bulkhead_validation.review import faults_of
from bulkhead_webhook.answer import Profile, decide_answer

ENTRY: Final = re.compile(
    r"<details><summary><code>(?P<path>[^\n]*?)</code> (?P<message>[^\n]*?)(?: \(and \d+ more\))?"
    r"<br><b>(?P<verdict>[^\n]*?)</b> \((?P<doors>[^\n]*?)\)</summary>\n\n```yaml\n(?P<object>.*?)```\n",
    re.DOTALL,
)
TEXT: Final = DOCUMENT.read_text()
SHOWN: Final = [pytest.param(found, id=f"{at}-{found['path']}") for at, found in enumerate(ENTRY.finditer(TEXT))]


@pytest.mark.slow
def test_the_rules_are_current() -> None:
    assert document_with(rules_text()) == TEXT, "run `make doors`"


def test_every_entry_is_looked_at() -> None:
    assert TEXT.count(BEGIN) == TEXT.count(END) == 1
    assert len(SHOWN) == TEXT.count("<details>") > 200


@pytest.mark.parametrize("shown", SHOWN)
def test_an_object_gets_the_verdict_that_is_shown(shown: re.Match[str]) -> None:
    document = yaml.safe_load(shown["object"])
    faults = faults_of(document["kind"], document)
    fault = next(each for each in faults if each.message == html.unescape(shown["message"]))
    assert re.sub(r"\[[0-9]+\]", "[]", fault.path) == html.unescape(shown["path"])
    strict, compatible = (decide_answer(faults, each) for each in (Profile.STRICT, Profile.ESO_COMPAT))
    assert VERDICTS[_outcome(refused=strict.refused), _outcome(refused=compatible.refused)] == shown["verdict"]


def _outcome(*, refused: object) -> Outcome:
    return Outcome.DENIED if refused else Outcome.WARNED


@pytest.mark.slow
def test_the_doors_that_are_shown_are_those_of_the_list() -> None:
    by_object = {
        yaml.safe_dump(rule.object): line for rule, line in zip(all_rules(), lines_in(LIST.read_text()), strict=True)
    }
    wrong = [
        shown["path"]
        for shown in ENTRY.finditer(TEXT)
        if doors_of(by_object[yaml.safe_dump(yaml.safe_load(shown["object"]))]) != shown["doors"]
    ]
    assert wrong == []


@pytest.mark.parametrize("verdict", Verdict)
def test_each_verdict_is_explained_with_what_comes_of_it(verdict: Verdict) -> None:
    row = next(line for line in TEXT.splitlines() if line.startswith(f"| {verdict} |"))
    said = [
        "refused" if verdict in profile.refused else "a warning" for profile in (Profile.STRICT, Profile.ESO_COMPAT)
    ]
    assert [cell.strip() for cell in row.split("|")[3:5]] == said
