"""Every function of chance, whose answers cannot be recorded, has tests that show its properties."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from crypto_templates import FIXTURES, FUNCTIONS, HERE, NOW_NS, Counter, with_bytes

from bulkhead_templating import Environment, Limits, Meter, TemplateError, parse
from bulkhead_templating.kinds import STRING
from bulkhead_templating.values import TypedMap

_TESTS: Final = Path(__file__).parent / "test_what_one_makes_the_other_opens.py"
_OPENED: Final = "test_what_goes_into_an_archive_is_what_the_other_takes_out"
_CERTIFICATES: Final = "test_certificates_of_both_say_the_same_to_go"
_DRAWN: Final = "test_what_is_drawn_has_the_length_and_alphabet_of_gos"
_WORD: Final = re.compile(r"[A-Za-z]\w*")

PROPERTIES: Final = {
    "bcrypt": "test_hashes_of_go_are_accepted_by_ours",
    "encryptAES": "test_what_either_encrypts_the_other_decrypts",
    "fullPemToPkcs12": _OPENED,
    "fullPemToPkcs12Pass": _OPENED,
    "genCA": _CERTIFICATES,
    "genCAWithKey": _CERTIFICATES,
    "genPrivateKey": "test_private_keys_of_ours_are_read_by_go_and_gos_by_ours",
    "genSelfSignedCert": _CERTIFICATES,
    "genSelfSignedCertWithKey": _CERTIFICATES,
    "genSignedCert": _CERTIFICATES,
    "genSignedCertWithKey": _CERTIFICATES,
    "htpasswd": "test_hashes_of_ours_are_accepted_by_go",
    "pemToPkcs12": _OPENED,
    "pemToPkcs12Pass": _OPENED,
    "pemTruststoreToPKCS12": "test_trust_stores_of_ours_are_opened_by_go",
    "pemTruststoreToPKCS12Pass": "test_trust_stores_of_ours_are_opened_by_go",
    "randAlpha": _DRAWN,
    "randAlphaNum": _DRAWN,
    "randAscii": _DRAWN,
    "randBytes": _DRAWN,
    "randInt": _DRAWN,
    "randNumeric": _DRAWN,
    "shuffle": _DRAWN,
    "uuidv4": _DRAWN,
}
"""Functions that draw, each with the test in which both languages show what they made to each other."""


class _Drawn(Counter):
    """Notes whether anything was drawn."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def __call__(self, length: int) -> bytes:
        self.count += 1
        return super().__call__(length)


def _draws(template: str, data: dict[str, str]) -> bool:
    drawn = _Drawn()
    environment = Environment(now_ns=NOW_NS, random_bytes=drawn, meter=Meter(Limits()))
    try:
        parse("t", template, functions=FUNCTIONS).execute(
            TypedMap(STRING, STRING, data), functions=FUNCTIONS, environment=environment
        )
    except TemplateError:
        return False
    return drawn.count > 0


def _recorded() -> Iterator[tuple[str, dict[str, str]]]:
    """Give recorded templates with their data that call no function which is known to draw."""
    for path in sorted(HERE.parent.rglob("*/*_answers.jsonl")):
        for line in path.read_text().splitlines():
            case = json.loads(line)
            words = set(_WORD.findall(case.get("template", "")))
            if words and "as" not in words and not words & PROPERTIES.keys():
                yield case["template"], FIXTURES if case.get("data") is None else with_bytes(case["data"])


@pytest.mark.slow
def test_functions_that_draw_are_all_listed() -> None:
    recorded = list(_recorded())
    assert len(recorded) > 5_000
    assert [template for template, data in recorded if _draws(template, data)] == []


def test_functions_that_are_listed_are_given_what_draws() -> None:
    assert {name for name in PROPERTIES if not FUNCTIONS[name].with_environment} == set()


@pytest.mark.parametrize("name", sorted(PROPERTIES))
def test_the_test_of_a_function_that_draws_calls_it(name: str) -> None:
    source = _TESTS.read_text()
    assert f"def {PROPERTIES[name]}(" in source
    assert re.search(rf"\b{name}\b", source)
