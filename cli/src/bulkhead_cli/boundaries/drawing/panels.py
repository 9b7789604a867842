"""The boxes of the page: one for each process, and what belongs to a whole Pod. Pure."""

from collections.abc import Sequence
from typing import Final

from bulkhead_cli.boundaries.drawing.shapes import Block, box, dot, line, paragraph, shortened, text
from bulkhead_cli.boundaries.drawing.style import KINDS
from bulkhead_cli.boundaries.grants import Shares
from bulkhead_cli.boundaries.report import Pod, Process, Report
from bulkhead_cli.boundaries.table import network_of, sections_of

GAP: Final = 16.0
"""Between boxes, and from a box's edge to what is in it."""

_ROW: Final = 26.0
_LABELS: Final = 250.0
_NOT_HERE: Final = ("shares",)


def process_card(process: Process, x: float, y: float, width: float) -> Block:
    """Draw what a process has."""
    user = "the image's user" if process.user is None else f"user {process.user}"
    shapes = [
        text(x + GAP, y + 25, process.id, "name ink"),
        text(x + width - GAP, y + 25, user, "fixed soft", anchor="end"),
        line(x + GAP, y + 36, x + width - GAP, "rule"),
    ]
    sections = [(title, entries) for title, entries in sections_of(process) if title not in _NOT_HERE]
    body = _sections([each for each in sections if each[1]], x + GAP, y + 38, width - 2 * GAP)
    at = y + 38 + body.height
    missing = [title for title, entries in sections if not entries]
    last = paragraph(x + GAP, at + 6, width - 2 * GAP, [f"none: {', '.join(missing)}"] if missing else [], "fixed soft")
    return Block(height=at + 6 + last.height + GAP - y, shapes=(*shapes, *body.shapes, *last.shapes))


def network_panel(pod: Pod, report: Report, x: float, y: float, width: float) -> Block:
    """Draw what the network of a Pod permits."""
    head = text(x + GAP, y + 25, "Network of this Pod", "name ink")
    sections = [each for each in network_of(pod, report) if each[1] or each[0] != "metadata"]
    filled = [(title, entries or ["nobody" if title == "is reached by" else "nothing"]) for title, entries in sections]
    body = _sections(filled, x + GAP, y + 32, width - 2 * GAP)
    return Block(height=32 + body.height + GAP, shapes=(head, *body.shapes))


def gaps_panel(pod: Pod, x: float, y: float, width: float) -> Block:
    """Draw what a Pod does not isolate."""
    shapes = [text(x + GAP, y + 25, "Not isolated here", "name warn")]
    at = y + 32
    for each in pod.not_isolated:
        shapes.append(text(x + GAP, at + 16, each.what, "label warn"))
        body = paragraph(x + GAP, at + 17, width - 2 * GAP, [each.says], "fixed ink")
        shapes += body.shapes
        at += 17 + body.height + 7
    return Block(height=at - y + GAP - 7, shapes=tuple(shapes))


def sharing_panel(processes: Sequence[Process], x: float, y: float, width: float) -> Block:
    """Draw which processes of a Pod have what in common: a line for each thing, with a dot for each process."""
    rows = _rows(processes)
    step = (width - 2 * GAP - _LABELS) / len(processes)
    columns = {each.id: x + GAP + _LABELS + step * (number + 0.5) for number, each in enumerate(processes)}
    shapes = [text(x + GAP, y + 25, "What they share", "name ink")]
    shapes += [
        text(at, y + 25, shortened(name, step - 8), "strong ink", anchor="middle") for name, at in columns.items()
    ]
    at = y + 32
    for label, sharing in rows:
        at += _ROW
        places = [columns[name] for name in sharing]
        kind = ("leak", "drop") if label.startswith("network") else ("wire", "knot")
        shapes.append(text(x + GAP, at + 4, shortened(label, _LABELS - 8), "fixed ink"))
        shapes.append(line(min(places), at, max(places), kind[0]))
        shapes += [dot(columns[name], at, kind[1] if writes else "ring") for name, writes in sharing.items()]
    note = "filled: may write; ring: may only read" if any(not all(each.values()) for _, each in rows) else ""
    if note:
        at += _ROW
        shapes.append(text(x + GAP, at, note, "small soft"))
    return Block(height=at + GAP + 4 - y, shapes=tuple(shapes))


def framed(block: Block, x: float, y: float, width: float, height: float, style: str) -> tuple[str, ...]:
    """Give a block with its box behind it."""
    return (box(x, y, width, height, style), *block.shapes)


def _sections(sections: Sequence[tuple[str, list[str]]], x: float, y: float, width: float) -> Block:
    shapes: list[str] = []
    at = y
    for title, entries in sections:
        colour = KINDS.get(title, "#64748b")
        shapes.append(f'<rect x="{x:g}" y="{at + 8:g}" width="8" height="8" rx="2" fill="{colour}"/>')
        shapes.append(text(x + 14, at + 16, title, "label ink"))
        style = "fixed bad" if title == "privileges" else "fixed warn" if title == "metadata" else "fixed ink"
        body = paragraph(x + 14, at + 17, width - 14, entries, style)
        shapes += body.shapes
        at += 17 + body.height + 7
    return Block(height=at - y, shapes=tuple(shapes))


def _rows(processes: Sequence[Process]) -> list[tuple[str, dict[str, bool]]]:
    """Give each shared thing with the processes that have it, and whether each may write to it."""
    here = {each.id for each in processes}
    rows: dict[str, dict[str, bool]] = {}
    for process in processes:
        for share in process.having(Shares):
            if share.other in here:
                rows.setdefault(_label(share), {})[process.id] = share.writable or share.what != "volume"
    return sorted(rows.items(), key=lambda row: (not row[0].startswith("network"), row[0]))


def _label(share: Shares) -> str:
    match share.what:
        case "network":
            return "network namespace"
        case "processes":
            return "process namespace"
        case "user":
            return f"user {share.name}"
        case _:
            return f"volume {share.name}"
