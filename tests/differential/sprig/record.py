"""Records what sprig answers for the unit tests, which need no Go.

Each `cases_GROUP.py` beside this file has a list `CASES` of templates; their answers become
`libs/templating/tests/sprig/GROUP_answers.jsonl`. Run `python tests/differential/sprig/record.py [GROUP ...]` after a
change to a table of cases and look at the difference in git. With `--check` nothing is written and the exit status
says whether the recorded answers are current.
"""

import importlib
import sys
from pathlib import Path

from original import Question, ask

from bulkhead_testkit.originals import record

_HERE = Path(__file__).parent
_ANSWERS = _HERE.parents[2] / "libs/templating/tests/sprig"


def _tables() -> dict[Path, list[Question]]:
    """Give the questions of the groups that are named on the command line, of all if none is."""
    wanted = {argument for argument in sys.argv[1:] if argument != "--check"}
    groups = [path.stem.removeprefix("cases_") for path in sorted(_HERE.glob("cases_*.py"))]
    return {
        _ANSWERS / f"{group}_answers.jsonl": [
            Question(template=template) for template in importlib.import_module(f"cases_{group}").CASES
        ]
        for group in groups
        if not wanted or group in wanted
    }


if __name__ == "__main__":
    record(_tables(), ask)
