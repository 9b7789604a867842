"""Prints one value of any type by a verb.

Source: Go, package fmt, "Printing", "Format errors" and the order in which methods are asked.
"""

from dataclasses import replace

from bulkhead_templating.float_format import format_complex, format_float
from bulkhead_templating.formatting import Layout, put_together
from bulkhead_templating.integer_format import format_integer, hexadecimal
from bulkhead_templating.kinds import UINT8, UNSIGNED_KINDS, Kind
from bulkhead_templating.ordering import sorted_items
from bulkhead_templating.string_format import format_hexadecimal, format_quoted, format_string
from bulkhead_templating.text import text_of
from bulkhead_templating.values import NO_VALUE, GoObject, NilMap, NilSlice, TypedSlice, kind_of, type_of

ADDRESS = "0xc000000000"
"""Stands for the place of any value in memory."""
_POINTER_VERBS = ("b", "o", "d", "x", "X")
_TEXT_VERBS = ("v", "s", "x", "X", "q")


def print_argument(layout: Layout, value: object, verb: str) -> str:
    """Print an argument of `printf`, or of `print` with the verb v."""
    if value is NO_VALUE:
        return "<no value>"
    if value is None:
        return layout.padded("<nil>") if verb in ("T", "v") else f"%!{verb}(<nil>)"
    if verb == "T":
        return layout.padded(layout.truncated(type_of(value).name))
    if verb == "p":
        is_pointer = kind_of(value) in (Kind.MAP, Kind.SLICE, Kind.POINTER, Kind.FUNC)
        return ADDRESS if is_pointer else _bad_verb(layout, value, verb)
    if isinstance(value, bytes):
        return _bytes(layout, value, verb, "[]byte")
    if verb == "w" and isinstance(value, list | dict | GoObject):
        # Only Errorf has it; Go finds that out before it looks into a value.
        return _bad_verb(layout, value, verb)
    return _value(layout, value, verb, top=True)


def _bad_verb(layout: Layout, value: object, verb: str) -> str:
    # Go prints the value again with all flags, but without asking its methods.
    shown = _plain(replace(layout, without_methods=True), value, "v", top=True)
    return f"%!{verb}({type_of(value).name}={shown})"


def _value(layout: Layout, value: object, verb: str, *, top: bool) -> str:
    layout.meter.step()
    if value is None:
        return "interface {}(nil)" if layout.sharp_v else "<nil>"
    asks = not layout.sharp_v and verb in _TEXT_VERBS
    if isinstance(value, GoObject) and not layout.without_methods:
        text = value.go_text() if asks else None
        if text is not None:
            return format_string(layout, text, verb) or ""
        source = value.go_source() if layout.sharp_v else None
        if source is not None:
            return layout.padded(layout.truncated(source))
    return _plain(layout, value, verb, top=top)


def _plain(layout: Layout, value: object, verb: str, *, top: bool) -> str:
    """Print a value as what it is, without its methods."""
    text = _scalar(layout, value, verb)
    if text is not None:
        return text
    layout.meter.enter()
    match value:
        case bytes():
            text = _bytes(layout, value, verb, "[]byte" if top else "[]uint8")
        case list():
            text = _list(layout, value, verb)
        case dict():
            text = _map(layout, value, verb)
        case GoObject() if kind_of(value) in (Kind.STRUCT, Kind.POINTER):
            text = _object(layout, value, verb, top=top)
        case _:
            text = _bad_verb(layout, value, verb)
    layout.meter.leave()
    return text


def _scalar(layout: Layout, value: object, verb: str) -> str | None:
    """Print a value without parts; None if it has some, or if there is no such verb."""
    if isinstance(value, str):
        return format_string(layout, value, verb)
    if isinstance(value, bool):
        return layout.padded("true" if value else "false") if verb in ("t", "v") else None
    if isinstance(value, int):
        return format_integer(layout, value, verb, signed=kind_of(value) not in UNSIGNED_KINDS)
    if isinstance(value, float):
        return format_float(layout, value, verb, bits=32 if kind_of(value) is Kind.FLOAT32 else 64)
    if isinstance(value, complex):
        return format_complex(layout, value, verb, bits=128)
    return None


def _bytes(layout: Layout, value: bytes, verb: str, name: str) -> str:
    match verb:
        case "v" if layout.sharp_v:
            return f"{name}{{{', '.join(hexadecimal(layout, byte) for byte in value)}}}"
        case "w" if layout.sharp_v:
            return f"[]uint8{{{', '.join(_byte(layout, byte, verb) for byte in value)}}}"
        case "s":
            return layout.padded(layout.truncated(text_of(value)))
        case "q":
            return format_quoted(layout, text_of(value))
        case "x" | "X":
            return format_hexadecimal(layout, value, upper=verb == "X")
        case _:
            layout.meter.step(len(value))
            return f"[{' '.join(_byte(layout, byte, verb) for byte in value)}]"


def _byte(layout: Layout, byte: int, verb: str) -> str:
    text = format_integer(layout, byte, verb, signed=False)
    return f"%!{verb}(uint8={format_integer(layout, byte, 'v', signed=False)})" if text is None else text


def _list(layout: Layout, value: list[object], verb: str) -> str:
    if isinstance(value, TypedSlice) and value.go_type.element == UINT8 and verb in ("s", "q", "x", "X"):
        return _bytes(layout, bytes(int(str(byte)) for byte in value), verb, "[]uint8")
    parts = (_value(layout, element, verb, top=False) for element in value)
    if layout.sharp_v and isinstance(value, NilSlice):
        return f"{value.go_type.name}(nil)"
    if layout.sharp_v:
        return f"{type_of(value).name}{{{put_together(parts, meter=layout.meter, between=', ')}}}"
    return f"[{put_together(parts, meter=layout.meter, between=' ')}]"


def _map(layout: Layout, value: dict[object, object], verb: str) -> str:
    parts = (
        f"{_value(layout, key, verb, top=False)}:{_value(layout, element, verb, top=False)}"
        for key, element in sorted_items(value)
    )
    if layout.sharp_v and isinstance(value, NilMap):
        return f"{type_of(value).name}(nil)"
    if layout.sharp_v:
        return f"{type_of(value).name}{{{put_together(parts, meter=layout.meter, between=', ')}}}"
    return f"map[{put_together(parts, meter=layout.meter, between=' ')}]"


def _nil_pointer(layout: Layout, value: GoObject, verb: str) -> str:
    if verb in _POINTER_VERBS:
        return format_integer(layout, 0, verb, signed=False) or ""
    name = type_of(value).name
    nothing = f"({name})(nil)" if layout.sharp_v else "<nil>"
    return layout.padded(nothing) if verb == "v" else f"%!{verb}({name}=<nil>)"


def _object(layout: Layout, value: GoObject, verb: str, *, top: bool) -> str:
    """Print a struct by its fields; a pointer to one only where it stands alone."""
    is_pointer = kind_of(value) is Kind.POINTER
    if is_pointer and not top:
        return _nil_pointer(layout, value, verb) if value.is_nil else ADDRESS
    fields = (
        (f"{name}:" if layout.plus_v or layout.sharp_v else "") + _value(layout, field, verb, top=False)
        for name, field in value.go_fields().items()
    )
    mark = "&" if is_pointer else ""
    if layout.sharp_v:
        return f"{mark}{type_of(value).name.removeprefix('*')}{{{', '.join(fields)}}}"
    return f"{mark}{{{' '.join(fields)}}}"
