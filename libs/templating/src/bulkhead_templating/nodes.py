"""The nodes of pipelines, each with its place in the text and the text that messages quote; none ever changes.

Source: Go, package text/template/parse, the nodes and their String methods.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Node:
    """Anything in a tree."""

    position: int
    """Where it begins, in characters of the text."""


@dataclass(frozen=True, slots=True)
class Dot(Node):
    """The cursor, `.`."""

    def __str__(self) -> str:
        return "."


@dataclass(frozen=True, slots=True)
class Nil(Node):
    """The constant `nil`."""

    def __str__(self) -> str:
        return "nil"


@dataclass(frozen=True, slots=True)
class Bool(Node):
    """The constants `true` and `false`."""

    value: bool

    def __str__(self) -> str:
        return "true" if self.value else "false"


@dataclass(frozen=True, slots=True)
class Number(Node):
    """A constant number, which takes the type of the place that it is used in."""

    text: str
    integer: int | None
    """Its value as a signed integer of 64 bits; None if it is none."""
    unsigned: int | None
    """Its value as an unsigned integer of 64 bits; None if it is none."""
    floating: float | None
    """Its value as a float64; None if it is none."""
    complex_: complex | None
    """Its value as a complex128, None if it was not written as one."""

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class String(Node):
    """A constant string."""

    quoted: str
    """As it is written."""
    value: str

    def __str__(self) -> str:
        return self.quoted


@dataclass(frozen=True, slots=True)
class Identifier(Node):
    """The name of a function."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Field(Node):
    """Fields of the cursor, `.a.b`."""

    names: tuple[str, ...]

    def __str__(self) -> str:
        return "".join(f".{name}" for name in self.names)


@dataclass(frozen=True, slots=True)
class Variable(Node):
    """A variable, and maybe fields of it, `$x.a`."""

    name: str
    """With its dollar sign."""
    names: tuple[str, ...] = ()

    def __str__(self) -> str:
        return ".".join((self.name, *self.names))


@dataclass(frozen=True, slots=True)
class Chain(Node):
    """Fields of something else, `(f x).a`."""

    operand: "Operand"
    names: tuple[str, ...]

    def __str__(self) -> str:
        inner = f"({self.operand})" if isinstance(self.operand, Pipeline) else str(self.operand)
        return inner + "".join(f".{name}" for name in self.names)


@dataclass(frozen=True, slots=True)
class Command(Node):
    """An operand, or a function with its arguments."""

    arguments: tuple["Operand", ...]

    def __str__(self) -> str:
        return " ".join(f"({node})" if isinstance(node, Pipeline) else str(node) for node in self.arguments)


@dataclass(frozen=True, slots=True)
class Pipeline(Node):
    """Commands, each getting what the one before gave, and maybe variables that get the result."""

    declared: tuple[Variable, ...]
    assigns: bool
    """Whether the variables were there before (`=`) or begin here (`:=`)."""
    commands: tuple[Command, ...]

    def __str__(self) -> str:
        commands = " | ".join(map(str, self.commands))
        if not self.declared:
            return commands
        return f"{', '.join(map(str, self.declared))} {'=' if self.assigns else ':='} {commands}"


Operand = Dot | Nil | Bool | Number | String | Identifier | Field | Variable | Chain | Pipeline
