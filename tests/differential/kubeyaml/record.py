"""Records what the YAML decoder of Kubernetes gives for the unit tests, which need no Go.

Run `python tests/differential/kubeyaml/record.py` after a change to a table of cases and look at the difference in
git. With `--check` nothing is written and the exit status says whether the recorded answers are current.
"""

from pathlib import Path

from document_cases import DOCUMENTS
from original import ask, question
from scalar_cases import SCALARS

from bulkhead_testkit.originals import record

_TESTS = Path(__file__).parents[3] / "libs/templating/tests/kubeyaml"
_TARGETS = {"strings": "string_map", "any": "any_value"}


if __name__ == "__main__":
    texts = [*SCALARS, *DOCUMENTS]
    record(
        {
            _TESTS / f"{name}_answers.jsonl": [question(target, text) for text in texts]
            for target, name in _TARGETS.items()
        },
        ask,
    )
