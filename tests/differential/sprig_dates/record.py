"""Records what Go's templates give for the unit tests, which need no Go.

Run `python tests/differential/sprig_dates/record.py` after a change to a table of cases and look at the difference in
git. With `--check` nothing is written and the exit status says whether the recorded answers are current.
"""

import json
import sys
from pathlib import Path

from date_cases import DATES
from json_cases import JSON
from original import Question, ask
from semver_cases import SEMVER
from url_cases import URLS_AND_PATHS
from yaml_cases import YAML

_TESTS = Path(__file__).parents[3] / "libs/templating/tests/sprig"
_ANSWERS: dict[Path, list[Question]] = {
    _TESTS / "date_answers.jsonl": DATES,
    _TESTS / "json_answers.jsonl": JSON,
    _TESTS / "semver_answers.jsonl": SEMVER,
    _TESTS / "url_answers.jsonl": URLS_AND_PATHS,
    _TESTS / "yaml_answers.jsonl": YAML,
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
