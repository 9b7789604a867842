"""Flags are written as Go's are, and what has no effect is said."""

import argparse
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from bulkhead_runtime.flags import values as read
from bulkhead_runtime.flags.esos import LOG_FLAGS, METRICS_ADDRESS, PLAIN_METRICS, refuse_unguarded_metrics
from bulkhead_runtime.flags.table import Flag, IgnoredFlag, Notice, add_flags, ignored_switch, notices_from, switch

FLAGS = (
    *LOG_FLAGS,
    METRICS_ADDRESS,
    switch("--share", "use 50% of it", default=False),
    switch("--later", "something", pending="it is not written yet"),
    Flag(name="--name", help="a name, one of many", repeated=True),
    Flag(name="--folder", help="a folder", default=None, read=Path),
)
IGNORED = (
    *PLAIN_METRICS,
    ignored_switch("--cache", "nothing is kept", "nothing"),
    IgnoredFlag(name="--size", default="3", because="nothing is kept", instead="nothing", read=read.whole),
)


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="p", allow_abbrev=False)
    add_flags(made, FLAGS, IGNORED)
    return made


def parsed(*arguments: str) -> argparse.Namespace:
    return parser().parse_args(["--folder=/f", *arguments])


@pytest.mark.parametrize(
    ("arguments", "want"),
    [
        pytest.param([], False, id="absent"),
        pytest.param(["--share"], True, id="bare"),
        pytest.param(["--share", "--later"], True, id="bare-before-another"),
        pytest.param(["--share=TRUE"], True, id="in-capitals"),
        pytest.param(["--share", "--share=f"], False, id="last-one-wins"),
    ],
)
def test_a_switch_is_read(arguments: Sequence[str], want: bool) -> None:
    assert parsed(*arguments).share is want


def test_a_flag_that_may_be_repeated_gives_a_list_which_is_new_each_time() -> None:
    assert parsed("--name=a", "--name", "b").name == ["a", "b"]
    assert parsed().name == []


def test_a_flag_without_a_default_has_to_be_given(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parser().parse_args([])
    assert "--folder" in capsys.readouterr().err


def test_help_tells_defaults_and_what_has_no_effect() -> None:
    text = " ".join(parser().format_help().split())
    assert "use 50% of it (default false)" in text
    assert "(default 127.0.0.1:8080; ESO's is :8080)" in text
    assert "something (default true); no effect yet: it is not written yet" in text
    assert "accepted, no effect: nothing is kept" in text


def test_what_was_given_and_has_no_effect_is_named_once_in_the_order_of_the_tables() -> None:
    found = parsed("--later=false", "--size=4", "--cache", "--cache=true")
    assert notices_from(found, FLAGS, IGNORED) == (
        Notice("--cache", "nothing is kept", "nothing"),
        Notice("--size", "nothing is kept", "nothing"),
        Notice("--later", "it is not written yet", "leave it out until then"),
    )
    assert notices_from(parsed("--later"), FLAGS, IGNORED) == ()


@pytest.mark.parametrize("address", [":8080", "0.0.0.0:8080", "[::]:8080", "10.0.0.1:8080"])
def test_metrics_that_should_be_guarded_are_not_opened_at(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        refuse_unguarded_metrics(parser(), parsed("--metrics-auth", f"--metrics-addr={address}"))
    assert "no API token" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["--metrics-auth", "--metrics-addr=127.0.0.1:8080"], id="guarded-on-loopback"),
        pytest.param(["--metrics-auth", "--metrics-addr=[::1]:8080"], id="guarded-on-loopback-of-ipv6"),
        pytest.param(["--metrics-auth", "--metrics-addr="], id="guarded-and-off"),
        pytest.param(["--metrics-auth=false", "--metrics-addr=:8080"], id="not-guarded"),
        pytest.param(["--metrics-addr=:8080"], id="not-spoken-of"),
    ],
)
def test_metrics_may_be(arguments: Sequence[str]) -> None:
    refuse_unguarded_metrics(parser(), parsed(*arguments))


@pytest.mark.parametrize(
    ("reader", "text", "want"),
    [
        pytest.param(read.truth_or_unset, "", None, id="a-switch-that-nobody-set"),
        pytest.param(read.path_or_none, "", None, id="no-path"),
        pytest.param(read.path_or_none, "/a", Path("/a"), id="a-path"),
        pytest.param(read.names, " a,,b ,", ("a", "b"), id="names"),
        pytest.param(read.port, "0", 0, id="any-port"),
        pytest.param(read.duration, "-1h30m", timedelta(minutes=-90), id="a-duration-below-zero"),
        pytest.param(read.not_negative_duration, "0", timedelta(0), id="no-time"),
        pytest.param(read.address, "", "", id="no-address"),
        pytest.param(read.level, "DPanic", "error", id="a-level-above-all"),
    ],
)
def test_a_value_is_read(reader: Callable[[str], object], text: str, want: object) -> None:
    assert reader(text) == want


@pytest.mark.parametrize(
    ("reader", "text"),
    [
        pytest.param(read.truth, "yes", id="a-switch-that-is-neither"),
        pytest.param(read.port, "65536", id="a-port-too-high"),
        pytest.param(read.port, "٣", id="digits-that-are-not-ascii"),
        pytest.param(read.positive_duration, "0", id="no-time"),
        pytest.param(read.not_negative_duration, "-1s", id="time-below-zero"),
        pytest.param(read.address, "here", id="an-address-without-a-port"),
        pytest.param(read.level, "loud", id="no-level"),
        pytest.param(read.file_name, "../a", id="a-file-elsewhere"),
        pytest.param(read.object_name, "A", id="a-name-in-capitals"),
        pytest.param(read.delimiter, "", id="no-delimiter"),
    ],
)
def test_a_value_is_refused(reader: Callable[[str], object], text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        reader(text)
