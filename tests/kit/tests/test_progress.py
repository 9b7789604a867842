"""A waiting person hears what is going on, but not all the time."""

import pytest

from bulkhead_testkit.progress import Progress


def test_a_tick_is_silent_soon_after_another_line(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress("build", every_s=60)
    progress.say("begins")
    progress.tick("compiling")
    assert capsys.readouterr().err == "build: begins\n"


def test_a_tick_speaks_with_the_elapsed_time_when_it_is_due(capsys: pytest.CaptureFixture[str]) -> None:
    Progress("build", every_s=0).tick("compiling")
    assert capsys.readouterr().err == "build: compiling, 0 s\n"
