"""Go templates in the fields of a generator: whether they are templates, and whether what they name is there.

No message quotes anything of a template: headers and bodies may hold a token as it is.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from bulkhead_templating.engine import Delimiters
from bulkhead_templating.nodes import Chain, Field, Operand, Pipeline, Variable
from bulkhead_templating.statements import Action, Block, Branch, Include, Range, Statement, With
from bulkhead_validation.node import Node
from bulkhead_validation.templates import NAME, is_plain, template_at


@dataclass(frozen=True, slots=True)
class _Named:
    name: str
    position: int


def check_template(field: Node, names: Collection[str]) -> None:
    """Look at a template; an absent or empty one is right.

    Args:
        field: where it stands.
        names: what it may name, such as `auth` for `.auth.token`; what else it names is empty.
    """
    node = _with_own_delimiters(field)
    template = template_at(node)
    if template is None:
        return
    body = template.trees.get(NAME, Block(0))
    unknown = next((found for found in _named_in(body, at_root=True) if found.name not in names), None)
    if unknown is not None:
        line = node.text().count("\n", 0, unknown.position) + 1
        node.doubtful(f"names in line {line} what is no name of an entry of secrets, which becomes <no value>")


def is_template(field: Node) -> bool:
    """Say whether a text has actions, so that nobody knows before what becomes of it."""
    return not is_plain(_with_own_delimiters(field))


def _with_own_delimiters(field: Node) -> Node:
    # Flags change the delimiters of a target's templates alone.
    return field.with_delimiters(Delimiters())


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
