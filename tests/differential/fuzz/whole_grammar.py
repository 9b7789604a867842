"""Makes whole templates with the functions of sprig and External Secrets Operator, most of them good.

An argument has the kind that its function wants, so that most templates get past their first call; now and then it has
another, or is missing.
"""

# ruff: noqa: E501 - a table is read best with few lines
import random
import re
from collections.abc import Mapping
from typing import Final

from constants import CONSTANTS, NARROWER
from signatures import PATTERNS, Argument, Pattern
from worlds import TEXTS

_PATHS: Final[dict[str, list[str]]] = {
    "text": [f"$.{name}" for name in TEXTS] * 2 + ["$.binary", "$.any_text", "(fromJson $.config).db.host", "(fromYaml $.yaml).multi"],
    "number": ["(fromJson $.config).db.port", "(fromJson $.config).rate", "(fromYaml $.yaml).db.port", "$.number", "(fromJson $.config).n"],
    "int": ["(int $.number)", "(fromJson $.config).db.port", "(len $.any_text)"],
    "bool": ["(fromJson $.config).on", '(eq $.flag "true")'],
    "any": ["(fromJson $.any_json)", "(fromJson $.config).none", "(index (fromJson $.items) 1)"] * 3 + ["$.nope", "(fromJson $.config).nope", "$", "$.user"],
    "list": ["(fromJson $.items)", "(fromJson $.config).db.opts", "(fromYaml $.yaml).list", '(splitList "," $.names)', "(fromJson $.any_json)"],
    "dict": ["(fromJson $.config)", "(fromYaml $.yaml)", "(fromJson $.config).db", "(fromYaml $.any_yaml)", "(fromJson $.any_json)", "(fromJson $.odd_json)"],
}  # fmt: skip
_ENDS: Final = (
    " | quote", " | toJson", " | toYaml", " | nindent 2", " | b64enc", ' | printf "%v"', ' | printf "%T"', ' | printf "%q"', ' | printf "%x"',
    ' | default "none"', " | toString", " | toPrettyJson", " | len", ' | printf "%#v"', " | kindOf", " | trim", " | html", ' | printf "%d"',
)  # fmt: skip
_DEPTH: Final = 2
_TEXTS: Final = ("text", " ", "\n", "é ", "key: ", "\n  - ", '"')


