"""Records what Go answers for the unit tests, which need no Go.

Run `python tests/differential/eso_functions/record.py` after a change to a table of cases and look at the difference in
git. With `--check` nothing is written and the exit status says whether the recorded answers are current. With
`--fixtures` new keys, certificates and archives are made first.
"""

import sys
from pathlib import Path

from certificate_cases import CERTIFICATES, ISSUED
from jwk_cases import JWKS
from original import Question, ask, make_fixtures
from password_cases import PASSWORDS
from pem_cases import PEMS
from pkcs12_cases import ARCHIVES, MADE
from remaining_cases import REMAINING

from bulkhead_testkit.originals import record, recorded_questions

_TESTS = Path(__file__).parents[3] / "libs/templating/tests/crypto"
# What ../fuzz has found, and keeps there itself.
_FOUND = _TESTS / "found_answers.jsonl"
_ANSWERS: dict[Path, list[Question]] = {
    _FOUND: recorded_questions(_FOUND),
    _TESTS / "password_answers.jsonl": PASSWORDS,
    _TESTS / "certificate_answers.jsonl": CERTIFICATES,
    _TESTS / "pem_answers.jsonl": PEMS,
    _TESTS / "pkcs12_answers.jsonl": ARCHIVES,
    _TESTS / "jwk_answers.jsonl": JWKS,
    _TESTS / "remaining_answers.jsonl": REMAINING,
    _TESTS / "made_answers.jsonl": [*MADE, *ISSUED],
}

if __name__ == "__main__":
    if "--fixtures" in sys.argv:
        make_fixtures()
    record(_ANSWERS, ask)
