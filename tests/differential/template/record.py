"""Records what Go's text/template and fmt answer for the unit tests, which need no Go.

Run `python tests/differential/template/record.py` after a change to a table of cases and look at the difference in
git. With `--check` nothing is written and the exit status says whether the recorded answers are current.
"""

import json
import sys
from pathlib import Path

from action_cases import ACTIONS
from evaluation_cases import EVALUATION
from original import Question, ask
from printf_cases import PRINTF
from syntax_cases import SYNTAX

_TESTS = Path(__file__).parents[3] / "libs/templating/tests"
_ANSWERS: dict[Path, list[Question]] = {
    _TESTS / "syntax_answers.jsonl": SYNTAX,
    _TESTS / "action_answers.jsonl": ACTIONS,
    _TESTS / "evaluation_answers.jsonl": EVALUATION,
    _TESTS / "printf_answers.jsonl": PRINTF,
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
