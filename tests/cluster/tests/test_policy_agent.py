"""The agent is ready only while the kernel has its table."""

from pathlib import Path

import pytest

from bulkhead_cluster.policy.agent import LoadError, load


def nft(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a program of this name first in PATH."""
    program = folder / "nft"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


async def test_a_table_is_given_to_the_kernel_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nft(tmp_path, f"cat > {tmp_path}/given", monkeypatch)
    await load("table ip it {}\n")
    assert (tmp_path / "given").read_text() == "table ip it {}\n"


async def test_a_table_that_the_kernel_does_not_take_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nft(tmp_path, "cat > /dev/null; echo 'no such thing' >&2; exit 1", monkeypatch)
    with pytest.raises(LoadError, match="nft: no such thing"):
        await load("nonsense")
