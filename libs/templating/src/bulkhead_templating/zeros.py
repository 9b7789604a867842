"""Zero values of Go's types."""

from bulkhead_templating import kinds
from bulkhead_templating.kinds import GoType, Kind
from bulkhead_templating.numbers import SIZED
from bulkhead_templating.values import NO_VALUE, NilMap, TypedMap, TypedSlice


def zero_of(wanted: GoType) -> object:
    """Give the zero value of a type: what a map gives for a key that it lacks.

    Raises:
        TypeError: there is no Python value for it here.
    """
    if wanted.kind is Kind.INTERFACE:
        return None
    if wanted == kinds.REFLECT_VALUE:
        return NO_VALUE
    zeros: dict[GoType, object] = {
        kinds.STRING: "",
        kinds.BOOL: False,
        kinds.INT: 0,
        kinds.FLOAT64: 0.0,
        kinds.COMPLEX128: 0j,
        kinds.BYTES: b"",
        kinds.ANY_SLICE: [],
        kinds.ANY_MAP: NilMap(),
    }
    if wanted in zeros:
        return zeros[wanted]
    if wanted.kind is Kind.SLICE and wanted.element is not None:
        return TypedSlice(wanted.element)
    if wanted.kind is Kind.MAP and wanted.element is not None and wanted.key is not None:
        return TypedMap(wanted.key, wanted.element)
    for sized in SIZED:
        if sized.go_type == wanted:
            return sized(0)
    raise TypeError(f"no zero value of {wanted.name}")
