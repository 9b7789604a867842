"""Strings written in a style, with long lines folded.

Source: go.yaml.in/yaml/v2, emitterc.go.
"""

from typing import Final

from bulkhead_templating.goyaml.lines import Lines
from bulkhead_templating.goyaml.scalar_styles import BREAKS, Style, is_printable

_WIDTH: Final = 80
_BOM: Final = "\ufeff"
_SHORT: Final = {
    "\0": "0", "\a": "a", "\b": "b", "\t": "t", "\n": "n", "\v": "v", "\f": "f", "\r": "r", "\x1b": "e", '"': '"',
    "\\": "\\", "\x85": "N", "\xa0": "_", "\u2028": "L", "\u2029": "P",
}  # fmt: skip


def write_scalar(lines: Lines, text: str, style: Style, indent: int, *, wraps: bool) -> None:
    """Write a scalar.

    Args:
        lines: where to.
        text: what.
        style: how.
        indent: of the lines after the first.
        wraps: whether long lines are folded.
    """
    match style:
        case Style.PLAIN:
            if not lines.whitespace:
                lines.put(" ")
            _write_flowing(lines, text, indent, wraps=wraps, is_quoted=False)
        case Style.SINGLE_QUOTED:
            lines.indicator("'", needs_space=True)
            _write_flowing(lines, text, indent, wraps=wraps, is_quoted=True)
            lines.indicator("'", needs_space=False)
        case Style.DOUBLE_QUOTED:
            lines.indicator('"', needs_space=True)
            _write_escaped(lines, text, indent, wraps=wraps)
            lines.indicator('"', needs_space=False)
        case Style.LITERAL:
            _write_literal(lines, text, indent)
            return
    lines.whitespace = False
    lines.indention = False


def _write_flowing(lines: Lines, text: str, indent: int, *, wraps: bool, is_quoted: bool) -> None:
    spaces = breaks = False
    last = len(text) - 1
    for position, rune in enumerate(text):
        if rune == " ":
            folds = wraps and not spaces and lines.column > _WIDTH and 0 < position < last and text[position + 1] != " "
            if folds:
                lines.indent_to(indent)
            else:
                lines.put(rune)
            spaces = True
        elif rune in BREAKS:
            if not breaks and rune == "\n":
                lines.line_break()
            lines.line_break(rune)
            lines.indention = breaks = True
        else:
            if breaks:
                lines.indent_to(indent)
            lines.put("''" if is_quoted and rune == "'" else rune)
            lines.indention = spaces = breaks = False


def _write_escaped(lines: Lines, text: str, indent: int, *, wraps: bool) -> None:
    spaces = False
    last = len(text) - 1
    # The original looks for this mark at the start of the text whatever rune it is about to write.
    escapes_all = text.startswith(_BOM)
    for position, rune in enumerate(text):
        if escapes_all or not is_printable(rune) or rune in BREAKS or rune in '"\\':
            lines.put(_escape(rune))
            spaces = False
        elif rune == " ":
            if wraps and not spaces and lines.column > _WIDTH and 0 < position < last:
                lines.indent_to(indent)
                if text[position + 1] == " ":
                    lines.put("\\")
            else:
                lines.put(rune)
            spaces = True
        else:
            lines.put(rune)
            spaces = False


def _escape(rune: str) -> str:
    if rune in _SHORT:
        return "\\" + _SHORT[rune]
    code = ord(rune)
    if code <= 0xFF:
        return f"\\x{code:02X}"
    return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"


def _write_literal(lines: Lines, text: str, indent: int) -> None:
    lines.indicator("|", needs_space=True)
    if text[0] == " " or text[0] in BREAKS:
        lines.indicator("2", needs_space=False)
    if text[-1] not in BREAKS:
        lines.indicator("-", needs_space=False)
    elif len(text) == 1 or text[-2] in BREAKS:
        lines.indicator("+", needs_space=False)
    lines.line_break()
    lines.indention = lines.whitespace = True
    breaks = True
    for rune in text:
        if rune in BREAKS:
            lines.line_break(rune)
            lines.indention = breaks = True
        else:
            if breaks:
                lines.indent_to(indent)
            lines.put(rune)
            lines.indention = breaks = False
