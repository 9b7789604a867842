"""Calls functions: whether the number of arguments fits, of which types they are, and what a call costs."""

from collections.abc import Sequence
from typing import Final

from bulkhead_templating.environment import Environment
from bulkhead_templating.functions import Function
from bulkhead_templating.kinds import GoType

_ELEMENT_BYTES: Final = 16


def arity_problem(function: Function, count: int, *, piped: bool) -> str | None:
    """Say in Go's words what is wrong with the number of arguments, or with the function; None if nothing is.

    Args:
        function: what is called.
        count: how many arguments are written behind it.
        piped: whether one more comes from the command before.
    """
    fixed = len(function.parameters)
    given = count + piped
    if function.variadic is not None:
        if given >= fixed:
            return function.refusal
        return f"wrong number of args for {function.name}: want at least {fixed} got {count}"
    if given == fixed:
        return function.refusal
    return f"wrong number of args for {function.name}: want {fixed} got {given}"


def parameter_types(function: Function, count: int) -> list[GoType]:
    """Give the types of the first parameters."""
    return [parameter_of_last(function, number) for number in range(1, count + 1)]


def parameter_of_last(function: Function, count: int) -> GoType:
    """Give the type of the last of so many parameters."""
    if count <= len(function.parameters):
        return function.parameters[count - 1]
    if function.variadic is None:
        raise AssertionError("the number of arguments was checked")
    return function.variadic


def call(function: Function, values: Sequence[object], environment: Environment) -> object:
    """Call a function and charge for the texts that it reads and for what it makes.

    Raises:
        TemplateFunctionError: the function fails.
        LimitError: it makes more than there may be.
    """
    environment.meter.call(values)
    result = function.call(environment, *values) if function.with_environment else function.call(*values)
    if isinstance(result, str | bytes):
        # What it takes in memory: a rune beyond ASCII makes each character of a text two or four bytes wide.
        environment.meter.allocate(result.__sizeof__())
    elif isinstance(result, list | dict) and not any(result is value for value in values):
        environment.meter.allocate(len(result) * _ELEMENT_BYTES)
    return result
