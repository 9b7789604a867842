"""Go templates in the fields of a generator: whether they are templates, and whether what they name is there.

No message quotes anything of a template: headers and bodies may hold a token as it is.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

from bulkhead_target.template.render import FUNCTIONS
from bulkhead_templating.engine import parse
from bulkhead_templating.errors import LimitError, TemplateSyntaxError
from bulkhead_templating.limits import Limits, Meter
from bulkhead_templating.nodes import Chain, Field, Operand, Pipeline, Variable
from bulkhead_templating.statements import Action, Block, Branch, Include, Range, Statement, With
from bulkhead_validation.node import Node

_STEPS: Final = 16_000
"""Two for each token: about 60 ms."""
_NAME: Final = "field"
_PREFIX: Final = re.compile(r"template: [^:]*:[0-9]+:(?:[0-9]+:)? ?")
_QUOTED: Final = re.compile(
    r"""malformed character constant:.*|"(?:[^"\\]|\\.)*(?:"|$)(?:\.\.\.)?|<[^>]*(?:>|$)|U\+[0-9A-F]+(?: '.*?')?""",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class _Named:
    name: str
    position: int


def meter_of_object() -> Meter:
    """Give what the templates of one object may cost together, so that no object holds up the admission of others."""
    return Meter(Limits(steps=_STEPS))


def check_template(node: Node, names: Collection[str], meter: Meter) -> None:
    """Look at a template; an absent or empty one is right.

    Args:
        node: where it stands.
        names: what it may name, such as `auth` for `.auth.token`; what else it names is empty.
        meter: counts the templates of the whole object.
    """
    text = node.text()
    if not is_template(text):
        return
    try:
        template = parse(_NAME, text, functions=FUNCTIONS, meter=meter)
    except TemplateSyntaxError as error:
        node.never_works(f"is no template: {_place(error)}: {_reason(error)}")
        return
    except LimitError:
        # ESO has no such limits, so it may work there.
        node.doubtful("is not looked at, as the templates of this object are too large")
        return
    body = template.trees.get(_NAME, Block(0))
    unknown = next((found for found in _named_in(body, at_root=True) if found.name not in names), None)
    if unknown is not None:
        line = text.count("\n", 0, unknown.position) + 1
        node.doubtful(f"names in line {line} what is no name of an entry of secrets, which becomes <no value>")


def is_template(text: str) -> bool:
    """Say whether a text has actions, so that nobody knows before what becomes of it."""
    return "{{" in text


def _place(error: TemplateSyntaxError) -> str:
    column = "" if error.column is None else f", column {error.column + 1}"
    return f"line {error.line}{column}"


def _reason(error: TemplateSyntaxError) -> str:
    # Go quotes the token that it stumbled over, which may be a part of a value.
    return _QUOTED.sub("…", _PREFIX.sub("", error.shown)).replace("\n", " ")


def _named_in(block: Block, *, at_root: bool) -> Iterator[_Named]:
    for node in block.nodes:
        yield from _named_in_statement(node, at_root=at_root)


def _named_in_statement(node: Statement, *, at_root: bool) -> Iterator[_Named]:
    match node:
        case Action(pipeline=pipeline):
            yield from _named_in_pipeline(pipeline, at_root=at_root)
        case Include(pipeline=Pipeline() as pipeline):
            yield from _named_in_pipeline(pipeline, at_root=at_root)
        case Branch():
            yield from _named_in_pipeline(node.pipeline, at_root=at_root)
            # Within these the cursor is another.
            is_same = at_root and not isinstance(node, With | Range)
            yield from _named_in(node.body, at_root=is_same)
            yield from _named_in(node.otherwise or Block(0), at_root=at_root)
        case _:
            return


def _named_in_pipeline(pipeline: Pipeline, *, at_root: bool) -> Iterator[_Named]:
    for command in pipeline.commands:
        for argument in command.arguments:
            yield from _named_in_operand(argument, at_root=at_root)


def _named_in_operand(operand: Operand, *, at_root: bool) -> Iterator[_Named]:
    match operand:
        case Field(names=names, position=position) if at_root:
            yield _Named(names[0], position)
        case Variable(name="$", names=[first, *_], position=position):
            yield _Named(first, position)
        case Chain(operand=inner):
            yield from _named_in_operand(inner, at_root=at_root)
        case Pipeline():
            yield from _named_in_pipeline(operand, at_root=at_root)
        case _:
            return
