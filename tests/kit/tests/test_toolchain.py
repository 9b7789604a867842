"""A Go compiler is found where it is new enough, or installed."""

from pathlib import Path

import pytest

from bulkhead_testkit.toolchain import GoVersion, find_go, go_version_from

GO_1_26 = GoVersion(major=1, minor=26, patch=0)


def fake_go(folder: Path, version: str) -> Path:
    go = folder / "go"
    go.write_text(f"#!/bin/sh\necho {version}\n")
    go.chmod(0o755)
    return go


@pytest.mark.parametrize(
    ("text", "want"),
    [
        pytest.param("go1.26.8\n", GoVersion(major=1, minor=26, patch=8), id="of-the-compiler"),
        pytest.param("module x\n\ngo 1.26.0\n", GO_1_26, id="of-a-go-mod-file"),
        pytest.param("go 1.26\n", GO_1_26, id="without-a-patch"),
        pytest.param("go1.27rc1", GoVersion(major=1, minor=27, patch=0), id="of-a-candidate"),
        pytest.param("module cargo 1.2\n", None, id="none-in-another-word"),
        pytest.param("", None, id="none-in-nothing"),
    ],
)
def test_a_go_version_is_read(text: str, want: GoVersion | None) -> None:
    assert go_version_from(text) == want


@pytest.mark.parametrize(
    "version",
    [pytest.param("go1.26.0", id="just-new-enough"), pytest.param("go1.100.0", id="newer-by-number-not-text")],
)
def test_the_go_on_path_is_used_when_it_is_new_enough(
    version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = fake_go(tmp_path, version)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert find_go(GO_1_26) == go


@pytest.mark.slow
@pytest.mark.parametrize("version", ["go1.20.3", "not-a-version"], ids=["an-old-go", "a-broken-go"])
def test_the_pinned_go_is_used_when_path_has(version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = fake_go(tmp_path, version)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    found = find_go(GO_1_26)
    assert found != fake
    assert found.exists()
