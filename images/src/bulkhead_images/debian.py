"""Fetches Debian packages with apt, which checks them against its signed index, into the cache. Needs no root.

apt gets folders of its own for lists and state, so the machine's are neither used nor changed; the sources and keys are
the machine's. What a package holds is not looked at here.
"""

import hashlib
import io
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from bulkhead_images.base_lock import PACKAGES, LockError, Package, lock_from_packages, packages_from_lock
from bulkhead_images.tree import Entry, entries_of
from bulkhead_testkit.progress import Progress

_RELEASES: Final = "/^bookworm(-security|-updates)?$/"
_UPDATE_S: Final = 300
_FETCH_S: Final = 600

Fetch = Callable[[Sequence[str], Path], list[Package]]
"""Brings packages, named as apt does (`libc6` or `libc6=2.36-9`), into the cache."""


class DebianError(Exception):
    """apt could not do what was asked; the message holds its last words."""


def current_packages(cache: Path) -> list[Package]:
    """Fetch the newest version of each package of the base that the signed index has."""
    return _fetch(list(PACKAGES), cache)


def locked_packages(lock: str, cache: Path, fetch: Fetch | None = None) -> list[Package]:
    """Have every package of the lock in the cache, or, where the mirror dropped one, its successor, and say so loudly.

    Args:
        lock: the content of `images/base.lock`.
        cache: where packages are kept.
        fetch: brings packages into the cache; None means apt.

    Raises:
        LockError: see `base_lock.packages_from_lock`.
        DebianError: apt found no successor either, has other bytes under a locked version, or does not work here.
    """
    wanted = packages_from_lock(lock)
    missing = [package for package in wanted if not package_file(package, cache).exists()]
    if not missing:
        return wanted
    substitutes = cache / f"base-{hashlib.sha256(lock.encode()).hexdigest()[:16]}.lock"
    kept = _kept(substitutes, cache)
    if kept is None:
        kept = _locked_or_newer(wanted, missing, cache, fetch or _fetch)
    if _differing(wanted, kept):
        substitutes.write_text(lock_from_packages(kept))
    for was, now in _differing(wanted, kept):
        Progress("WARNING: images/base.lock").say(
            f"{was.name} {was.version} is gone from the mirror, and {now.version} is in these images, which are not "
            "those of the lock: run `python -m bulkhead_images lock` and commit what it writes"
        )
    return kept


def package_file(package: Package, cache: Path) -> Path:
    """Say where the cache keeps a package, or would."""
    return cache / "debs" / f"{package.name}-{package.sha256}.deb"


def package_entries(package: Package, cache: Path) -> list[Entry]:
    """Read the files of a package that is in the cache.

    Raises:
        DebianError: the file in the cache is not the package any more.
    """
    path = package_file(package, cache)
    if hashlib.sha256(path.read_bytes()).hexdigest() != package.sha256:
        raise DebianError(f"{path}: is not the package that it was; remove it")
    with tarfile.open(fileobj=io.BytesIO(_run(["dpkg-deb", "--fsys-tarfile", str(path)], timeout_s=60))) as tar:
        return list(entries_of(tar))


def package_control(package: Package, cache: Path) -> str:
    """Read the control fields of a package that is in the cache, as dpkg's status has them."""
    return _run(["dpkg-deb", "--field", str(package_file(package, cache))], timeout_s=60).decode()


def _differing(wanted: Sequence[Package], kept: Sequence[Package]) -> list[tuple[Package, Package]]:
    differing = [(was, now) for was, now in zip(wanted, kept, strict=True) if was != now]
    for was, now in differing:
        if was.version == now.version:
            raise DebianError(f"{was.name} {was.version}: the mirror has it with other bytes than the lock names")
    return differing


def _kept(substitutes: Path, cache: Path) -> list[Package] | None:
    if not substitutes.exists():
        return None
    try:
        kept = packages_from_lock(substitutes.read_text())
    except LockError:
        return None
    return kept if all(package_file(package, cache).exists() for package in kept) else None


def _locked_or_newer(wanted: Sequence[Package], missing: Sequence[Package], cache: Path, fetch: Fetch) -> list[Package]:
    try:
        fetched = fetch([f"{package.name}={package.version}" for package in missing], cache)
    except DebianError:
        fetched = fetch([package.name for package in missing], cache)
    by_name = {package.name: package for package in [*wanted, *fetched]}
    return sorted(by_name.values())


def _fetch(asked: Sequence[str], cache: Path) -> list[Package]:
    (cache / "debs").mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".apt-", dir=cache) as scratch:
        apt = ["apt-get", "-q", *_options(Path(scratch))]
        _run([*apt, "update"], timeout_s=_UPDATE_S)
        files = Path(scratch) / "files"
        files.mkdir()
        _run([*apt, "download", *asked], timeout_s=_FETCH_S, cwd=files)
        return sorted(_keep(path, cache) for path in files.glob("*.deb"))


def _options(scratch: Path) -> list[str]:
    for name in ("state/lists/partial", "cache/archives/partial"):
        (scratch / name).mkdir(parents=True)
    (scratch / "status").touch()
    settings = {
        "Dir::State": scratch / "state",
        "Dir::State::status": scratch / "status",
        "Dir::Cache": scratch / "cache",
        "Acquire::Languages": "none",
        # apt's own user cannot reach the scratch folder; nothing is installed, and no script of a package is run.
        "APT::Sandbox::User": "",
        # Without it a machine with newer sources beside bookworm would give packages of two releases.
        "APT::Default-Release": _RELEASES,
    }
    return [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]


def _keep(path: Path, cache: Path) -> Package:
    fields = _run(
        ["dpkg-deb", "--show", "--showformat=${Package}\\n${Version}\\n${Architecture}", str(path)], timeout_s=60
    )
    name, version, architecture = fields.decode().split("\n")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    package = Package(name=name, version=version, architecture=architecture, sha256=digest)
    path.rename(package_file(package, cache))
    return package


def _run(command: list[str], *, timeout_s: int, cwd: Path | None = None) -> bytes:
    try:
        done = subprocess.run(command, cwd=cwd, capture_output=True, check=False, timeout=timeout_s)
    except FileNotFoundError as error:
        raise DebianError(
            f"{command[0]} is not there: images are built on Debian or with Debian's apt and dpkg"
        ) from error
    except subprocess.TimeoutExpired as error:
        raise DebianError(f"{command[0]} gave no answer within {timeout_s} s") from error
    if done.returncode != 0:
        raise DebianError(f"{command[0]}: {done.stderr.decode(errors='replace').strip()[-1000:]}")
    return done.stdout
