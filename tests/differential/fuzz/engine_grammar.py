"""Makes templates of the language alone, many of them broken, with values of every Go type, and layouts of printf."""

import json
import random
from pathlib import Path
from typing import Final

from questions import Json, Question

_WORLDS: Final = Path(__file__).parents[3] / "libs/templating/tests/worlds.json"
# Without the pointer, whose address shows and differs from run to run.
_WORLD: dict[str, Json] = {
    name: value for name, value in json.loads(_WORLDS.read_text())["types"].items() if name != "err"
}

_SCALARS = [
    "1",
    "0",
    "-3",
    "2.5",
    "1e3",
    "'x'",
    "`raw`",
    '"q\\n"',
    "true",
    "false",
    "nil",
    "1i",
    "0x1F",
    "9223372036854775808",
]
_PATHS = [f".{name}" for name in _WORLD] + [
    ".nope",
    ".m.a",
    ".m.n",
    ".deep.l",
    ".ms.a",
    ".nope.x",
    ".s.x",
    ".",
    "$",
    "$.i",
]
_FUNCTIONS = [
    "print",
    "println",
    "len",
    "not",
    "html",
    "js",
    "urlquery",
    "index",
    "slice",
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
    "and",
    "or",
    "shout",
    "plus",
    "half",
    "invert",
    "tiny",
    "octet",
    "wide",
    "many",
    "list",
    "words",
    "size",
    "count",
    "same",
    "nothing",
    "tree",
]
_VERBS = "vTtbcdoOqxXUeEfFgGs%w!"
_PIECES = [
    "{{",
    "}}",
    "{{-",
    "-}}",
    " ",
    "\n",
    "(",
    ")",
    "|",
    ",",
    ":=",
    "=",
    "$x",
    "$",
    ".",
    ".a",
    "1",
    '"',
    "`",
    "'",
    "\\",
    "if",
    "else",
    "end",
    "range",
    "with",
    "define",
    "template",
    "block",
    "break",
    "continue",
    "nil",
    "true",
    "print",
    "/*",
    "*/",
    "text",
    "é",
    "1.5",
    "-",
    "+",
    "_",
]


