"""Evaluates pipelines, commands and operands in one template.

Source: Go, package text/template, "Arguments" and "Pipelines".
"""

from collections.abc import Sequence
from typing import Final

from bulkhead_templating.arguments import ArgumentError, argument_from_constant, ideal_constant, suitable
from bulkhead_templating.calls import arity_problem, call, parameter_of_last, parameter_types
from bulkhead_templating.errors import TemplateExecError, TemplateFunctionError
from bulkhead_templating.functions import Function
from bulkhead_templating.held import Held
from bulkhead_templating.kinds import REFLECT_HELD, GoType
from bulkhead_templating.member import MemberError, member_of, method_of
from bulkhead_templating.nodes import (
    Bool,
    Chain,
    Command,
    Dot,
    Field,
    Identifier,
    Nil,
    Node,
    Number,
    Operand,
    Pipeline,
    String,
    Variable,
)
from bulkhead_templating.quoting import quote
from bulkhead_templating.run import MISSING, MissingKey, Run
from bulkhead_templating.values import NO_VALUE, is_true, kind_of, type_of
from bulkhead_templating.variables import Variables

_Arguments = Sequence[Operand]
_PARENTHESES_LEVELS: Final = 2
_NONE: Final[_Arguments] = ()


def _described(value: object) -> str:
    """Give what reflect calls a value where it is asked for a string."""
    if isinstance(value, str):
        return value
    return f"<{kind_of(value).value if value is NO_VALUE else type_of(value).name} Value>"


