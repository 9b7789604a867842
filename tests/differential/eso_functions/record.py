"""Records what Go answers for the unit tests, which need no Go.

Run `python tests/differential/eso_functions/record.py` after a change to a table of cases and look at the difference in
git. With `--check` nothing is written and the exit status says whether the recorded answers are current. With
`--fixtures` new keys, certificates and archives are made first.
"""

import json
import sys
from pathlib import Path

from certificate_cases import CERTIFICATES, ISSUED
from jwk_cases import JWKS
from original import Question, ask, make_fixtures
from password_cases import PASSWORDS
from pem_cases import PEMS
from pkcs12_cases import ARCHIVES, MADE

_TESTS = Path(__file__).parents[3] / "libs/templating/tests/crypto"
_ANSWERS: dict[str, list[Question]] = {
    "password_answers.jsonl": PASSWORDS,
    "certificate_answers.jsonl": CERTIFICATES,
    "pem_answers.jsonl": PEMS,
    "pkcs12_answers.jsonl": ARCHIVES,
    "jwk_answers.jsonl": JWKS,
    "made_answers.jsonl": [*MADE, *ISSUED],
}


def main() -> None:
    """Write the answers, or check them."""
    if "--fixtures" in sys.argv:
        make_fixtures()
    answers = iter(ask(question for questions in _ANSWERS.values() for question in questions))
    for name, questions in _ANSWERS.items():
        recorded = "".join(json.dumps({**question, "answer": next(answers)}) + "\n" for question in questions)
        path = _TESTS / name
        if "--check" not in sys.argv:
            path.write_text(recorded)
        elif path.read_text() != recorded:
            sys.exit(f"{name} is not what Go says; run {Path(__file__).name}")


if __name__ == "__main__":
    main()