class _Grammar:
    """Makes templates, most of them good."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.variables = ["$"]

    def operand(self, depth: int) -> str:
        kind = self.chance.random()
        if kind < 0.35:
            return self.chance.choice(_SCALARS)
        if kind < 0.7 or depth == 0:
            return self.chance.choice(_PATHS)
        if kind < 0.8:
            return self.chance.choice(self.variables) + self.chance.choice(["", "", ".a", ".x.y"])
        return f"({self.pipeline(depth - 1)}){self.chance.choice(['', '', '', '.a', '.x'])}"

    def command(self, depth: int) -> str:
        if self.chance.random() < 0.35:
            return self.operand(depth)
        if self.chance.random() < 0.15:
            return f"printf {json.dumps(_layout(self.chance))} {self.operand(depth)} {self.operand(depth)}"
        arguments = (self.operand(depth) for _ in range(self.chance.randrange(4)))
        return " ".join([self.chance.choice(_FUNCTIONS), *arguments])

    def pipeline(self, depth: int) -> str:
        return " | ".join(self.command(depth) for _ in range(self.chance.choice([1, 1, 1, 2, 3])))

    def body(self, depth: int) -> str:
        return "".join(self.statement(depth) for _ in range(self.chance.randrange(1, 4)))

    def statement(self, depth: int) -> str:
        kind = self.chance.randrange(10)
        left, right = self.chance.choice(["{{", "{{", "{{- "]), self.chance.choice(["}}", "}}", " -}}"])
        if kind < 3:
            return self.chance.choice(["text", " ", "\n", "é ", "  x"])
        if kind < 6 or depth == 0:
            return f"{left}{self.pipeline(2)}{right}"
        if kind == 6:
            return self.variable(left, right)
        return self.branch(depth, left, right)

    def variable(self, left: str, right: str) -> str:
        name = self.chance.choice(["$a", "$b"])
        sign = "=" if name in self.variables and self.chance.random() < 0.5 else ":="
        text = f"{left}{name} {sign} {self.pipeline(2)}{right}"
        self.variables.append(name)
        return text

    def branch(self, depth: int, left: str, right: str) -> str:
        known = len(self.variables)
        keyword = self.chance.choice(
            ["if", "with", "range", "range", "range $i, $e :=", "range $e :=", "with $e :=", "define", "block"]
        )
        if keyword in ("define", "block"):
            name = self.chance.choice(["`x`", '"y"'])
            operand = "" if keyword == "define" else f" {self.operand(1)}"
            outer, self.variables = self.variables, ["$"]
            text = f"{left}{keyword} {name}{operand}{right}{self.body(depth - 1)}"
            text += "{{end}}{{template " + f"{name} {self.operand(1)}" + "}}"
            self.variables = outer
            return text
        head = f"{left}{keyword} {self.pipeline(2)}{right}"
        self.variables += [name for name in ("$i", "$e") if name in keyword]
        inner = self.body(depth - 1)
        if "range" in keyword and self.chance.random() < 0.3:
            inner += (
                "{{if "
                + self.operand(1)
                + "}}{{"
                + self.chance.choice(["break", "continue"])
                + "}}{{end}}"
                + self.body(0)
            )
        otherwise = f"{left}else{right}{self.body(depth - 1)}" if self.chance.random() < 0.4 else ""
        del self.variables[known:]
        return f"{head}{inner}{otherwise}{left}end{right}"


def _layout(chance: random.Random) -> str:
    parts = []
    for _ in range(chance.randrange(1, 4)):
        flags = "".join(chance.choice("#0+- ") for _ in range(chance.choice([0, 0, 1, 2])))
        index = chance.choice(["", "", "", "", "[1]", "[2]", "[9]", "[x]"])
        width = chance.choice(["", "", "", "5", "12", "*", "1"])
        precision = chance.choice(["", "", "", ".", ".0", ".2", ".7", ".*"])
        parts.append(f"{chance.choice(['', 'a', ' '])}%{flags}{index}{width}{precision}{chance.choice(_VERBS)}")
    return "".join(parts)


def _value(chance: random.Random, depth: int = 2) -> Json:
    kind = chance.randrange(8 if depth else 6)
    if kind == 6:
        return [_value(chance, depth - 1) for _ in range(chance.randrange(3))]
    if kind == 7:
        return {key: _value(chance, depth - 1) for key in chance.sample(["a", "b", "é", ""], chance.randrange(3))}
    scalars: list[Json] = [
        chance.randrange(-(2**40), 2**40),
        chance.randrange(300),
        chance.uniform(-10, 10) * 10.0 ** chance.randrange(-20, 25),
        "".join(chance.choice("ab é\n\"'`\\\x00\u200b\uf7ff\U0001f511") for _ in range(chance.randrange(6))),
        chance.choice([None, True, False]),
    ]
    return chance.choice(list(_WORLD.values())) if kind == 5 else scalars[kind]


def engine_question(chance: random.Random) -> Question:
    """Make a template with its data, or a layout with its arguments."""
    kind = chance.random()
    if kind < 0.35:
        return {"layout": _layout(chance), "arguments": [_value(chance) for _ in range(chance.randrange(4))]}
    if kind < 0.45:
        return {"template": "".join(chance.choice(_PIECES) for _ in range(chance.randrange(1, 14))), "data": _WORLD}
    option = chance.choice(["default", "error", "zero"])
    text = _Grammar(chance).body(2)
    if kind < 0.6:
        place = chance.randrange(len(text))
        text = text[:place] + chance.choice(_PIECES) + text[place + chance.randrange(3) :]
    return {"template": text, "data": _WORLD, "missing_key": option}