class Grammar:
    """Makes one template."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self._variables: list[tuple[str, str]] = []
        self._is_apart = False
        self._loops = 0

    def template(self) -> str:
        """Give the text of a template."""
        return "".join(self._statement(_DEPTH) for _ in range(self.chance.choice([1, 1, 2, 3])))

    def _operand(self, kind: str, depth: int) -> str:
        if kind.isupper():
            return self.chance.choice(CONSTANTS[kind])
        if self.chance.random() < 0.01:
            kind = self.chance.choice(list(PATTERNS))
        known = [] if self._is_apart else [name for name, of in self._variables if of in (kind, "any")]
        if known and self.chance.random() < 0.3:
            return self.chance.choice(known)
        if depth > 0 and self.chance.random() < 0.6:
            if kind in NARROWER and self.chance.random() < (0.8 if kind not in PATTERNS else 0.25):
                return self._operand(self.chance.choice(NARROWER[kind]), depth)
            if kind in PATTERNS:
                return f"({self._call(kind, depth - 1)})"
        if kind in _PATHS and self.chance.random() < 0.5:
            return self.chance.choice(_PATHS[kind])
        return self.chance.choice(CONSTANTS[kind])

    def _call(self, kind: str, depth: int) -> str:
        pattern = self.chance.choice(PATTERNS[kind])
        pieces = [piece if isinstance(piece, str) else self._arguments(piece, depth) for piece in pattern.pieces]
        if self.chance.random() < 0.007:
            pieces = self._miscounted(pattern, pieces)
        elif pattern.takes_a_pipe and self.chance.random() < 0.4:
            return f"{pieces[-1]} | {''.join(pieces[:-1]).rstrip()}"
        return "".join(pieces)

    def _miscounted(self, pattern: Pattern, pieces: list[str]) -> list[str]:
        """Take the last argument away, or add one; the kinds of the others stay what they must be."""
        if pattern.takes_a_pipe and self.chance.random() < 0.5:
            return pieces[:-1]
        return [*pieces, " ", self._operand("text", 0)]

    def _arguments(self, argument: Argument, depth: int) -> str:
        before, self._is_apart = self._is_apart, self._is_apart or argument.is_apart
        count = self.chance.choice([1, 1, 2, 3, 0]) if argument.is_repeated else 1
        made = " ".join(self._operand(argument.kind, depth) for _ in range(count))
        self._is_apart = before
        return made

    def _expression(self, depth: int) -> str:
        kind = self.chance.choice(["text", "text", "any", "list", "dict", "number", "int", "bool", "date"])
        return self._call(kind, depth)

    def _statement(self, depth: int) -> str:
        kind = self.chance.randrange(10)
        left, right = self.chance.choice(["{{ ", "{{ ", "{{- "]), self.chance.choice([" }}", " }}", " -}}"])
        if kind < 1:
            return self.chance.choice(_TEXTS)
        if kind < 6 or depth == 0:
            ends = "".join(self.chance.choice(_ENDS) for _ in range(self.chance.choice([0, 0, 1, 1, 2])))
            return f"{left}{self._expression(3)}{ends}{right}"
        return self._assignment(left, right) if kind < 8 else self._branch(depth, left, right)

    def _assignment(self, left: str, right: str) -> str:
        kind = self.chance.choice(["text", "list", "dict", "any", "number"])
        name = self.chance.choice(["$a", "$b"])
        is_known = name in (known for known, _ in self._variables)
        if is_known and self.chance.random() < 0.5:
            # What grows in a loop out of itself would fill the memory of a program without bounds.
            before, self._is_apart = self._is_apart, self._is_apart or self._loops > 0
            text = f"{left}{name} = {self._call(kind, 2)}{right}"
            self._is_apart = before
        else:
            text = f"{left}{name} := {self._call(kind, 2)}{right}"
        self._variables = [known for known in self._variables if known[0] != name] + [(name, kind)]
        return text

    def _branch(self, depth: int, left: str, right: str) -> str:
        before = list(self._variables)
        keyword = self.chance.choice(
            ["if", "with", "with $e :=", "range", "range", "range $k, $e :=", "range $e :="]
            + ["define"] * (depth == _DEPTH)
        )
        if keyword == "define":
            return self._template(left, right)
        wanted = self.chance.choice(["list", "dict"] if "range" in keyword else ["any", "bool"])
        subject = f"({self._call(wanted, 1)})" if self.chance.random() < 0.5 else self._operand(wanted, 2)
        if subject == "nil":
            subject = "(list)"
        head = f"{left}{keyword} {subject}{right}"
        self._variables += [(name, "any") for name in ("$k", "$e") if name in keyword]
        if keyword in ("with", "range"):
            self._variables += [(".", "any"), (".name", "any")]
        self._loops += "range" in keyword
        inner = "".join(self._statement(depth - 1) for _ in range(self.chance.choice([1, 2])))
        self._loops -= "range" in keyword
        self._variables = before
        otherwise = f"{left}else{right}{self._statement(0)}" if self.chance.random() < 0.3 else ""
        return f"{head}{inner}{otherwise}{left}end{right}"

    def _template(self, left: str, right: str) -> str:
        outer, self._variables = self._variables, [(".", "any")]
        inner = self._statement(0)
        self._variables = outer
        return f'{left}define "part"{right}{inner}{{{{end}}}}{left}template "part" {self._operand("any", 1)}{right}'


def used(template: str, world: Mapping[str, str]) -> dict[str, str]:
    """Leave of the data what a template names."""
    words = set(re.findall(r"\w+", template))
    return {name: text for name, text in world.items() if {name, name.removesuffix("_b64")} & words}
