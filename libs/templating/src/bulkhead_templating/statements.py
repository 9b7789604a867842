"""The nodes of a tree that print, branch and repeat; what is in their pipelines is in `nodes.py`.

Source: Go, package text/template/parse, the nodes and their String methods.
"""

from dataclasses import dataclass, field

from bulkhead_templating.nodes import Node, Pipeline
from bulkhead_templating.quoting import quote


@dataclass(frozen=True, slots=True)
class Text(Node):
    """What is printed as it is."""

    text: str
    length: int
    """In bytes."""

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Block(Node):
    """What stands between two actions that belong together."""

    nodes: tuple["Statement", ...] = ()

    def __str__(self) -> str:
        return "".join(map(str, self.nodes))


@dataclass(frozen=True, slots=True)
class Action(Node):
    """A pipeline whose value is printed, unless it declares variables."""

    pipeline: Pipeline

    def __str__(self) -> str:
        return "{{" + str(self.pipeline) + "}}"


@dataclass(frozen=True, slots=True)
class Branch(Node):
    """A condition, with what is done if it holds and if it does not."""

    pipeline: Pipeline
    body: Block
    otherwise: Block | None
    keyword: str = field(init=False, default="")

    def __str__(self) -> str:
        otherwise = "" if self.otherwise is None else "{{else}}" + str(self.otherwise)
        return "{{" + f"{self.keyword} {self.pipeline}" + "}}" + str(self.body) + otherwise + "{{end}}"


@dataclass(frozen=True, slots=True)
class If(Branch):
    """`{{if}}`."""

    keyword: str = field(init=False, default="if")


@dataclass(frozen=True, slots=True)
class With(Branch):
    """`{{with}}`: sets the cursor."""

    keyword: str = field(init=False, default="with")


@dataclass(frozen=True, slots=True)
class Range(Branch):
    """`{{range}}`: sets the cursor to each element."""

    keyword: str = field(init=False, default="range")


@dataclass(frozen=True, slots=True)
class Break(Node):
    """`{{break}}`."""

    def __str__(self) -> str:
        return "{{break}}"


@dataclass(frozen=True, slots=True)
class Continue(Node):
    """`{{continue}}`."""

    def __str__(self) -> str:
        return "{{continue}}"


@dataclass(frozen=True, slots=True)
class Include(Node):
    """`{{template}}`: renders another template of the same text."""

    name: str
    pipeline: Pipeline | None

    def __str__(self) -> str:
        pipeline = "" if self.pipeline is None else f" {self.pipeline}"
        return "{{template " + quote(self.name) + pipeline + "}}"


Statement = Text | Action | If | With | Range | Break | Continue | Include
