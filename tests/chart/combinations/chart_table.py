"""The table of combinations: reads it, and makes it anew when it is run as a program."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from chart_axes import DESIGN, WALLS
from chart_covering import covering

TABLE: Final = Path(__file__).with_name("combinations.tsv")
_LEAST: Final = 206
_SEED: Final = 7
_IN_THE_ID: Final = ("topology", "profile", "issuer", "webhook")


def rows_of_table() -> dict[str, dict[str, str]]:
    """Give the option of each axis by the combination's id, in the order of the file."""
    head, *lines = (line.split("\t") for line in TABLE.read_text().splitlines())
    return {cells[0]: dict(zip(head[1:], cells[1:], strict=True)) for cells in lines}


def text_of(rows: Sequence[dict[str, str]]) -> str:
    """Give the table; ids say what differs most."""
    lines = [["id", *DESIGN.axes]]
    for number, row in enumerate(rows):
        lines.append(["-".join([f"{number:03}", *(row[axis] for axis in _IN_THE_ID)]), *row.values()])
    return "".join("\t".join(line) + "\n" for line in lines)


def made_anew() -> str:
    """Make the table: any two options of all axes occur together, and any three of those that are about walls."""
    wanted = {*DESIGN.tuples(list(DESIGN.axes), 2), *DESIGN.tuples(WALLS, 3)}
    rows = covering(DESIGN, wanted, least=_LEAST, seed=_SEED)
    return text_of([{name: row[name] for name in DESIGN.axes} for row in rows])


if __name__ == "__main__":
    TABLE.write_text(made_anew())
