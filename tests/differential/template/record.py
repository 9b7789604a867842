"""Records what Go's text/template and fmt answer for the unit tests, which need no Go.

Run `python tests/differential/template/record.py` after a change to a table of cases and look at the difference in
git. With `--check` nothing is written and the exit status says whether the recorded answers are current.
"""

from pathlib import Path

from action_cases import ACTIONS
from evaluation_cases import EVALUATION
from original import Question, ask
from printf_cases import PRINTF
from syntax_cases import SYNTAX

from bulkhead_testkit.originals import record, recorded_questions

_TESTS = Path(__file__).parents[3] / "libs/templating/tests"
# What ../fuzz has found, and keeps there itself.
_FOUND = _TESTS / "found_answers.jsonl"
_ANSWERS: dict[Path, list[Question]] = {
    _FOUND: recorded_questions(_FOUND),
    _TESTS / "syntax_answers.jsonl": SYNTAX,
    _TESTS / "action_answers.jsonl": ACTIONS,
    _TESTS / "evaluation_answers.jsonl": EVALUATION,
    _TESTS / "printf_answers.jsonl": PRINTF,
}


if __name__ == "__main__":
    record(_ANSWERS, ask)
