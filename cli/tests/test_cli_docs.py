"""docs/cli.md does what it says: its files are written, its commands run, and their output is compared."""

import re
import shlex
from pathlib import Path

import pytest

from bulkhead_testkit.command import Command

PAGE = (Path(__file__).parents[2] / "docs" / "cli.md").read_text()
FILES = re.findall(r"^`([\w.-]+)`:\n\n```\w*\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)
COMMANDS = re.findall(r"^\$ bulkhead (.*)\n((?:(?!\$ |```).*\n)*)", PAGE, flags=re.MULTILINE)


@pytest.mark.parametrize(("command", "shown"), COMMANDS, ids=[command for command, _ in COMMANDS])
def test_example_prints_what_the_page_shows(run: Command, tmp_path: Path, command: str, shown: str) -> None:
    for name, text in FILES:
        (tmp_path / name).write_text(text)
    ended = run(*shlex.split(command))
    assert ended.out.decode() + ended.err == shown


def test_the_page_shows_both_modes_and_a_failure() -> None:
    commands = [command for command, _ in COMMANDS]
    assert any("--template" in command for command in commands)
    assert any("--data" in command for command in commands)
    assert any(shown.startswith("template: ") for _, shown in COMMANDS)
