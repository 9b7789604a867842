"""Values of JSON as YAML in block style, byte for byte as go-yaml 2 writes them.

Source: go.yaml.in/yaml/v2, encode.go and emitterc.go, which is libyaml's emitter.
"""

from typing import Final

from bulkhead_templating.float_digits import float_text
from bulkhead_templating.goyaml.key_order import sorted_keys
from bulkhead_templating.goyaml.lines import Lines
from bulkhead_templating.goyaml.scalar_styles import Style, has_break, style_of
from bulkhead_templating.goyaml.scalar_writer import write_scalar
from bulkhead_templating.limits import Meter

_STEP: Final = 2
_LONGEST_SIMPLE_KEY_BYTES: Final = 128


def yaml_of(value: object, *, meter: Meter) -> str:
    """Write a value of None, bools, numbers, strings, lists and dicts; a line break ends it."""
    writer = _Writer(meter)
    writer.node(value, -1, in_mapping=False)
    writer.lines.indent_to(-1)
    return writer.lines.text()


class _Writer:
    """Writes nodes one after the other."""

    def __init__(self, meter: Meter) -> None:
        self.lines = Lines()
        self._meter = meter

    def node(self, value: object, indent: int, *, in_mapping: bool) -> None:
        """Write a node within something that is indented so far, -1 for the document."""
        self._meter.step()
        if isinstance(value, list):
            self._sequence(value, indent, in_mapping=in_mapping)
        elif isinstance(value, dict):
            self._mapping(value, indent)
        else:
            self._scalar(value, indent, is_simple_key=False)

    def _sequence(self, items: list[object], indent: int, *, in_mapping: bool) -> None:
        if not items:
            self._empty("[]")
            return
        # The dashes of a list stand right below its key.
        inner = indent if in_mapping and not self.lines.indention else _deeper(indent)
        for item in items:
            self.lines.indent_to(inner)
            self.lines.indicator("-", needs_space=True, is_indention=True)
            self.node(item, inner, in_mapping=False)

    def _mapping(self, members: dict[str, object], indent: int) -> None:
        if not members:
            self._empty("{}")
            return
        inner = _deeper(indent)
        for key in sorted_keys(members):
            self.lines.indent_to(inner)
            if not has_break(key) and len(key.encode()) <= _LONGEST_SIMPLE_KEY_BYTES:
                self._scalar(key, inner, is_simple_key=True)
                self.lines.indicator(":", needs_space=False)
            else:
                self.lines.indicator("?", needs_space=True, is_indention=True)
                self._scalar(key, inner, is_simple_key=False)
                self.lines.indent_to(inner)
                self.lines.indicator(":", needs_space=True, is_indention=True)
            self.node(members[key], inner, in_mapping=True)

    def _empty(self, brackets: str) -> None:
        self.lines.indicator(brackets[0], needs_space=True, is_whitespace=True)
        self.lines.indicator(brackets[1], needs_space=False)

    def _scalar(self, value: object, indent: int, *, is_simple_key: bool) -> None:
        inner = _STEP if indent < 0 else indent + _STEP
        if isinstance(value, str):
            self._meter.allocate(len(value))
            self._meter.take_apart(value)
            write_scalar(
                self.lines, value, style_of(value, is_simple_key=is_simple_key), inner, wraps=not is_simple_key
            )
        else:
            write_scalar(self.lines, _plain(value), Style.PLAIN, inner, wraps=True)


def _deeper(indent: int) -> int:
    return 0 if indent < 0 else indent + _STEP


def _plain(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return float_text(value, "g", None, 64)
    return str(value)