class Evaluator:
    """Evaluates what stands in the actions of one template."""

    def __init__(self, run: Run, template: str, dot: Held) -> None:
        """Begin with `$` alone in scope."""
        self.run = run
        self.meter = run.environment.meter
        self.template = template
        self.variables = Variables(dot)
        self.node: Node | None = None
        """The node that messages are about."""

    def failure(self, message: str) -> TemplateExecError:
        """Make the error that the current node fails with, of a message without values.

        Such a message is made of the template's own text, of words of the code and of names of types.
        """
        return self.mute_failure(message, shown=message)

    def mute_failure(self, message: str, *, shown: str) -> TemplateExecError:
        """Make the error that the current node fails with; `message` may quote values, `shown` does not."""
        return self.run.failure(self.node or Dot(0), self.template, message, shown=shown)

    def pipeline(self, dot: Held, pipeline: Pipeline) -> object:
        """Give what a pipeline gives, and let its variables have it; nil becomes `NO_VALUE`."""
        self.node = pipeline
        value: object = MISSING
        for command in pipeline.commands:
            value = self._command(dot, command, value)
            if value is None:
                value = NO_VALUE
        held = Held(value, boxed=False)
        for variable in pipeline.declared:
            if not pipeline.assigns:
                self.variables.push(variable.name, held)
            elif not self.variables.set(variable.name, held):
                raise self.failure(f"undefined variable: {variable.name}")
        return value

    def _command(self, dot: Held, command: Command, final: object) -> object:
        self.meter.step()
        first = command.arguments[0]
        match first:
            case Identifier():
                return self._function(dot, first, command, command.arguments, final)
            case Field():
                self.node = first
                return self._fields(dot, dot, first, first.names, command.arguments, final).value
            case Variable():
                return self._variable(dot, first, command.arguments, final).value
            case Chain():
                return self._chain(dot, first, command.arguments, final).value
            case Pipeline():
                # What stands in the parentheses is all that the command has.
                self._check_no_arguments(command.arguments, final)
                return self._parentheses(dot, first)
            case _:
                return self._constant(dot, first, command.arguments, final)

    def _constant(self, dot: Held, node: Operand, arguments: _Arguments, final: object) -> object:
        self.node = node
        self._check_no_arguments(arguments, final)
        match node:
            case Dot():
                return dot.value
            case Bool() | String():
                return node.value
            case Number():
                return self._number(node)
            case _:
                raise self.failure("nil is not a command")

    def _number(self, node: Number) -> object:
        constant = ideal_constant(node)
        if constant is None:
            raise self.failure(f"{node.text} overflows int")
        return constant

    def _check_no_arguments(self, arguments: _Arguments, final: object) -> None:
        if len(arguments) > 1 or final is not MISSING:
            raise self.failure(f"can't give argument to non-function {arguments[0]}")

    def _parentheses(self, dot: Held, pipeline: Pipeline) -> object:
        self.meter.enter(_PARENTHESES_LEVELS)
        value = self.pipeline(dot, pipeline)
        self.meter.leave(_PARENTHESES_LEVELS)
        return value

    def _variable(self, dot: Held, node: Variable, arguments: _Arguments, final: object) -> Held:
        self.node = node
        held = self.variables.get(node.name)
        if held is None:
            raise self.failure(f"undefined variable: {node.name}")
        if node.names:
            return self._fields(dot, held, node, node.names, arguments, final)
        self._check_no_arguments(arguments or (node,), final)
        return held

    def _chain(self, dot: Held, node: Chain, arguments: _Arguments, final: object) -> Held:
        self.node = node
        operand = node.operand
        if isinstance(operand, Nil):
            raise self.failure(f"indirection through explicit nil in {node}")
        receiver = self._operand(dot, operand)
        return self._fields(dot, receiver, node, node.names, arguments, final)

    def _fields(
        self, dot: Held, receiver: Held, node: Operand, names: Sequence[str], arguments: _Arguments, final: object
    ) -> Held:
        """Follow names from a value; the last one gets the arguments if it is a method."""
        self.meter.step(len(names))
        for name in names[:-1]:
            receiver = self._field(dot, receiver, node, name, _NONE, MISSING)
        return self._field(dot, receiver, node, names[-1], arguments, final)

    def _field(self, dot: Held, receiver: Held, node: Operand, name: str, arguments: _Arguments, final: object) -> Held:
        if receiver.value is NO_VALUE:
            if self.run.missing_key is MissingKey.ERROR:
                raise self.failure(f"nil data; no entry for key {quote(name)}")
            return Held(NO_VALUE, boxed=False)
        method = method_of(receiver.value, name)
        if method is not None:
            value = self._call(dot, method, node, arguments, final, is_builtin=False)
            return Held(value, boxed=method.returns.is_any)
        try:
            has_arguments = len(arguments) > 1 or final is not MISSING
            return member_of(receiver, name, self.run.missing_key, has_arguments=has_arguments)
        except MemberError as error:
            raise self.failure(str(error)) from None

    def _function(
        self, dot: Held, node: Identifier, command: Command | Identifier, arguments: _Arguments, final: object
    ) -> object:
        self.node = node
        function, is_builtin = self.run.function(node.name)
        if function is None:
            raise self.failure(f"{quote(node.name)} is not a defined function")
        return self._call(dot, function, command, arguments, final, is_builtin=is_builtin)

    def _call(
        self,
        dot: Held,
        function: Function,
        node: Node,
        arguments: _Arguments,
        final: object,
        *,
        is_builtin: bool,
    ) -> object:
        # The first is the function itself.
        nodes = arguments[1:]
        problem = arity_problem(function, len(nodes), piped=final is not MISSING)
        if problem is not None:
            raise self.failure(problem)
        if is_builtin and function.name in ("and", "or"):
            return self._short_circuit(dot, function, nodes, final)
        types = parameter_types(function, len(nodes))
        values = [self._argument(dot, wanted, argument) for wanted, argument in zip(types, nodes, strict=True)]
        if final is not MISSING:
            wanted = parameter_of_last(function, len(nodes) + 1)
            last = self._suitable(final, wanted)
            values.append(Held(last, boxed=False) if wanted is REFLECT_HELD else last)
        if is_builtin and function.name == "call":
            values.insert(0, str(nodes[0]) if nodes else _described(final))
        try:
            return call(function, values, self.run.environment)
        except TemplateFunctionError as error:
            self.node = node
            shown = f"error calling {function.name}{f': {error}' if error.is_public else ''}"
            raise self.mute_failure(f"error calling {function.name}: {error}", shown=shown) from None

    def _short_circuit(self, dot: Held, function: Function, nodes: _Arguments, final: object) -> object:
        wanted = function.parameters[0]
        value: object = NO_VALUE
        for node in nodes:
            value = self._argument(dot, wanted, node)
            if is_true(value) == (function.name == "or"):
                return value
        return value if final is MISSING else self._suitable(final, wanted)

    def _argument(self, dot: Held, wanted: GoType, node: Operand) -> object:
        self.meter.step()
        self.node = node
        if isinstance(node, Nil):
            if not wanted.can_be_nil:
                raise self.failure(f"cannot assign nil to {wanted.name}")
            value = self._suitable(NO_VALUE, wanted)
            return Held(value, boxed=False) if wanted is REFLECT_HELD else value
        if isinstance(node, Bool | Number | String):
            try:
                constant = argument_from_constant(node, wanted)
            except ArgumentError as error:
                raise self.failure(str(error)) from None
            return Held(constant, boxed=False) if wanted is REFLECT_HELD else constant
        held = self._operand(dot, node)
        value = self._suitable(held.value, wanted)
        return Held(value, held.boxed) if wanted is REFLECT_HELD else value

    def _operand(self, dot: Held, node: Operand) -> Held:
        """Give the value of an operand that is no constant."""
        match node:
            case Dot():
                return dot
            case Field():
                self.node = node
                return self._fields(dot, dot, node, node.names, (node,), MISSING)
            case Variable():
                return self._variable(dot, node, _NONE, MISSING)
            case Pipeline():
                self.node = node
                return Held(self._parentheses(dot, node), boxed=False)
            case Identifier():
                function, _ = self.run.function(node.name)
                boxed = function is not None and function.returns.is_any
                return Held(self._function(dot, node, node, _NONE, MISSING), boxed)
            case Chain():
                return self._chain(dot, node, _NONE, MISSING)
            case _:
                return Held(self._constant(dot, node, (node,), MISSING), boxed=False)

    def _suitable(self, value: object, wanted: GoType) -> object:
        """Give a value as a parameter of this type takes it."""
        try:
            return suitable(value, wanted)
        except ArgumentError as error:
            raise self.failure(str(error)) from None
