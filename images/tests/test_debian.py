"""Where packages of the base come from when the mirror has them, and when it has newer ones only."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from bulkhead_images.base_lock import PACKAGES, Package, lock_from_packages
from bulkhead_images.debian import DebianError, locked_packages, package_entries, package_file

LOCKED = [Package(name=name, version="1.0-1", architecture="amd64", sha256="a" * 64) for name in PACKAGES]
LOCK = lock_from_packages(LOCKED)


def mirror(
    versions: dict[str, str], asked: list[Sequence[str]], *, sha256: str = "a" * 64
) -> Callable[[Sequence[str], Path], list[Package]]:
    """Give a mirror that has one version of each package, as Debian's do, and notes what it was asked for."""

    def fetch(names: Sequence[str], cache: Path) -> list[Package]:
        asked.append(names)
        found = []
        for name, _, version in (name.partition("=") for name in names):
            current = versions.get(name, "1.0-1")
            if version and version != current:
                raise DebianError(f"Version '{version}' for '{name}' was not found")
            digest = sha256 if current == "1.0-1" else "b" * 64
            package = Package(name=name, version=current, architecture="amd64", sha256=digest)
            package_file(package, cache).parent.mkdir(exist_ok=True)
            package_file(package, cache).write_bytes(b"")
            found.append(package)
        return found

    return fetch


def test_locked_versions_are_asked_for_and_then_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked: list[Sequence[str]] = []
    first = locked_packages(LOCK, tmp_path, mirror({}, asked))
    second = locked_packages(LOCK, tmp_path, mirror({}, asked))
    assert (first, second) == (LOCKED, LOCKED)
    assert asked == [[f"{name}=1.0-1" for name in PACKAGES]]
    assert capsys.readouterr().err == ""


def test_a_version_that_is_gone_is_replaced_loudly_each_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    newer = [
        replace(package, version="2.0-1", sha256="b" * 64) if package.name == "libssl3" else package
        for package in LOCKED
    ]
    for _ in range(2):
        assert locked_packages(LOCK, tmp_path, mirror({"libssl3": "2.0-1"}, [])) == newer
        warned = capsys.readouterr().err
        assert "WARNING" in warned
        assert "libssl3 1.0-1 is gone from the mirror, and 2.0-1 is in these images" in warned
        assert "libc6" not in warned


def test_what_replaced_a_package_is_not_asked_for_again(tmp_path: Path) -> None:
    asked: list[Sequence[str]] = []
    for _ in range(2):
        locked_packages(LOCK, tmp_path, mirror({"libssl3": "2.0-1"}, asked))
    assert len(asked) == 2  # by version, which failed, and by name


def test_other_bytes_under_a_locked_version_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DebianError, match=r"base-files 1\.0-1: the mirror has it with other bytes"):
        locked_packages(LOCK, tmp_path, mirror({}, [], sha256="c" * 64))


def test_a_package_that_changed_in_the_cache_is_refused(tmp_path: Path) -> None:
    locked_packages(LOCK, tmp_path, mirror({}, []))
    with pytest.raises(DebianError, match="is not the package that it was"):
        package_entries(LOCKED[0], tmp_path)
