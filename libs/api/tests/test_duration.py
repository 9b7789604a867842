from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkhead_api.duration import duration_from_go


@pytest.mark.parametrize(
    ("text", "want"),
    [
        pytest.param("1h0m0s", timedelta(hours=1), id="as-kubernetes-writes-an-hour"),
        pytest.param("0", timedelta(0), id="zero-needs-no-unit"),
        pytest.param("-0", timedelta(0), id="minus-zero"),
        pytest.param("0s", timedelta(0), id="zero-seconds"),
        pytest.param("1.5h", timedelta(minutes=90), id="a-fraction"),
        pytest.param(".5s", timedelta(milliseconds=500), id="a-fraction-without-a-whole"),
        pytest.param("1.s", timedelta(seconds=1), id="a-point-without-a-fraction"),
        pytest.param("-1m30s", timedelta(seconds=-90), id="negative"),
        pytest.param("+5s", timedelta(seconds=5), id="with-a-plus"),
        pytest.param("1m1m", timedelta(minutes=2), id="a-unit-twice"),
        pytest.param("30s1h", timedelta(hours=1, seconds=30), id="units-in-any-order"),
        pytest.param("1500us", timedelta(microseconds=1500), id="microseconds"),
        pytest.param("2µs", timedelta(microseconds=2), id="micro-sign"),
        pytest.param("2μs", timedelta(microseconds=2), id="greek-mu"),
        pytest.param("1001ns", timedelta(microseconds=2), id="finer-than-a-microsecond-is-rounded-up"),
        pytest.param("1ns", timedelta(microseconds=1), id="a-nanosecond-is-not-nothing"),
        pytest.param("-1ns", timedelta(microseconds=-1), id="a-nanosecond-less-than-nothing"),
        pytest.param("0.5ns", timedelta(0), id="less-than-go-can-tell-from-nothing"),
        pytest.param("-9223372036854775808ns", timedelta(microseconds=-9223372036854776), id="the-least-of-all"),
    ],
)
def test_duration_reads_what_go_reads(text: str, want: timedelta) -> None:
    assert duration_from_go(text) == want


@pytest.mark.parametrize(
    "text",
    ["", "-", "1", "1 h", "h", "1d", "1h ", " 1h", "1h-1m", "--1h", "1,5h", ".s", "1e3s", "٣s", "300000000h", "1h\n"],
    ids=repr,
)
def test_duration_refuses_what_go_refuses(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a duration|is longer than"):
        duration_from_go(text)


@given(st.integers(0, 10**6), st.integers(0, 59), st.integers(0, 59))
def test_duration_of_hours_minutes_and_seconds_is_their_sum(hours: int, minutes: int, seconds: int) -> None:
    want = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    assert duration_from_go(f"{hours}h{minutes}m{seconds}s") == want
