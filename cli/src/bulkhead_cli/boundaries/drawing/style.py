"""Colours and fonts of the page, for light screens and for dark ones. Pure."""

from typing import Final

_FIXED: Final = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace"
_WORDS: Final = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', 'Liberation Sans', sans-serif"

KINDS: Final = {
    "credentials": "#c2410c",
    "identities": "#7c3aed",
    "accounts": "#1d4ed8",
    "API rights": "#1d4ed8",
    "reads Secrets": "#be123c",
    "writes Secrets": "#be123c",
    "backends": "#0f766e",
    "serves": "#0f766e",
    "reaches": "#0f766e",
    "is reached by": "#0f766e",
    "metadata": "#b45309",
    "privileges": "#b91c1c",
}
"""Colour of the mark before each title; the same on light and dark."""

_LIGHT: Final = {
    ".page": "fill: #f6f7f9",
    ".pod": "fill: #ffffff; stroke: #cbd2da",
    ".card": "fill: #f8fafc; stroke: #d5dbe3",
    ".gap": "fill: #fff8eb; stroke: #f0cf8e",
    ".ink": "fill: #17202a",
    ".soft": "fill: #5b6776",
    ".bad": "fill: #b3122b",
    ".warn": "fill: #92560a",
    ".rule": "stroke: #d5dbe3",
    ".wire": "stroke: #2f6fdb",
    ".knot": "fill: #2f6fdb; stroke: #2f6fdb",
    ".ring": "fill: #ffffff; stroke: #2f6fdb",
    ".leak": "stroke: #d97706",
    ".drop": "fill: #d97706; stroke: #d97706",
}
_DARK: Final = {
    ".page": "fill: #0f141a",
    ".pod": "fill: #171e26; stroke: #33404e",
    ".card": "fill: #1d2630; stroke: #344250",
    ".gap": "fill: #2a2213; stroke: #6d5423",
    ".ink": "fill: #e8edf2",
    ".soft": "fill: #9aa7b5",
    ".bad": "fill: #ff8a97",
    ".warn": "fill: #f3c06b",
    ".rule": "stroke: #344250",
    ".wire": "stroke: #7fb0ff",
    ".knot": "fill: #7fb0ff; stroke: #7fb0ff",
    ".ring": "fill: #171e26; stroke: #7fb0ff",
    ".leak": "stroke: #f0a83a",
    ".drop": "fill: #f0a83a; stroke: #f0a83a",
}
_SHAPES: Final = f"""\
.pod, .card, .gap, .rule {{ stroke-width: 1 }}
.wire, .leak {{ stroke-width: 2.5 }}
.knot, .ring, .drop {{ stroke-width: 2 }}
.fixed {{ font: 11px {_FIXED} }}
.strong {{ font: 600 11px {_FIXED} }}
.small {{ font: 11.5px {_WORDS} }}
.label {{ font: 600 11.5px {_WORDS} }}
.name {{ font: 600 15px {_WORDS} }}
.head {{ font: 600 17px {_WORDS} }}
.title {{ font: 700 24px {_WORDS} }}"""


def style_sheet() -> str:
    """Give the page's style sheet."""
    dark = "\n".join(f"  {line}" for line in _rules(_DARK))
    return "\n".join([_SHAPES, *_rules(_LIGHT), "@media (prefers-color-scheme: dark) {", dark, "}"])


def _rules(colours: dict[str, str]) -> list[str]:
    return [f"{name} {{ {value} }}" for name, value in colours.items()]
