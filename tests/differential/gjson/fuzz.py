"""Compares this project's path look-ups with the original's on random documents and paths.

Run by hand after a change: `python tests/differential/gjson/fuzz.py [seed] [count]`. It prints what differs, the
differences on purpose (cases.py, DIFFERENCES) included: at the time of writing they were 4 % of the cases. A case
worth keeping goes into cases.py.
"""

import json
import random
import sys

from original import Answer, Question, ask

from bulkhead_api.errors import ProviderError
from bulkhead_provider_sdk.property_path import property_from_json

_KEYS = ["a", "b", "ab", "a.b", "", "#", "*", "0", "1", "é", 'q"', "@this"]
_SCALARS = [
    "null",
    "true",
    "false",
    "0",
    "-1",
    "1.50",
    "1e3",
    '"a"',
    '"b"',
    '""',
    '"true"',
    '"a\\u00e9\\n"',
    "12345678901234567890",
    '"x"',
]
_PARTS = [
    "a",
    "b",
    "ab",
    "a\\.b",
    "*",
    "a*",
    "?",
    "*b",
    "0",
    "1",
    "2",
    "#",
    "@this",
    "@reverse",
    "@keys",
    "@values",
    "@flatten",
    '@flatten:{"deep":true}',
    "@join",
    '@join:{"preserve":true}',
    "@tostr",
    "@fromstr",
    "@group",
    "@dig:a",
    "@dig:a.b",
    "@ugly",
    "@pretty",
    '@pretty:{"sortKeys":true,"width":20}',
    "@valid",
    "@nope",
    "#(a)",
    "#(a)#",
    "#(a==1)",
    "#(a>0)#",
    '#(a="b")#',
    '#(=="a")',
    "#(>=0)#",
    '#(%"a*")#',
    '#(!%"a*")',
    "#(a==~true)#",
    "#(a!=~*)#",
    "#(b==~null)",
    "#(a.#(=1))#",
    "#(@this)#",
    "[a,b]",
    "{a,b}",
    '{"x":a,b.0}',
    "[@this,a.#]",
    "{a.b,@keys}",
    '!"x"',
    "!1",
    "!true",
    '!{"a":1}',
    "a|b",
    "#.a",
    "..",
    "\\*",
    "\\a",
    "é",
    "@dig:#(a)",
    "@dig:#",
    'q\\"',
    "[#.a,#]",
]


def _document(chance: random.Random, depth: int) -> str:
    space = chance.choice(["", "", " ", "\n "])
    kind = chance.random()
    if depth == 0 or kind < 0.3:
        return space + chance.choice(_SCALARS) + space
    inner = [_document(chance, depth - 1) for _ in range(chance.randrange(4))]
    if kind < 0.65:
        return f"{space}[{','.join(inner)}{space}]"
    keyed = (f"{space}{json.dumps(chance.choice(_KEYS))}{space}:{value}" for value in inner)
    return f"{space}{{{','.join(keyed)}{space}}}"


def _path(chance: random.Random) -> str:
    parts = [chance.choice(_PARTS) for _ in range(chance.randrange(1, 6))]
    return "".join(part + chance.choice([".", ".", ".", "|"]) for part in parts)[
        : None if chance.random() < 0.05 else -1
    ]


def _ours(question: Question) -> str | None:
    found = property_from_json(question["document"].encode(), question["path"])
    return None if found is None else found.decode()


def _compare(question: Question, answer: Answer) -> bool:
    theirs = answer.get("string", "") if answer.get("exists") else None
    try:
        ours: object = _ours(question)
    except ProviderError as error:
        ours = error
    if ours != theirs:
        print(json.dumps(question), "\n   original:", answer, "\n   ours:    ", repr(ours))  # noqa: T201 - the report
    return ours == theirs


def main() -> None:
    """Compare and say how many cases agree."""
    seed, count = (int(argument) for argument in (sys.argv[1:] + ["1", "2000"][len(sys.argv) - 1 :]))
    chance = random.Random(seed)  # noqa: S311 - test data
    questions: list[Question] = [{"document": _document(chance, 4), "path": _path(chance)} for _ in range(count)]
    agreed = sum(map(_compare, questions, ask(questions)))
    print(f"{agreed} of {count} agree")  # noqa: T201 - the report


if __name__ == "__main__":
    main()
