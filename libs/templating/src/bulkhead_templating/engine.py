"""The two doors of the library: `parse` makes a `Template` of a text, `Template.execute` renders it."""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from bulkhead_templating.environment import Environment
from bulkhead_templating.errors import DepthLimitError
from bulkhead_templating.functions import Function
from bulkhead_templating.limits import Meter
from bulkhead_templating.predefined import PREDEFINED
from bulkhead_templating.rendering import render
from bulkhead_templating.run import MissingKey, Run
from bulkhead_templating.statements import Block
from bulkhead_templating.text import bytes_of
from bulkhead_templating.token_stream import TokenStream
from bulkhead_templating.tree_parser import Trees


@dataclass(frozen=True, slots=True, kw_only=True)
class Delimiters:
    """What begins and ends an action; an empty one means Go's own."""

    left: str = "{{"
    right: str = "}}"


@dataclass(frozen=True, slots=True)
class Template:
    """A parsed text; it never changes and holds no values, so it may be kept and used by many renders at a time."""

    name: str
    text: str
    trees: Mapping[str, Block]
    """The text's own tree, under `name`, and those that it defines."""

    def execute(
        self,
        data: object,
        *,
        functions: Mapping[str, Function],
        environment: Environment,
        missing_key: MissingKey = MissingKey.DEFAULT,
    ) -> bytes:
        """Render it.

        Args:
            data: what `.` is; functions that change maps change it.
            functions: what it may call besides Go's own, which come first only where no function of that name is given.
            environment: the world of this render, used for this one alone.
            missing_key: what becomes of keys that a map lacks.

        Raises:
            TemplateExecError: it fails; the message is Go's.
            LimitError: it costs more than it may.
        """
        run = Run(
            name=self.name,
            text=self.text,
            trees=self.trees,
            functions=functions,
            environment=environment,
            missing_key=missing_key,
        )
        try:
            return bytes_of(render(run, data))
        except RecursionError:
            raise DepthLimitError("nested too deeply") from None


def parse(
    name: str,
    text: str,
    *,
    functions: Container[str] = (),
    delimiters: Delimiters | None = None,
    meter: Meter | None = None,
) -> Template:
    """Parse a text.

    Args:
        name: what messages call it.
        text: the template, a Go string.
        functions: the names that it may call besides Go's own; another is an error of syntax, as in Go.
        delimiters: what begins and ends an action; None means `{{` and `}}`.
        meter: counts two steps for each token; None means one of its own with the default limits.

    Raises:
        TemplateSyntaxError: it is no template; the message is Go's.
        LimitError: it is nested too deeply, or costs more than the meter allows.
    """
    marks = delimiters or Delimiters()
    stream = TokenStream(name, text, left=marks.left or "{{", right=marks.right or "}}", meter=meter or Meter())
    trees = Trees(stream, _Names(functions))
    trees.parse_all(name)
    return Template(name, text, MappingProxyType(trees.by_name))


@dataclass(frozen=True, slots=True)
class _Names(Container[str]):
    """Names of functions: those given and Go's own."""

    given: Container[str]

    def __contains__(self, name: object) -> bool:
        return name in self.given or name in PREDEFINED
