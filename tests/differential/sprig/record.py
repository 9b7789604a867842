"""Records what sprig answers for the unit tests, which need no Go.

Each `cases_GROUP.py` beside this file has a list `CASES` of templates; their answers become
`libs/templating/tests/sprig/GROUP_answers.jsonl`. Run `python tests/differential/sprig/record.py [GROUP ...]` after a
change to a table of cases and look at the difference in git. With `--check` nothing is written and the exit status
says whether the recorded answers are current.
"""

import importlib
import json
import sys
from pathlib import Path

from original import Question, ask

_HERE = Path(__file__).parent
_ANSWERS = _HERE.parents[2] / "libs/templating/tests/sprig"


def _recorded(templates: list[str]) -> str:
    """Make one file: a line for each case, with its answer."""
    questions = [Question(template=template) for template in templates]
    answered = zip(questions, ask(questions), strict=True)
    return "".join(json.dumps({**question, "answer": answer}) + "\n" for question, answer in answered)


def main() -> None:
    """Write the answers, or check them."""
    wanted = {argument for argument in sys.argv[1:] if argument != "--check"}
    groups = [path.stem.removeprefix("cases_") for path in sorted(_HERE.glob("cases_*.py"))]
    for group in groups:
        if wanted and group not in wanted:
            continue
        path = _ANSWERS / f"{group}_answers.jsonl"
        recorded = _recorded(importlib.import_module(f"cases_{group}").CASES)
        if "--check" not in sys.argv:
            path.write_text(recorded)
        elif path.read_text() != recorded:
            sys.exit(f"{path.name} is not what sprig says; run {Path(__file__).name}")


if __name__ == "__main__":
    main()
