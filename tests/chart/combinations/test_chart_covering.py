"""The table of combinations is long enough, says what it should, and has what should meet."""

from collections.abc import Sequence
from itertools import combinations, product
from typing import Final

import pytest
from chart_axes import AXES, DESIGN, FORBIDDEN, WALLS, merged, values_of
from chart_covering import Design, Row, covering, missing
from chart_table import rows_of_table, text_of

ROWS: Final = list(rows_of_table().values())
SMALL: Final = Design(
    axes={"a": ("1", "2"), "b": ("1", "2", "3"), "c": ("1", "2"), "d": ("1", "2")},
    forbidden=[{"a": "2", "b": "3"}, {"c": "2", "d": "2"}],
)


def test_there_are_at_least_200_combinations_and_no_two_are_alike() -> None:
    assert len(ROWS) >= 200
    assert len({tuple(sorted(row.items())) for row in ROWS}) == len(ROWS)


def test_the_first_combination_is_the_charts_defaults() -> None:
    assert values_of(ROWS[0]) == {"crds": {"create": False}}


def test_every_row_has_an_option_of_each_axis() -> None:
    assert all(list(row) == list(AXES) and all(option in AXES[axis] for axis, option in row.items()) for row in ROWS)


def test_an_id_says_where_a_row_stands_and_what_is_in_it() -> None:
    assert next(iter(rows_of_table())) == "000-sidecar-strict-bulkhead-on"
    assert text_of(ROWS).splitlines()[1:] == ["\t".join([name, *row.values()]) for name, row in rows_of_table().items()]


def test_nothing_is_combined_that_the_chart_refuses() -> None:
    assert [row for row in ROWS if not DESIGN.is_allowed(row)] == []


@pytest.mark.slow
def test_any_two_options_meet_that_go_together_and_any_three_of_those_about_walls() -> None:
    assert missing(DESIGN, ROWS, list(AXES), 2) == set()
    assert missing(DESIGN, ROWS, WALLS, 3) == set()


def test_only_what_is_refused_is_left_out() -> None:
    pairs = {frozenset(each.items()) for each in FORBIDDEN}
    possible = {
        frozenset({(one, option), (two, other)})
        for one, two in combinations(AXES, 2)
        for option, other in product(AXES[one], AXES[two])
    }
    assert possible - set(DESIGN.tuples(list(AXES), 2)) == pairs


@pytest.mark.parametrize("strength", [2, 3])
def test_a_covering_has_all_that_is_wanted_and_nothing_that_is_forbidden(strength: int) -> None:
    wanted = set(SMALL.tuples(list(SMALL.axes), strength))
    rows = covering(SMALL, wanted, least=0, seed=1)
    assert missing(SMALL, rows, list(SMALL.axes), strength) == set()
    assert all(SMALL.is_allowed(row) for row in rows)
    assert covering(SMALL, wanted, least=0, seed=1) == rows


def test_what_is_missing_is_said() -> None:
    rows: Sequence[Row] = [{"a": "1", "b": "1", "c": "1", "d": "1"}]
    left = missing(SMALL, rows, ["a", "b"], 2)
    assert left == {
        frozenset({("a", one), ("b", two)}) for one, two in [("1", "2"), ("1", "3"), ("2", "1"), ("2", "2")]
    }


def test_values_are_put_over_others_as_helm_does() -> None:
    assert merged({"a": {"b": 1, "c": [1]}}, {"a": {"c": [2], "d": 3}}) == {"a": {"b": 1, "c": [2], "d": 3}}
