"""The command in this process, in a folder of its own."""

from pathlib import Path

import pytest

from bulkhead_cli.__main__ import main
from bulkhead_testkit.command import Command


@pytest.fixture
def run(capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Command:
    """`bulkhead`, to be called with arguments and files."""
    monkeypatch.chdir(tmp_path)
    return Command(main, capsysbinary, tmp_path)
