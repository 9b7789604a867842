"""The few shapes that the page is made of, as SVG. Everything that comes from objects is escaped here. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import Final

from bulkhead_cli.excerpt import safe_text

CHARACTER: Final = 6.63
"""Width of a character of the small fixed-width text, in units of the page; a little more than fonts have."""
LINE: Final = 15.5
"""From one line of it to the next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Something drawn at a place."""

    height: float
    shapes: tuple[str, ...]


def text(x: float, y: float, what: str, style: str, *, anchor: str = "start") -> str:
    """Write a line of text with its baseline at y."""
    words = escape(safe_text(what, keep=""))
    return f'<text x="{x:g}" y="{y:g}" class="{style}" text-anchor="{anchor}">{words}</text>'


def box(x: float, y: float, width: float, height: float, style: str, *, radius: float = 8) -> str:
    """Draw a box with round corners."""
    return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="{radius:g}" class="{style}"/>'


def line(x: float, y: float, to_x: float, style: str) -> str:
    """Draw a line from left to right."""
    return f'<line x1="{x:g}" y1="{y:g}" x2="{to_x:g}" y2="{y:g}" class="{style}"/>'


def dot(x: float, y: float, style: str) -> str:
    """Draw a dot."""
    return f'<circle cx="{x:g}" cy="{y:g}" r="5" class="{style}"/>'


def wrapped(what: str, width: float) -> list[str]:
    """Break a text into lines that fit; a word that does not is broken where it must be."""
    room = max(int(width / CHARACTER), 8)
    lines: list[str] = []
    for word in what.split(" "):
        rest = word
        if lines and len(lines[-1]) + 1 + len(rest) <= room:
            lines[-1] += f" {rest}"
            continue
        while len(rest) > room:
            # Names of Kubernetes are best read when they break after a dot or a slash.
            cut = max(rest.rfind(mark, 0, room) for mark in "./") + 1 or room
            lines.append(rest[:cut])
            rest = rest[cut:]
        lines.append(rest)
    return lines


def paragraph(x: float, y: float, width: float, entries: Iterable[str], style: str) -> Block:
    """Write entries one below the other; what goes on in a further line is set in."""
    shapes: list[str] = []
    at = y
    for entry in entries:
        for number, each in enumerate(wrapped(entry, width - 10)):
            at += LINE
            shapes.append(text(x + (10 if number else 0), at, each, style))
    return Block(height=at - y, shapes=tuple(shapes))


def shortened(what: str, width: float) -> str:
    """Cut a name so that it fits."""
    room = max(int(width / CHARACTER), 4)
    return what if len(what) <= room else f"{what[: room - 1]}…"
