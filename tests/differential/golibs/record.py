"""Records what Go's libraries answer for the unit tests, which need no Go.

Run `python tests/differential/golibs/record.py` after a change to a table of cases and look at the difference in git.
With `--check` nothing is written and the exit status says whether the recorded answers are current.
"""

from pathlib import Path

from cron_cases import CRON
from json_cases import JSON
from original import Question, ask
from regexp_cases import REPLACE
from value_cases import VALUES

from bulkhead_testkit.originals import record

_ROOT = Path(__file__).parents[3]
_ANSWERS: dict[Path, list[Question]] = {
    _ROOT / "libs/regexp/tests/replace_answers.jsonl": REPLACE,
    _ROOT / "libs/validation/tests/cron_answers.jsonl": CRON,
    _ROOT / "controller/tests/json_answers.jsonl": JSON,
    _ROOT / "libs/target/tests/value_answers.jsonl": VALUES,
}


if __name__ == "__main__":
    record(_ANSWERS, ask)
