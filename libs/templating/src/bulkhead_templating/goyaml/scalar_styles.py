"""Which style a string is written in.

Source: go.yaml.in/yaml/v2, encode.go (stringv) and emitterc.go (analyze_scalar, select_scalar_style).
"""

import re
from enum import StrEnum
from typing import Final

from bulkhead_templating.goyaml.scalars import reads_as_text

BREAKS: Final = "\r\n\x85\u2028\u2029"
_BREAK: Final = re.compile(f"[{BREAKS}]")
# What is beyond 16 bits counts as not printable, so an emoji is written as an escape.
_UNPRINTABLE: Final = re.compile("[^\n\x20-\x7e\xa0-\ufefe\uff00-\ufffd]")
_SPACE_BEFORE_BREAK: Final = re.compile(f" [{BREAKS}]")
_SPACE_AFTER_BREAK: Final = re.compile(f"[{BREAKS}] ")
_BLOCK_INDICATORS: Final = re.compile(
    r"(?:---|\.\.\.)|[#,\[\]{}&*!|>'\"%@`]|[?:-](?:[ \t]|\Z)"  # at the start
)
_INNER_INDICATORS: Final = re.compile(f":(?:[ \t]|\\Z)|[ \t{BREAKS}\0]#")


class Style(StrEnum):
    """How a scalar is written."""

    PLAIN = "plain"
    SINGLE_QUOTED = "single-quoted"
    DOUBLE_QUOTED = "double-quoted"
    LITERAL = "literal"


def has_break(text: str) -> bool:
    """Say whether it has more than one line."""
    return _BREAK.search(text) is not None


def is_printable(rune: str) -> bool:
    """Say whether go-yaml writes it as it is."""
    return not _UNPRINTABLE.match(rune)


def style_of(text: str, *, is_simple_key: bool) -> Style:
    """Choose the style of a string."""
    multiline = has_break(text)
    can_be_quoted = not _UNPRINTABLE.search(text) and not _SPACE_BEFORE_BREAK.search(text)
    if "\n" in text:
        # A space at the end would be lost on many ways from here.
        literal = can_be_quoted and not text.endswith(" ") and not is_simple_key
        return Style.LITERAL if literal else Style.DOUBLE_QUOTED
    if not reads_as_text(text):
        return Style.DOUBLE_QUOTED
    if is_simple_key and multiline:
        return Style.DOUBLE_QUOTED
    if can_be_quoted and not multiline and _can_be_plain(text) and (text or not is_simple_key):
        return Style.PLAIN
    return Style.SINGLE_QUOTED if can_be_quoted and not _SPACE_AFTER_BREAK.search(text) else Style.DOUBLE_QUOTED


def _can_be_plain(text: str) -> bool:
    if text[:1] == " " or text[-1:] == " ":
        return False
    return not _BLOCK_INDICATORS.match(text) and not _INNER_INDICATORS.search(text, 0 if text[:1] != ":" else 1)
