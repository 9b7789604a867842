"""What all templates of one render share."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, final

from bulkhead_templating.environment import Environment
from bulkhead_templating.errors import TemplateExecError
from bulkhead_templating.functions import Function
from bulkhead_templating.nodes import Node
from bulkhead_templating.predefined import PREDEFINED
from bulkhead_templating.quoting import quote
from bulkhead_templating.statements import Block
from bulkhead_templating.text import byte_length


class MissingKey(StrEnum):
    """What becomes of a key that a map lacks; the values are those of Go's option `missingkey`."""

    DEFAULT = "default"
    """It has no value, which prints as `<no value>`."""
    ZERO = "zero"
    """It has the zero value of the map's elements."""
    ERROR = "error"
    """The render fails."""


@final
class Missing:
    """The class of `MISSING`."""

    __slots__ = ()


MISSING: Final = Missing()
"""What the first command of a pipeline gets from the one before: nothing, not even `NO_VALUE`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One render."""

    name: str
    """What the text was parsed under."""
    text: str
    trees: Mapping[str, Block]
    functions: Mapping[str, Function]
    environment: Environment
    missing_key: MissingKey
    output: list[str] = field(default_factory=list)

    def write(self, text: str, length: int) -> None:
        """Print a text of so many bytes."""
        self.environment.meter.output(length)
        self.output.append(text)

    def function(self, name: str) -> tuple[Function | None, bool]:
        """Find a function, and say whether it is one of Go's own."""
        given = self.functions.get(name)
        return (given, False) if given is not None else (PREDEFINED.get(name), True)

    def failure(self, node: Node, template: str, message: str, *, shown: str) -> TemplateExecError:
        """Make the error that a template fails with at a node; `shown` is the message without values."""
        line_start = self.text.rfind("\n", 0, node.position) + 1
        line = self.text.count("\n", 0, node.position) + 1
        column = byte_length(self.text[line_start : node.position])
        # Names and the node are of the template's own text.
        place = f"template: {self.name}:{line}:{column}: executing {quote(template)} at <{node}>: "
        return TemplateExecError(
            place + message,
            shown=place + shown,
            name=self.name,
            line=line,
            column=column,
        )
