"""The functions that every template has.

Source: Go, package text/template, "Functions".
"""

from bulkhead_templating import comparison, escaping, indexing
from bulkhead_templating.environment import Environment
from bulkhead_templating.errors import TemplateFunctionError
from bulkhead_templating.functions import FunctionMap
from bulkhead_templating.kinds import ANY, BOOL, INT, REFLECT_HELD, REFLECT_VALUE, STRING
from bulkhead_templating.printing import sprint, sprintf, sprintln
from bulkhead_templating.values import NO_VALUE, is_true, type_of

PREDEFINED = FunctionMap()

PREDEFINED.function("html", variadic=ANY, returns=STRING, with_environment=True)(escaping.html)
PREDEFINED.function("js", variadic=ANY, returns=STRING, with_environment=True)(escaping.js)
PREDEFINED.function("urlquery", variadic=ANY, returns=STRING, with_environment=True)(escaping.urlquery)
PREDEFINED.function("index", REFLECT_VALUE, variadic=REFLECT_VALUE, returns=REFLECT_VALUE)(indexing.index)
PREDEFINED.function("slice", REFLECT_VALUE, variadic=REFLECT_HELD, returns=REFLECT_VALUE)(indexing.cut)
PREDEFINED.function("len", REFLECT_VALUE, returns=INT)(indexing.length)
PREDEFINED.function("eq", REFLECT_VALUE, variadic=REFLECT_VALUE, returns=BOOL)(comparison.equal)
PREDEFINED.function("ne", REFLECT_VALUE, REFLECT_VALUE, returns=BOOL)(comparison.not_equal)
PREDEFINED.function("lt", REFLECT_VALUE, REFLECT_VALUE, returns=BOOL)(comparison.less)
PREDEFINED.function("le", REFLECT_VALUE, REFLECT_VALUE, returns=BOOL)(comparison.less_or_equal)
PREDEFINED.function("gt", REFLECT_VALUE, REFLECT_VALUE, returns=BOOL)(comparison.greater)
PREDEFINED.function("ge", REFLECT_VALUE, REFLECT_VALUE, returns=BOOL)(comparison.greater_or_equal)


@PREDEFINED.function("and", REFLECT_VALUE, variadic=REFLECT_VALUE, returns=REFLECT_VALUE)
@PREDEFINED.function("or", REFLECT_VALUE, variadic=REFLECT_VALUE, returns=REFLECT_VALUE)
def _never_called(*_values: object) -> object:
    """Stand for `and` and `or`, which evaluate only the arguments that they need and so are part of the engine."""
    raise AssertionError("the engine evaluates and, or by itself")


@PREDEFINED.function("not", REFLECT_VALUE, returns=BOOL)
def _not(value: object) -> bool:
    return not is_true(value)


@PREDEFINED.function("call", REFLECT_VALUE, variadic=REFLECT_VALUE, returns=REFLECT_VALUE)
def _call(name: str, function: object, *_values: object) -> object:
    """Refuse what is no function; no value of a template is one here."""
    if function is None or function is NO_VALUE:
        raise TemplateFunctionError("call of nil", is_public=True)
    raise TemplateFunctionError(f"non-function {name} of type {type_of(function).name}")


@PREDEFINED.function("print", variadic=ANY, returns=STRING, with_environment=True)
def _print(environment: Environment, *values: object) -> str:
    return sprint(*values, meter=environment.meter)


@PREDEFINED.function("println", variadic=ANY, returns=STRING, with_environment=True)
def _println(environment: Environment, *values: object) -> str:
    return sprintln(*values, meter=environment.meter)


@PREDEFINED.function("printf", STRING, variadic=ANY, returns=STRING, with_environment=True)
def _printf(environment: Environment, layout: str, *values: object) -> str:
    return sprintf(layout, *values, meter=environment.meter)
