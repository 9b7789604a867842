"""Calls that the tables of single topics lack: built-in functions with each kind of argument, and calls with nothing."""

# ruff: noqa: E501 - a case is read best on one line
from original import Question

_COMPARISONS = ("eq", "ne", "lt", "le", "gt", "ge")
_COMPARED = (
    "1 2",
    "2 1",
    "1 1",
    '"a" "b"',
    '"" ""',
    "1.5 1.5",
    '1 "a"',
    "nil 1",
    "true false",
    "1",
    "(list) (list)",
    "(len .empty) 0",
    "",
)
_PRINTED = ("", '""', "nil", '1 2 "a" "b" 3', "(list) (dict)", '"a" 1 2 "b"', "1.0 true", "$.nope")
_ESCAPED = ("", '""', "nil", "\"<a href='x'>&</a>\"", '1 2 "a b"', "(list 1)", '"\\x00\\n=é/"', "$.nope", '"a" "b"')
_ARCHIVES = ("pemToPkcs12Pass", "fullPemToPkcs12Pass")

_TEMPLATES = [
    *(f"{{{{ {name} {given} }}}}" for name in _COMPARISONS for given in _COMPARED),
    *(f"{{{{ {name} {given} }}}}" for name in ("print", "println") for given in _PRINTED),
    *(f"{{{{ {name} {given} }}}}" for name in ("html", "js", "urlquery") for given in _ESCAPED),
    *(f"{{{{ hello {given} }}}}" for given in ("", "1", '""', "| upper", "| len")),
    *(f"{{{{ {call} }}}}" for call in ("uuidv4 | len", "uuidv4 1", 'uuidv4 ""', "len uuidv4", 'regexMatch "^[0-9a-f-]{36}$" uuidv4')),
    *(f"{{{{ randInt {given} }}}}" for given in ("0 1", "0 0", "1 0", '0 "1"', "0", "5 6", "-1 0", "1.5 2")),
    *(f"{{{{ toString {given} }}}}" for given in ("", "1 2", "nil", '""')),
    *(f"{{{{ {name} {given} }}}}" for name in ("date_modify", "must_date_modify") for given in (
        '"1h" (toDate "2006" "2024")', '"" (toDate "2006" "2024")', '"x" (toDate "2006" "2024")', '"1h"', '"1h" 1', '1 (toDate "2006" "2024")')),
    *(f"{{{{ {name} {given} }}}}" for name in _ARCHIVES for given in ('"" "" ""', '.leaf "" ""', '"" .leaf_key ""', ".leaf .leaf_key", "1 2 3")),
    *(f"{{{{ pemTruststoreToPKCS12Pass {given} | len }}}}" for given in ('.root ""', '.chain "secret"', '"" ""', ".root", '"junk" "x"', "1 2", '.root "p" 1')),
    *(f"{{{{ {name} {given} }}}}" for name in ("jwkPublicKeyPem", "jwkPrivateKeyPem") for given in ('""', "nil", "", "1", '"{}"')),
    *(f"{{{{ genCA {given} }}}}" for given in ("nil 1", '"" nil', '"" ""', "")),
]  # fmt: skip

REMAINING: list[Question] = [{"kind": "template", "template": template} for template in _TEMPLATES]
