"""Each row of the table of rules is told as the table says; docs and the tests of both doors read the same table."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from bulkhead_validation.fault import Fault, Verdict
from bulkhead_validation.review import faults_of

RULES = Path(__file__).parents[3] / "tests/admission/rules"
REFUSED = {
    "strict": {Verdict.ESO_REFUSES, Verdict.NEVER_WORKS},
    "eso-compat": {Verdict.ESO_REFUSES},
}


def rows() -> list[Any]:
    return [
        pytest.param(row, id=f"{file.stem}-{row['id']}")
        for file in sorted(RULES.glob("*.yaml"))
        for row in yaml.safe_load_all(file.read_text())
    ]


def outcome(faults: list[Fault], profile: str) -> str:
    if any(fault.verdict in REFUSED[profile] for fault in faults):
        return "denied"
    return "warned" if faults else "allowed"


@pytest.mark.parametrize("row", rows())
def test_a_rule_is_told_as_the_table_says(row: dict[str, Any]) -> None:
    faults = faults_of(row["kind"], row["object"])
    assert sorted({fault.path for fault in faults}) == sorted(row["paths"])
    assert {profile: outcome(faults, profile) for profile in REFUSED} == row["verdicts"]
    assert any(row["says"] in fault.message for fault in faults) or not faults
