"""Which tests share a worker, and that they do."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bulkhead_testkit.plugin import group_of, rank

USES_A_STACK = """
import os, time, pytest

@pytest.fixture(scope="session")
def stack():
    return os.environ["PYTEST_XDIST_WORKER"]

@pytest.mark.parametrize("number", range(4))
def test_it(stack, number):
    time.sleep(0.05)
    with open(os.environ["SEEN"], "a") as seen:
        print(stack, file=seen)
"""


def test_a_test_is_with_its_module_when_it_shares_nothing_else(request: pytest.FixtureRequest) -> None:
    assert group_of(request.node) == "tests/kit/tests/test_plugin.py"


@pytest.mark.xdist_group("mine")
def test_a_test_is_with_the_group_that_its_mark_names(request: pytest.FixtureRequest) -> None:
    assert group_of(request.node) == "mine"


@pytest.mark.parametrize("stack", ["of its folder"])
def test_a_test_is_with_its_folder_when_it_uses_its_stack(request: pytest.FixtureRequest, stack: str) -> None:
    assert (group_of(request.node), stack) == ("tests", "of its folder")


def test_what_takes_longest_is_first_and_what_is_fast_is_last() -> None:
    groups = ["integration", "plane", "drill"]
    ranks = [rank(group, slow=True) for group in groups] + [rank("any.py", slow=slow) for slow in (True, False)]
    assert ranks == sorted(set(ranks))


@pytest.mark.slow
def test_all_tests_of_one_stack_run_on_one_worker_and_the_end_is_a_summary(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"test_{name}.py").write_text(USES_A_STACK)
    (tmp_path / "pytest.ini").write_text("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
    plugins = ("-p", "bulkhead_testkit.plugin", "-p", "bulkhead_testkit.scheduling", "-p", "no:cacheprovider")
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *plugins, "-n", "2", "--dist", "loadgroup", "--import-mode=importlib"],
        cwd=tmp_path,
        env=env | {"SEEN": str(tmp_path / "seen")},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    workers = (tmp_path / "seen").read_text().split()
    assert (len(workers), len(set(workers))) == (8, 1)
    assert "8 passed" in done.stdout.splitlines()[-1]
