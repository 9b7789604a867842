"""How many Secrets may be deleted in a window of time."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkhead_controller.brakes.delete_budget import DeleteBudget
from bulkhead_controller.brakes.limits import Limits

START = datetime(2026, 11, 24, 12, tzinfo=UTC)
WINDOW = timedelta(minutes=10)
MINUTE = timedelta(minutes=1)


def budget(percent: int = 10, floor: int = 2) -> DeleteBudget:
    return DeleteBudget(Limits(percent=percent, window=WINDOW, floor=floor))


def let_through(budget: DeleteBudget, *, wanted: int, total: int, now: datetime = START) -> int:
    """Say how many of the wanted deletions the budget lets through; each makes the total smaller."""
    done = 0
    for _ in range(wanted):
        done += budget.spend(total=total - done, now=now) is not None
    return done


@pytest.mark.parametrize(
    ("percent", "floor", "total", "want"),
    [
        pytest.param(10, 2, 200, 20, id="a-share-of-what-there-was"),
        pytest.param(10, 2, 205, 20, id="a-share-rounded-down"),
        pytest.param(10, 2, 5, 2, id="the-floor-in-a-small-cluster"),
        pytest.param(10, 0, 5, 0, id="nothing-without-a-floor-in-a-small-cluster"),
        pytest.param(100, 0, 50, 50, id="everything"),
        pytest.param(1, 0, 0, 0, id="nothing-where-there-is-nothing"),
    ],
)
def test_budget_lets_through(percent: int, floor: int, total: int, want: int) -> None:
    assert let_through(budget(percent, floor), wanted=100, total=total) == want


def test_deletion_leaves_the_window_after_its_time() -> None:
    spending = budget()
    assert let_through(spending, wanted=1, total=5) == 1
    assert let_through(spending, wanted=9, total=5, now=START + MINUTE) == 1
    assert spending.frees_in(START + 4 * MINUTE) == 6 * MINUTE
    assert let_through(spending, wanted=9, total=5, now=START + WINDOW - MINUTE) == 0
    assert let_through(spending, wanted=9, total=5, now=START + WINDOW) == 1
    assert let_through(spending, wanted=9, total=5, now=START + WINDOW + MINUTE) == 1


def test_deletion_that_was_not_made_is_given_back_once() -> None:
    spending = budget()
    first = spending.spend(total=5, now=START)
    assert first is not None
    assert spending.spend(total=5, now=START) is not None
    for _ in range(2):
        spending.give_back(first)
    assert let_through(spending, wanted=9, total=5) == 1


def test_clock_that_was_set_back_holds_nothing_for_longer_than_the_window() -> None:
    spending = budget()
    assert let_through(spending, wanted=2, total=5, now=START + timedelta(days=365)) == 2
    assert let_through(spending, wanted=2, total=5, now=START) == 0
    assert let_through(spending, wanted=2, total=5, now=START + WINDOW) == 2


def test_budget_that_nothing_was_spent_of_is_free_at_once() -> None:
    assert budget().frees_in(START) == timedelta(0)


@given(
    steps=st.lists(st.tuples(st.integers(0, 300), st.integers(0, 500)), max_size=60),
    percent=st.integers(1, 100),
    floor=st.integers(0, 20),
)
def test_no_window_has_more_deletions_than_the_limits_allow(
    steps: list[tuple[int, int]], percent: int, floor: int
) -> None:
    limits = Limits(percent=percent, window=WINDOW, floor=floor)
    spending, now, made = DeleteBudget(limits), START, []
    for wait_s, total in steps:
        now += timedelta(seconds=wait_s)
        if spending.spend(total=total, now=now) is not None:
            made.append(now)
            recent = [each for each in made if each + WINDOW > now]
            assert len(recent) <= limits.most(max(most for _, most in steps))


@pytest.mark.parametrize(
    ("window", "want"),
    [
        pytest.param(timedelta(minutes=10), "10m", id="minutes"),
        pytest.param(timedelta(hours=2), "120m", id="hours"),
        pytest.param(timedelta(seconds=90), "90s", id="seconds"),
        pytest.param(timedelta(seconds=1.5), "1.5s", id="parts-of-a-second"),
    ],
)
def test_window_is_shown_as_a_duration(window: timedelta, want: str) -> None:
    assert Limits(percent=1, window=window, floor=0).duration == want
