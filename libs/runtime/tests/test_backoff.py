"""Delays after failures."""

from hypothesis import given
from hypothesis import strategies as st

from bulkhead_runtime.backoff import Backoff


def just_below_one() -> float:
    return 1 - 2**-53


def test_the_bound_doubles_with_each_failure_up_to_the_cap() -> None:
    backoff: Backoff[str] = Backoff(1, 10, draw=just_below_one)

    assert [round(backoff.next_delay_s("a"), 6) for _ in range(6)] == [1, 2, 4, 8, 10, 10]


def test_a_key_starts_over_when_it_is_forgotten() -> None:
    backoff: Backoff[str] = Backoff(1, 10, draw=just_below_one)
    for _ in range(4):
        backoff.next_delay_s("a")
    assert backoff.failures("a") == 4

    backoff.forget("a")

    assert backoff.failures("a") == 0
    assert round(backoff.next_delay_s("a"), 6) == 1


def test_keys_do_not_share_their_failures() -> None:
    backoff: Backoff[str] = Backoff(1, 10, draw=just_below_one)
    for _ in range(4):
        backoff.next_delay_s("a")

    assert round(backoff.next_delay_s("b"), 6) == 1


@given(
    draw=st.floats(0, 1, exclude_max=True),
    failures=st.integers(0, 100),
    base_s=st.floats(0.001, 10),
    cap_s=st.floats(10, 1000),
)
def test_no_delay_is_negative_or_above_the_cap(draw: float, failures: int, base_s: float, cap_s: float) -> None:
    backoff: Backoff[str] = Backoff(base_s, cap_s, draw=lambda: draw)
    for _ in range(failures):
        backoff.next_delay_s("a")

    assert 0 <= backoff.next_delay_s("a") <= cap_s
