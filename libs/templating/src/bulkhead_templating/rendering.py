"""Renders trees: text, actions, branches, loops, other templates.

Source: Go, package text/template, "Actions".
"""

from collections.abc import Iterator
from enum import Enum

from bulkhead_templating.evaluation import Evaluator
from bulkhead_templating.held import Held
from bulkhead_templating.loops import elements_of, is_counted
from bulkhead_templating.printing import sprint
from bulkhead_templating.quoting import quote
from bulkhead_templating.run import Run
from bulkhead_templating.statements import Action, Block, Break, Continue, If, Include, Range, Statement, Text, With
from bulkhead_templating.text import byte_length
from bulkhead_templating.values import NO_VALUE, is_true, pointed, type_of


class _Jump(Enum):
    """How a block ended if not at its end."""

    BREAK = "break"
    CONTINUE = "continue"


class Renderer(Evaluator):
    """Renders one template."""

    def render(self, dot: Held, block: Block) -> _Jump | None:
        """Render a block; the result says whether it was left for the loop around it."""
        for node in block.nodes:
            self.meter.step()
            self.node = node
            jump = self._statement(dot, node)
            if jump is not None:
                return jump
        return None

    def _statement(self, dot: Held, node: Statement) -> _Jump | None:
        match node:
            case Text():
                self.run.write(node.text, node.length)
            case Action():
                self._action(dot, node)
            case If() | With():
                return self._branch(dot, node)
            case Range():
                return self._range(dot, node)
            case Include():
                self._include(dot, node)
            case Break():
                return _Jump.BREAK
            case Continue():
                return _Jump.CONTINUE
        return None

    def _action(self, dot: Held, node: Action) -> None:
        """Evaluate a pipeline; its value is printed unless a variable has got it."""
        value = self.pipeline(dot, node.pipeline)
        if node.pipeline.declared:
            return
        self.node = node
        text = value if isinstance(value, str) else sprint(value, meter=self.meter)
        self.run.write(text, byte_length(text))

    def _branch(self, dot: Held, node: If | With) -> _Jump | None:
        self.meter.enter()
        mark = self.variables.mark()
        value = self.pipeline(dot, node.pipeline)
        jump = None
        if is_true(value):
            jump = self.render(Held(value, boxed=False) if isinstance(node, With) else dot, node.body)
        elif node.otherwise is not None:
            jump = self.render(dot, node.otherwise)
        self.variables.pop(mark)
        self.meter.leave()
        return jump

    def _range(self, dot: Held, node: Range) -> _Jump | None:
        self.meter.enter()
        outer = self.variables.mark()
        value = self.pipeline(dot, node.pipeline)
        mark = self.variables.mark()
        jump = None
        empty = True
        for index, element in self._elements(node, value):
            empty = False
            self.meter.step()
            self._set_loop_variables(node, index, element)
            ended = self.render(element, node.body)
            self.variables.pop(mark)
            if ended is _Jump.BREAK:
                break
        if empty and node.otherwise is not None:
            jump = self.render(dot, node.otherwise)
            # A `break` here ends this loop, a `continue` is one of the loop around it, as in Go.
            if jump is _Jump.BREAK:
                jump = None
        self.variables.pop(outer)
        self.meter.leave()
        return jump

    def _elements(self, node: Range, value: object) -> Iterator[tuple[Held, Held]]:
        if is_counted(value) and len(node.pipeline.declared) > 1:
            raise self.mute_failure(
                f"can't use {sprint(value)} to iterate over more than one variable",
                shown="can't use a number to iterate over more than one variable",
            )
        elements = elements_of(value, self.meter)
        if elements is None:
            shown = "nil" if value is None else f"a value of type {type_of(value).name}"
            raise self.mute_failure(
                f"range can't iterate over {sprint(pointed(value), meter=self.meter)}",
                shown=f"range can't iterate over {shown}",
            )
        return elements

    def _set_loop_variables(self, node: Range, index: Held, element: Held) -> None:
        """Let one variable have the element, or two the index and the element."""
        declared = node.pipeline.declared
        if not declared:
            return
        if not node.pipeline.assigns:
            self.variables.set_top(1, element)
            if len(declared) > 1:
                self.variables.set_top(2, index)
            return
        self.variables.set(declared[-1].name, element)
        if len(declared) > 1:
            self.variables.set(declared[0].name, index)

    def _include(self, dot: Held, node: Include) -> None:
        tree = self.run.trees.get(node.name)
        if tree is None:
            raise self.failure(f"template {quote(node.name)} not defined")
        value = Held(NO_VALUE if node.pipeline is None else self.pipeline(dot, node.pipeline), boxed=False)
        self.meter.enter()
        Renderer(self.run, node.name, value).render(value, tree)
        self.meter.leave()


def render(run: Run, data: object) -> str:
    """Render the template that the text itself is.

    Raises:
        TemplateExecError: it fails.
        LimitError: it costs more than it may.
    """
    dot = Held(NO_VALUE if data is None else data, boxed=False)
    Renderer(run, run.name, dot).render(dot, run.trees[run.name])
    return "".join(run.output)
