"""docs/templating.md against the functions: every one stands there, and every example prints what the page says."""

import re
import secrets
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest
from crypto_templates import FUNCTIONS
from documented_values import made_values

from bulkhead_templating import Environment, Limits, Meter, MissingKey, TemplateError, parse
from bulkhead_templating.kinds import STRING
from bulkhead_templating.predefined import PREDEFINED
from bulkhead_templating.text import text_of
from bulkhead_templating.values import TypedMap

PAGE: Final = (Path(__file__).parents[3] / "docs" / "templating.md").read_text()
NOW: Final = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def rows_below(head: str) -> Iterator[list[str]]:
    """Give the cells of all tables with this head; a bar within a cell has a backslash before it."""
    for table in PAGE.split(f"\n{head}\n")[1:]:
        for line in table.partition("\n\n")[0].splitlines()[1:]:
            yield [cell.replace("\\|", "|").strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def code(cell: str) -> str:
    """Give what stands between backquotes; ↵ stands for a line end."""
    assert cell[0] == cell[-1] == "`", cell
    return cell[1:-1].replace("↵", "\n")


@dataclass(frozen=True, slots=True)
class Documented:
    """A row of the reference."""

    name: str
    example: str
    prints: str


def documented(signature: str, _gives: str, example: str, prints: str) -> Documented:
    return Documented(code(signature).partition(" ")[0], code(example), prints)


FUNCTION_ROWS: Final = [documented(*cells) for cells in rows_below("| function | what it gives | example | prints |")]
BLOCKS: Final = re.findall(r"```gotemplate\n(.*?)```\n+```output\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture(scope="module")
def values() -> Mapping[str, str]:
    written = {code(name): code(holds) for name, holds in rows_below("| key | holds |") if holds.startswith("`")}
    made = {code(name) for name, holds in rows_below("| key | holds |") if not holds.startswith("`")}
    assert made == made_values().keys()
    return {**written, **made_values()}


def render(template: str, values: Mapping[str, str]) -> str:
    environment = Environment(
        now_ns=int(NOW.timestamp()) * 10**9, random_bytes=secrets.token_bytes, meter=Meter(Limits())
    )
    rendered = parse("t", template, functions=FUNCTIONS).execute(
        TypedMap(STRING, STRING, values),
        functions=FUNCTIONS,
        environment=environment,
        missing_key=MissingKey.ERROR,
    )
    return text_of(rendered)


@pytest.mark.parametrize("row", [pytest.param(row, id=row.name) for row in FUNCTION_ROWS])
def test_the_example_of_a_function_prints_what_the_page_says(row: Documented, values: Mapping[str, str]) -> None:
    said, _, shown = row.prints.rpartition(" `")
    if said == "error":
        with pytest.raises(TemplateError, match=re.escape(code(f"`{shown}"))):
            render(row.example, values)
    elif said == "such as":
        assert re.fullmatch(code(f"`{shown}"), render(row.example, values))
    else:
        assert render(row.example, values) == code(row.prints)


@pytest.mark.parametrize("block", [pytest.param(block, id=f"block {place}") for place, block in enumerate(BLOCKS, 1)])
def test_a_template_of_the_page_prints_what_stands_below_it(block: tuple[str, str], values: Mapping[str, str]) -> None:
    template, output = block
    assert render(template, values) == output


def test_every_function_stands_on_the_page_once_and_no_other() -> None:
    counts = Counter(row.name for row in FUNCTION_ROWS)
    assert {name for name, count in counts.items() if count > 1} == set()
    assert counts.keys() == FUNCTIONS.keys() | PREDEFINED.keys()
    assert f"all {len(counts)}, with an example of each" in PAGE


def test_the_example_of_a_function_calls_it() -> None:
    assert [row.name for row in FUNCTION_ROWS if not re.search(rf"\b{row.name}\b", row.example)] == []


def test_every_template_of_the_page_has_its_output_below_it() -> None:
    assert len(BLOCKS) == PAGE.count("```gotemplate") == PAGE.count("```output")


def test_the_page_names_the_limits_that_hold() -> None:
    bounds = {code(name): code(default) for name, default, _counts in rows_below("| bound | default | what counts |")}
    limits = Limits()
    assert bounds == {
        "steps": f"{limits.steps:,}",
        "output": f"{limits.output_bytes // 2**20} MiB",
        "depth": str(limits.depth),
        "memory": f"{limits.memory_bytes // 2**20} MiB",
    }
