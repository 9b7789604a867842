"""Functions of sprig that tell the types of values, and the two that need no arguments worth the name.

Source: github.com/Masterminds/sprig v3, reflect.go and functions.go.
"""

from bulkhead_templating.errors import TemplateFunctionError
from bulkhead_templating.functions import FunctionMap
from bulkhead_templating.kinds import ANY, BOOL, STRING
from bulkhead_templating.values import kind_of, type_of

FUNCTIONS = FunctionMap()


@FUNCTIONS.function("typeOf", ANY, returns=STRING)
def type_name(value: object) -> str:
    """Give the name of a value's type."""
    return "<nil>" if value is None else type_of(value).name


@FUNCTIONS.function("typeIs", STRING, ANY, returns=BOOL)
def type_is(name: str, value: object) -> bool:
    """Say whether a value is of a type."""
    return type_name(value) == name


@FUNCTIONS.function("typeIsLike", STRING, ANY, returns=BOOL)
def type_is_like(name: str, value: object) -> bool:
    """Say whether a value is of a type, or a pointer to one."""
    return type_name(value) in (name, f"*{name}")


@FUNCTIONS.function("kindOf", ANY, returns=STRING)
def kind_name(value: object) -> str:
    """Give the name of a value's kind."""
    return kind_of(value).value


@FUNCTIONS.function("kindIs", STRING, ANY, returns=BOOL)
def kind_is(name: str, value: object) -> bool:
    """Say whether a value is of a kind."""
    return kind_name(value) == name


@FUNCTIONS.function("fail", STRING, returns=STRING)
def fail(message: str) -> str:
    """Make the render fail."""
    raise TemplateFunctionError(message)


@FUNCTIONS.function("hello", returns=STRING)
def hello() -> str:
    """Give a greeting."""
    return "Hello!"
