"""The program as it is installed."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
BULKHEAD = Path(sys.executable).with_name("bulkhead")


def test_program_renders_standard_input(tmp_path: Path) -> None:
    (tmp_path / "values.yaml").write_text("user: admin")
    done = subprocess.run(
        [BULKHEAD, "render", "--template", "-", "--values", "values.yaml"],
        cwd=tmp_path,
        input=b"{{ .user }}",
        capture_output=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == (b"admin", b"")


def test_program_ends_with_the_status_of_a_failure(tmp_path: Path) -> None:
    (tmp_path / "values.yaml").write_text("user: admin")
    done = subprocess.run(
        [sys.executable, "-m", "bulkhead_cli", "render", "--template", "-", "--values", "values.yaml"],
        cwd=tmp_path,
        input=b"{{ .absent }}",
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith(b"template: stdin:1:3:")


def test_program_ends_quietly_when_nobody_reads_on(tmp_path: Path) -> None:
    (tmp_path / "values.yaml").write_text("user: admin")
    (tmp_path / "long").write_text("{{ repeat 500000 .user }}")
    command = f"{BULKHEAD} render --template long --values values.yaml | head -c 5"
    done = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, check=True)
    assert (done.stdout, done.stderr) == (b"admin", b"")
