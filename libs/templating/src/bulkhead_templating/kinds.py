"""Go's types, as far as templates can see them: their names, kinds and what may be assigned to what.

Source: Go, package reflect, Type and Kind.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What reflect calls a kind; the value is the name that Go prints."""

    INVALID = "invalid"
    BOOL = "bool"
    INT = "int"
    INT8 = "int8"
    INT16 = "int16"
    INT32 = "int32"
    INT64 = "int64"
    UINT = "uint"
    UINT8 = "uint8"
    UINT16 = "uint16"
    UINT32 = "uint32"
    UINT64 = "uint64"
    FLOAT32 = "float32"
    FLOAT64 = "float64"
    COMPLEX64 = "complex64"
    COMPLEX128 = "complex128"
    FUNC = "func"
    INTERFACE = "interface"
    MAP = "map"
    POINTER = "ptr"
    SLICE = "slice"
    STRING = "string"
    STRUCT = "struct"


SIGNED_KINDS: Final = frozenset({Kind.INT, Kind.INT8, Kind.INT16, Kind.INT32, Kind.INT64})
UNSIGNED_KINDS: Final = frozenset({Kind.UINT, Kind.UINT8, Kind.UINT16, Kind.UINT32, Kind.UINT64})
INTEGER_KINDS: Final = SIGNED_KINDS | UNSIGNED_KINDS
FLOAT_KINDS: Final = frozenset({Kind.FLOAT32, Kind.FLOAT64})
COMPLEX_KINDS: Final = frozenset({Kind.COMPLEX64, Kind.COMPLEX128})
_NIL_KINDS: Final = frozenset({Kind.FUNC, Kind.INTERFACE, Kind.MAP, Kind.POINTER, Kind.SLICE})


@dataclass(frozen=True, slots=True)
class GoType:
    """A type of Go; two are the same type exactly if they are equal."""

    name: str
    """As reflect prints it, for example `map[string]interface {}`."""
    kind: Kind
    element: "GoType | None" = None
    """Of a slice, a map or a pointer; None for the rest."""
    key: "GoType | None" = None
    """Of a map; None for the rest."""

    @property
    def can_be_nil(self) -> bool:
        """Whether nil may be given for it in a template; a `reflect.Value` may be that of nothing."""
        return self.kind in _NIL_KINDS or self == REFLECT_VALUE

    @property
    def is_any(self) -> bool:
        """Whether it is the empty interface."""
        return self == ANY


BOOL: Final = GoType("bool", Kind.BOOL)
INT: Final = GoType("int", Kind.INT)
INT8: Final = GoType("int8", Kind.INT8)
INT16: Final = GoType("int16", Kind.INT16)
INT32: Final = GoType("int32", Kind.INT32)
INT64: Final = GoType("int64", Kind.INT64)
UINT: Final = GoType("uint", Kind.UINT)
UINT8: Final = GoType("uint8", Kind.UINT8)
UINT16: Final = GoType("uint16", Kind.UINT16)
UINT32: Final = GoType("uint32", Kind.UINT32)
UINT64: Final = GoType("uint64", Kind.UINT64)
FLOAT32: Final = GoType("float32", Kind.FLOAT32)
FLOAT64: Final = GoType("float64", Kind.FLOAT64)
COMPLEX128: Final = GoType("complex128", Kind.COMPLEX128)
STRING: Final = GoType("string", Kind.STRING)
ANY: Final = GoType("interface {}", Kind.INTERFACE)
ERROR: Final = GoType("error", Kind.INTERFACE)
REFLECT_VALUE: Final = GoType("reflect.Value", Kind.STRUCT)
"""What a function declares that takes any value as it is, even the one that is none (`NO_VALUE`)."""

REFLECT_HELD: Final = GoType("reflect.Value", Kind.STRUCT)
"""The same for a function that must know of the place that the value stands in: it gets a `Held`."""


def slice_of(element: GoType) -> GoType:
    """Give the type of a slice."""
    return GoType(f"[]{element.name}", Kind.SLICE, element)


def map_of(key: GoType, element: GoType) -> GoType:
    """Give the type of a map."""
    return GoType(f"map[{key.name}]{element.name}", Kind.MAP, element, key)


BYTES: Final = slice_of(UINT8)
ANY_SLICE: Final = slice_of(ANY)
ANY_MAP: Final = map_of(STRING, ANY)
STRING_SLICE: Final = slice_of(STRING)
STRING_MAP: Final = map_of(STRING, STRING)


def is_assignable(given: GoType, wanted: GoType) -> bool:
    """Say whether a value of one type may be given where the other is wanted.

    The interface `error` is decided by the value (`values.is_error`), not here.
    """
    return given == wanted or wanted.is_any
