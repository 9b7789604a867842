"""Records the original's answers for the unit tests, which need no Go.

Run `python tests/differential/gjson/record.py` after a change to cases.py and look at the difference in git. With
`--check` nothing is written and the exit status says whether the recorded answers are current.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from cases import AGREEMENTS, DIFFERENCES, ENCODED, FIELDS
from original import Question, ask

from bulkhead_testkit.originals import keep

ANSWERS = Path(__file__).parents[3] / "provider-servers/sdk/tests/property_path_answers.jsonl"


def _questions() -> Iterator[tuple[Question, dict[str, str | None]]]:
    """Give each question with what is known beforehand about the answer of this project."""
    for document, path in AGREEMENTS:
        yield {"kind": "get", "document": document, "path": path}, {}
    for case in DIFFERENCES:
        ours = {"why": case.why, "ours": case.ours, "our_error": case.error}
        yield {"kind": "get", "document": case.document, "path": case.path}, ours
    for document in FIELDS:
        yield {"kind": "raw-fields", "document": document}, {}
    for document in ENCODED:
        yield {"kind": "go-json", "document": document}, {}


def _recorded() -> str:
    """Make the file: a line with all documents, then a line for each case, which names its document by position."""
    questions, ours = zip(*_questions(), strict=True)
    documents = list(dict.fromkeys(question["document"] for question in questions))
    answered = zip(questions, ours, ask(questions), strict=True)
    cases = [
        {**question, "document": documents.index(question["document"]), **known, "answer": answer}
        for question, known, answer in answered
    ]
    return "".join(json.dumps(line) + "\n" for line in [documents, *cases])


if __name__ == "__main__":
    keep(ANSWERS, _recorded())
