"""The answers that unit tests compare with are what the original implementations say today, where Go can ask them."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bulkhead_testkit.toolchain import go_environment

RECORDERS = sorted(Path(__file__).parent.glob("*/record.py"))


def test_there_are_originals_to_ask() -> None:
    assert {path.parent.name for path in RECORDERS} >= {"eso_functions", "gjson", "golibs", "template"}


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.skipif(shutil.which("go") is None, reason="asks Go, which is not on PATH")
@pytest.mark.parametrize("recorder", RECORDERS, ids=lambda path: path.parent.name)
def test_recorded_answers_are_those_of_the_original(recorder: Path) -> None:
    done = subprocess.run(
        [sys.executable, recorder, "--check"], env=go_environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
