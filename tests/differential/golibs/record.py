"""Records what Go's libraries answer for the unit tests, which need no Go.

Run `python tests/differential/golibs/record.py` after a change to a table of cases and look at the difference in git.
With `--check` nothing is written and the exit status says whether the recorded answers are current.
"""

import json
import sys
from pathlib import Path

from cron_cases import CRON
from json_cases import JSON
from original import Question, ask
from regexp_cases import REPLACE
from value_cases import VALUES

_ROOT = Path(__file__).parents[3]
_ANSWERS: dict[Path, list[Question]] = {
    _ROOT / "libs/regexp/tests/replace_answers.jsonl": REPLACE,
    _ROOT / "controller/tests/cron_answers.jsonl": CRON,
    _ROOT / "controller/tests/json_answers.jsonl": JSON,
    _ROOT / "controller/tests/value_answers.jsonl": VALUES,
}


def _recorded(questions: list[Question]) -> str:
    """Make one file: a line for each case, with its answer."""
    answered = zip(questions, ask(questions), strict=True)
    return "".join(json.dumps({**question, "answer": answer}) + "\n" for question, answer in answered)


def main() -> None:
    """Write the answers, or check them."""
    for path, questions in _ANSWERS.items():
        recorded = _recorded(questions)
        if "--check" not in sys.argv:
            path.write_text(recorded)
        elif path.read_text() != recorded:
            sys.exit(f"{path.name} is not what Go says; run {Path(__file__).name}")


if __name__ == "__main__":
    main()
