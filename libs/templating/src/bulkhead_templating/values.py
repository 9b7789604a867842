"""Go's values in Python: which class stands for which type.

| Go | Python |
|---|---|
| string | `str`; bytes that are not UTF-8 are lone surrogates, see `text.py` |
| int, float64, bool, complex128 | `int`, `float`, `bool`, `complex` |
| int8 … uint64, float32, time.Duration | the classes of `numbers.py`, which are `int` or `float` |
| []byte | `bytes` |
| []any, map[string]any | `list`, `dict` with `str` keys |
| other slices and maps | `TypedSlice`, `TypedMap`, which are `list` and `dict` |
| a slice that is nil | `NilSlice` |
| nil, where a type is known (an element of []any) | `None` |
| no value at all (reflect's zero Value: a missing key, nil at the end of a pipeline) | `NO_VALUE` |
| structs, pointers, errors, values with methods | subclasses of `GoObject` |

Arithmetic on the sized numbers gives plain `int`, so a function that returns one wraps it again.
"""

from collections.abc import Iterable, Mapping
from typing import ClassVar, Final, final

from bulkhead_templating import kinds
from bulkhead_templating.functions import Function
from bulkhead_templating.kinds import GoType, Kind


@final
class NoValue:
    """The class of `NO_VALUE`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "NO_VALUE"


NO_VALUE: Final = NoValue()
"""Reflect's zero Value: prints `<no value>`, is false, and is refused where a type is wanted that cannot be nil."""


class TypedSlice(list[object]):
    """A slice of another type than []any, for example the []string that a function returns."""

    __slots__ = ("go_type",)

    def __init__(self, element: GoType, items: Iterable[object] = ()) -> None:
        """Take the items, each of the element's type."""
        super().__init__(items)
        self.go_type = kinds.slice_of(element)


class NilSlice(TypedSlice):
    """A slice that is nil: empty like others, but no equal of theirs, and null in JSON."""

    __slots__ = ()

    def __init__(self, element: GoType = kinds.ANY) -> None:
        """Make one of a type of elements."""
        super().__init__(element)


class TypedMap(dict[object, object]):
    """A map of another type than map[string]any, for example the map[string]string that templates of ESO get."""

    __slots__ = ("go_type",)

    def __init__(
        self, key: GoType, element: GoType, items: Mapping[str, object] | Mapping[int, object] | None = None
    ) -> None:
        """Take the items, keys and values of the given types."""
        super().__init__((name, item) for name, item in (items or {}).items())
        self.go_type = kinds.map_of(key, element)


class NilMap(dict[object, object]):
    """A map[string]any that is nil: empty like others, but no equal of theirs, null in JSON, and closed."""

    __slots__ = ()
    go_type: ClassVar[GoType] = kinds.ANY_MAP


class GoObject:
    """A value that is not a plain one: a struct, a pointer to one, an error, or a number with methods."""

    __slots__ = ()
    go_type: ClassVar[GoType]
    is_error: ClassVar[bool] = False
    """Whether the type implements `error`; `go_text` is then its message."""

    is_nil: ClassVar[bool] = False
    """Whether it is a pointer to nothing."""

    def go_source(self) -> str | None:
        """Give what `GoString()` gives, for `%#v`; None if the type has no such method."""
        return None

    def go_text(self) -> str | None:
        """Give what `String()` or `Error()` gives; None if the type has neither."""
        return None

    def go_fields(self) -> Mapping[str, object]:
        """Give the fields in their order; those of what a pointer points to.

        Printing shows them all, templates can use those that begin with an upper case letter.
        """
        return {}

    def go_method(self, name: str) -> Function | None:
        """Give a method bound to this value, None if the type has no such method."""
        text = self.go_text()
        if text is None or name != ("Error" if self.is_error else "String"):
            return None
        return Function(name=name, call=lambda: text, returns=kinds.STRING)


class GoError(GoObject):
    """An error as a value."""

    __slots__ = ("message",)
    go_type = GoType("*errors.errorString", Kind.POINTER, GoType("errors.errorString", Kind.STRUCT))
    is_error = True

    def __init__(self, message: str) -> None:
        """Keep the message."""
        self.message = message

    def go_text(self) -> str:
        """Give the message."""
        return self.message

    def go_fields(self) -> Mapping[str, object]:
        """Give the one field that errors.New makes."""
        return {"s": self.message}


_PLAIN: Final[Mapping[type, GoType]] = {
    str: kinds.STRING,
    bool: kinds.BOOL,
    int: kinds.INT,
    float: kinds.FLOAT64,
    complex: kinds.COMPLEX128,
    bytes: kinds.BYTES,
    list: kinds.ANY_SLICE,
    dict: kinds.ANY_MAP,
    type(None): kinds.ANY,
}


def type_of(value: object) -> GoType:
    """Give a value's type; None, which is nil, has the type of the place that holds it, `interface {}`.

    Raises:
        TypeError: the value stands for nothing in Go, which is a mistake of who passed it in.
    """
    plain = _PLAIN.get(type(value))
    if plain is not None:
        return plain
    own = getattr(value, "go_type", None)
    if isinstance(own, GoType):
        return own
    raise TypeError(f"{type(value).__name__} stands for no type of Go")


def kind_of(value: object) -> Kind:
    """Give a value's kind: INVALID for `NO_VALUE` and for nil, which reflect cannot look into."""
    if value is NO_VALUE or value is None:
        return Kind.INVALID
    return type_of(value).kind


class _Pointed(GoObject):
    """What a pointer points to."""

    __slots__ = ("go_type", "pointer")
    go_type: GoType  # type: ignore[misc]  # each of these has its own

    def __init__(self, pointer: GoObject, go_type: GoType) -> None:
        self.pointer = pointer
        self.go_type = go_type

    def go_fields(self) -> Mapping[str, object]:
        return self.pointer.go_fields()


def pointed(value: object) -> object:
    """Give the struct that a pointer points to, and any other value as it is."""
    if isinstance(value, GoObject) and value.go_type.kind is Kind.POINTER and value.go_type.element is not None:
        return _Pointed(value, value.go_type.element)
    return value


def is_error(value: object) -> bool:
    """Say whether a value may be given where an `error` is wanted."""
    return isinstance(value, GoObject) and value.is_error


def is_true(value: object) -> bool:
    """Say what `if` says: zero, empty and nil are false, structs are true.

    Source: Go, package text/template, IsTrue.
    """
    if value is NO_VALUE or value is None:
        return False
    if isinstance(value, (bool, int, float, complex, str, bytes, list, dict)):
        return bool(value)
    return True
