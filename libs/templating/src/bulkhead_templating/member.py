"""What a name behind a dot means: a key of a map, a field of a struct, a method.

Source: Go, package text/template, "Arguments".
"""

from bulkhead_templating.functions import Function
from bulkhead_templating.held import Held
from bulkhead_templating.kinds import STRING
from bulkhead_templating.quoting import quote
from bulkhead_templating.run import MissingKey
from bulkhead_templating.values import NO_VALUE, GoObject, TypedMap
from bulkhead_templating.zeros import zero_of


class MemberError(ValueError):
    """A value has no such member; the message is Go's."""


def method_of(value: object, name: str) -> Function | None:
    """Give a method of a value, None if it has none of that name."""
    return value.go_method(name) if isinstance(value, GoObject) else None


def member_of(receiver: Held, name: str, missing_key: MissingKey, *, has_arguments: bool) -> Held:
    """Give the field or element of that name.

    Raises:
        MemberError: the value can have none, or has none and that is an error.
    """
    value = receiver.value
    if value is None:
        raise MemberError(f"nil pointer evaluating {receiver.type_name}.{name}")
    if isinstance(value, dict) and (not isinstance(value, TypedMap) or value.go_type.key == STRING):
        if has_arguments:
            raise MemberError(f"{name} is not a method but has arguments")
        return _element(value, name, missing_key)
    if isinstance(value, GoObject) and name in (fields := value.go_fields()):
        if not name[0].isupper():
            raise MemberError(f"{name} is an unexported field of struct type {receiver.type_name}")
        if has_arguments:
            raise MemberError(f"{name} has arguments but cannot be invoked as function")
        return Held(fields[name], boxed=False)
    raise MemberError(f"can't evaluate field {name} in type {receiver.type_name}")


def _element(value: dict[object, object], name: str, missing_key: MissingKey) -> Held:
    element = value.go_type.element if isinstance(value, TypedMap) else None
    boxed = element is None or element.is_any
    if name in value:
        return Held(value[name], boxed)
    match missing_key:
        case MissingKey.ERROR:
            raise MemberError(f"map has no entry for key {quote(name)}")
        case MissingKey.ZERO:
            return Held(None if element is None else zero_of(element), boxed)
        case MissingKey.DEFAULT:
            return Held(NO_VALUE, boxed=False)
