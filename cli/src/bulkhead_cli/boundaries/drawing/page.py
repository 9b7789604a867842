"""The page: an overview of all processes, then each Pod with its boxes. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from bulkhead_cli.boundaries.drawing.panels import (
    GAP,
    framed,
    gaps_panel,
    network_panel,
    process_card,
    sharing_panel,
)
from bulkhead_cli.boundaries.drawing.shapes import Block, box, line, text
from bulkhead_cli.boundaries.drawing.style import style_sheet
from bulkhead_cli.boundaries.report import Pod, Report
from bulkhead_cli.boundaries.table import OVERVIEW, summary_of

WIDTH: Final = 1280.0
_INNER: Final = WIDTH - 2 * GAP
_XMLNS: Final = "http://www.w3.org/2000/svg"
_COLUMNS: Final = 3
_ROW: Final = 25.0
_SUBTITLE: Final = "What a thief of each process would have, read from the installation's own objects."
_LOUD: Final = {"any": "strong bad", "all": "strong bad", "all, fenced": "strong warn", "none": "fixed soft"}


def svg_of_report(report: Report) -> str:
    """Draw a report."""
    at = 96.0
    shapes: list[str] = []
    overview = _overview(report, at)
    shapes += overview.shapes
    at += overview.height + GAP
    for pod in report.pods:
        drawn = _pod(pod, report, at)
        shapes += [*drawn.shapes]
        at += drawn.height + GAP
    head = [text(GAP, 44, "Boundaries", "title ink"), text(GAP, 70, _SUBTITLE, "small soft")]
    return "\n".join(
        [
            f'<svg xmlns="{_XMLNS}" viewBox="0 0 {WIDTH:g} {at:g}" width="{WIDTH:g}" height="{at:g}">',
            "<title>Boundaries of the installation</title>",
            f"<style>\n{style_sheet()}\n</style>",
            box(0, 0, WIDTH, at, "page", radius=0),
            *head,
            *shapes,
            "</svg>\n",
        ]
    )


def _overview(report: Report, y: float) -> Block:
    rows = [summary_of(each) for each in report.processes]
    height = GAP + _ROW * (len(rows) + 1) + GAP / 2
    shapes = [box(GAP, y, _INNER, height, "pod")]
    # The first column holds names, which are longer than what the others say.
    first = 260.0
    step = (_INNER - 2 * GAP - first) / (len(OVERVIEW) - 1)
    places = [2 * GAP, *(2 * GAP + first + step * number for number in range(len(OVERVIEW) - 1))]
    at = y + GAP + 8
    shapes += [text(x, at, _title(title), "label soft") for x, title in zip(places, OVERVIEW, strict=True)]
    for row in rows:
        shapes.append(line(2 * GAP, at + 8, WIDTH - 2 * GAP, "rule"))
        at += _ROW
        for number, (x, cell) in enumerate(zip(places, row, strict=True)):
            style = "strong ink" if number == 0 else _style(cell)
            shapes.append(text(x, at, cell, style))
    return Block(height=height, shapes=tuple(shapes))


def _title(words: str) -> str:
    first, _, rest = words.partition(" ")
    return (
        f"{first if first == 'API' else first.capitalize()} {rest.lower() if rest != 'SECRETS' else 'Secrets'}".strip()
    )


def _style(cell: str) -> str:
    return "fixed warn" if cell.startswith("shared with") else _LOUD.get(cell, "fixed ink")


def _pod(pod: Pod, report: Report, y: float) -> Block:
    kind, namespace, name = pod.id.split("/", 2)
    shapes = [
        text(2 * GAP, y + 32, f"Pod of {kind} {name}", "head ink"),
        text(WIDTH - 2 * GAP, y + 32, f"namespace {namespace}", "fixed soft", anchor="end"),
    ]
    at = y + 48
    for row in _rows(pod, report):
        drawn = _row(row, at)
        shapes += drawn.shapes
        at += drawn.height + GAP
    return Block(height=at - y, shapes=(box(GAP, y, _INNER, at - y, "pod", radius=12), *shapes))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Panel:
    """A box of a row, drawn once it has a place."""

    draw: Callable[[float, float, float], Block]
    """Takes left, top and width."""
    style: str = "card"
    weight: float = 1
    """How wide it is beside the others of its row."""


def _rows(pod: Pod, report: Report) -> list[list[_Panel]]:
    processes = list(report.in_pod(pod))
    cards = [_Panel(draw=partial(process_card, each)) for each in processes]
    network = _Panel(draw=partial(network_panel, pod, report))
    gaps = _Panel(draw=partial(gaps_panel, pod), style="gap")
    if len(cards) == 1:
        return [[replace(cards[0], weight=2), network, gaps]]
    rows = [cards[at : at + _COLUMNS] for at in range(0, len(cards), _COLUMNS)]
    return [*rows, [_Panel(draw=partial(sharing_panel, processes))], [network, gaps]]


def _row(panels: Sequence[_Panel], y: float) -> Block:
    unit = (_INNER - 2 * GAP - GAP * (len(panels) - 1)) / sum(panel.weight for panel in panels)
    widths = [unit * panel.weight for panel in panels]
    places = [2 * GAP + sum(widths[:number]) + number * GAP for number in range(len(panels))]
    blocks = [panel.draw(x, y, width) for panel, x, width in zip(panels, places, widths, strict=True)]
    height = max(block.height for block in blocks)
    shapes = [
        shape
        for panel, block, x, width in zip(panels, blocks, places, widths, strict=True)
        for shape in framed(block, x, y, width, height, panel.style)
    ]
    return Block(height=height, shapes=tuple(shapes))
