"""Data as External Secrets Operator gives it to a template: texts by name, whatever they hold."""

# ruff: noqa: E501, RUF001 - a table is read best with few lines, and strange letters are what it is for
import base64
import json
import random
from pathlib import Path
from typing import Final

_FIXTURES: Final = Path(__file__).parents[3] / "libs/templating/tests/crypto/fixtures.json"
KEYS: Final = ("a", "b", "user", "port", "x-y", "é", "", "1", "A")
_SCALARS: Final = (
    "x", "1", "01", "1e3", "0x1F", "0o17", "1_000", "yes", "No", "true", "~", "null", ".inf", "-.INF", ".nan", "2001-01-01", "1:30",
    '"q\\n\\u00e9"', "'it''s'", "!!str 1", '!!int "2"', "!!binary aGk=", "&a v", "<<", "=", "a: b", "a #c", "a#b", "- x", "[1, a, ~]",
    "{a: 1, b}", "|\n    two\n    lines", ">-\n    folded\n    text", "@at", "%d", "'", "é ü", "12345678901234567890", "1.", ".5", "+1",
    "-0", "0b11", "2001-01-01T00:00:00Z", '""', "''", "*a", "? q", "a\tb", "0.1e-7", "1e21", "9007199254740993",
)  # fmt: skip
_LETTERS: Final = "ab AZ09é\n\t\"'`\\$%{}<>&:#-_./=,|\x00\u200b\u2028\U0001f511ßİſ"

TEXTS: Final = {
    "user": "ada",
    "pass": 'p"a\\ss<&>$1 %d',
    "empty": "",
    "spaces": "  two  words ",
    "lines": "one\n two\r\n\nthree\n",
    "unicode": "Zürich ß ﬁ Ǆ İ 日本 \U0001f511 e\u0301",
    "number": "42",
    "decimal": "-1.50",
    "flag": "true",
    "names": "b,a,,c,a",
    "binary_b64": base64.b64encode(b"\xff\x00a\xc3(\xe2\x82z").decode(),
    "config": '{"db":{"host":"h","port":5432,"opts":["x","y",null]},"on":true,"rate":0.25,"none":null,"n":8123456,"":"e"}',
    "items": '[{"name":"a","v":1},{"name":"b","v":[1,2.5,"z"]},"c",null,true]',
    "odd_json": '{"a":1,"a":2,"\\u003c":"<\\ud83d\\udd11\\ud800"} ',
    "broken_json": '{"a":[1,2',
    "yaml": "db:\n  host: h\n  port: 5432\nlist: [1, a, null]\nwhen: 2020-01-02\nmulti: |\n  a\n  b\nyes: no\n1: one\n",
    "list_yaml": "- a\n- b: 1\n",
    "b64": "aMOpbGxvCg==",
    "b32": "NBSWY3DP",
    "hex": "68656c6c6f",
    "url": "postgres://us%20er:p%40ss@db.example:5432/na%2Fme?sslmode=off&x=1#frag",
    "version": "v1.2.3-beta.1+b5",
    "day": "2024-02-29",
}
"""Each name that ends in _b64 gives the bytes under the name without it as well."""

FILES: Final[dict[str, str]] = json.loads(_FIXTURES.read_text())
"""Keys, certificates and archives."""


def random_text(chance: random.Random) -> str:
    """Make a short text of letters that are special to something."""
    return "".join(chance.choice(_LETTERS) for _ in range(chance.randrange(9)))


def random_json(chance: random.Random, depth: int = 3) -> str:
    """Make a document."""
    kind = chance.randrange(8 if depth else 5)
    if kind < 5:
        scalars = (
            str(chance.randrange(-(2**54), 2**54)),
            repr(chance.uniform(-10, 10) * 10.0 ** chance.randrange(-12, 22)),
            json.dumps(random_text(chance), ensure_ascii=chance.random() < 0.5),
            chance.choice(["null", "true", "false", "0", "-0", "1E2", "1e-7", "100000000000000000000"]),
            json.dumps(chance.choice(list(TEXTS.values()))),
        )
        return scalars[kind]
    inner = [random_json(chance, depth - 1) for _ in range(chance.randrange(4))]
    space = chance.choice(["", " ", "\n"])
    if kind == 5:
        return f"[{space}{(',' + space).join(inner)}]"
    return "{" + ",".join(f"{space}{json.dumps(chance.choice(KEYS))}:{value}" for value in inner) + "}"


def random_yaml(chance: random.Random, depth: int = 2, margin: str = "") -> str:
    """Make a document, most of them maps."""
    if chance.random() < 0.1:
        return random_json(chance)
    lines = []
    for _ in range(chance.randrange(1, 4)):
        head = margin + chance.choice(["- ", *(f"{key or 'k'}: " for key in KEYS), "true: ", "1.5: ", "~: ", '"q": '])
        if depth and chance.random() < 0.3:
            lines.append(head.rstrip() + "\n" + random_yaml(chance, depth - 1, margin + "  "))
        else:
            lines.append(head + chance.choice(_SCALARS).replace("\n", "\n" + margin))
    return "\n".join(lines)


def world(chance: random.Random) -> dict[str, str]:
    """Make the data of a template: what all have, and documents of its own."""
    own = {"any_json": random_json(chance), "any_yaml": random_yaml(chance), "any_text": random_text(chance)}
    return {**FILES, **TEXTS, **own}
