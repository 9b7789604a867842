"""What there is on the container's file systems, its own and those that it can look into."""

import base64
import functools
import hashlib
import json
import os
import socket
import stat
import typing
from pathlib import Path

from bulkhead_demo.drill.thief.verdict import FILES, RefusedError, refused_by_os

_MOST_BYTES = 262144
_PASSED_OVER = {"proc", "sys", "usr", "dev", "lib", "lib64", "bin", "sbin"}
_OF_OTHERS = ("var/run", "run", "etc")


@typing.final
class Found(typing.NamedTuple):
    """What a search of everything found."""

    hashes: typing.Mapping[str, str]
    """A path by the SHA-256 of a file's content, without blanks around it."""
    subjects: typing.Mapping[str, str]
    """A path by the subject of a JSON Web Token."""


def find(*, sha256: str) -> str:
    """Look for a file with this content, by its hash: so the thief need not be told what it looks for."""
    if sha256 in searched().hashes:
        return "found"
    raise RefusedError(FILES, "not there")


def find_token(*, subject: str) -> str:
    """Look for a token of this ServiceAccount."""
    if subject in searched().subjects:
        return "found"
    raise RefusedError(FILES, "not there")


@functools.cache
def searched() -> Found:
    """Read everything that can be read: from the root, and from the roots of other processes."""
    hashes: dict[str, str] = {}
    subjects: dict[str, str] = {}
    for path in _paths():
        content = _content(path)
        if content:
            hashes.setdefault(hashlib.sha256(content.strip()).hexdigest(), path)
            subjects.setdefault(_subject(content), path)
    return Found(hashes, subjects)


def connect(*, patterns: typing.Sequence[str]) -> str:
    """Connect to a Unix socket at any of these places."""
    refusal: RefusedError | None = None
    for path in matching(patterns):
        try:
            with socket.socket(socket.AF_UNIX) as opened:
                opened.settimeout(2)
                opened.connect(str(path))
        except OSError as error:
            refusal = refusal or refused_by_os(FILES, error)
        else:
            return "connected"
    raise refusal or RefusedError(FILES, "not there")


def write(*, paths: typing.Sequence[str]) -> str:
    """Open one of these files for writing, and write nothing."""
    refusal: RefusedError | None = None
    for path in paths:
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_APPEND))
        except OSError as error:
            refusal = refusal or refused_by_os(FILES, error)
        else:
            return "open"
    raise refusal or RefusedError(FILES, "not there")


def create(*, folder: str) -> str:
    """Make a file in a folder, and take it away again."""
    path = Path(folder) / f".drill-{os.getpid()}"
    try:
        path.touch()
        path.unlink()
    except OSError as error:
        raise refused_by_os(FILES, error) from None
    return "made"


def write_program() -> str:
    """Open the program's own code for writing: a module that the process would load when it starts anew."""
    return write(paths=[json.__file__, os.__file__])


def list_folder(*, patterns: typing.Sequence[str]) -> str:
    """Look for anything at these places."""
    if matching(patterns):
        return "listed"
    raise RefusedError(FILES, "not there")


def matching(patterns: typing.Sequence[str]) -> list[Path]:
    """Give what is there at these places, sorted; what cannot be looked into is not."""
    return [each for pattern in patterns for each in sorted(Path("/").glob(pattern.lstrip("/")))]


def open_disk() -> str:
    """Open a disk of the node, as a device."""
    for entry in os.scandir("/dev"):
        try:
            if stat.S_ISBLK(entry.stat().st_mode):
                os.close(os.open(entry.path, os.O_RDONLY))
                return "open"
        except OSError:
            continue
    raise RefusedError(FILES, "no device")


def _paths() -> typing.Iterator[str]:
    yield from _below("/", passed_over=_PASSED_OVER)
    yield from _below("/dev/shm", passed_over=set())
    for process in matching(["/proc/[0-9]*/root"]):
        for name in _OF_OTHERS:
            yield from _below(f"{process}/{name}", passed_over=set())


def _below(top: str, *, passed_over: set[str]) -> typing.Iterator[str]:
    for folder, folders, files in os.walk(top):
        # Wherever they are mounted, these are the kernel's own, and some of their files make a reader wait for ever.
        kept = passed_over if folder == top else {"proc", "sys"}
        folders[:] = [each for each in folders if each not in kept]
        # Each file of a mounted Secret is there twice: this is the one whose path changes with each update.
        folders[:] = [each for each in folders if not each.startswith("..")]
        for name in files:
            yield f"{folder}/{name}"


def _content(path: str) -> bytes:
    try:
        seen = Path(path).stat()
        if not stat.S_ISREG(seen.st_mode) or seen.st_size > _MOST_BYTES:
            return b""
        return Path(path).read_bytes()
    except OSError:
        return b""


def _subject(content: bytes) -> str:
    parts = content.strip().split(b".")
    if len(parts) != 3 or not content.startswith(b"eyJ"):
        return ""
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + b"=="))
    except ValueError:
        return ""
    return str(claims.get("sub", "")) if isinstance(claims, dict) else ""
