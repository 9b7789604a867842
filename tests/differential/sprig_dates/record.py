"""Records what Go's templates give for the unit tests, which need no Go.

Run `python tests/differential/sprig_dates/record.py` after a change to a table of cases and look at the difference in
git. With `--check` nothing is written and the exit status says whether the recorded answers are current.
"""

from pathlib import Path

from date_cases import DATES
from json_cases import JSON
from original import Question, ask
from semver_cases import SEMVER
from url_cases import URLS_AND_PATHS
from yaml_cases import YAML

from bulkhead_testkit.originals import record

_TESTS = Path(__file__).parents[3] / "libs/templating/tests/sprig"
_ANSWERS: dict[Path, list[Question]] = {
    _TESTS / "date_answers.jsonl": DATES,
    _TESTS / "json_answers.jsonl": JSON,
    _TESTS / "semver_answers.jsonl": SEMVER,
    _TESTS / "url_answers.jsonl": URLS_AND_PATHS,
    _TESTS / "yaml_answers.jsonl": YAML,
}


if __name__ == "__main__":
    record(_ANSWERS, ask)
