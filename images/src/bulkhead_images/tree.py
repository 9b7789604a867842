"""What lies in a layer: files, folders and links by their path, with nothing that a machine or an hour could change.

Pure; nothing here reads a disk. Owners are root and times are the epoch by construction, so two trees that hold the
same make the same bytes.
"""

import io
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Final

_FOLDER_MODE: Final = 0o755


class Kind(StrEnum):
    """What an entry is. There is no kind for devices and hard links: no image of ours needs one."""

    FILE = "file"
    FOLDER = "folder"
    LINK = "link"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One file, folder or symbolic link."""

    path: str
    """Relative to the root of the image, with `/` between names, such as `usr/bin/python3`."""
    kind: Kind = Kind.FILE
    content: bytes = b""
    """Empty unless it is a file."""
    mode: int = 0o644
    """Permission bits; those of a link mean nothing."""
    target: str = ""
    """Where a link leads; empty for the other kinds."""


def folder(path: str, *, mode: int = _FOLDER_MODE) -> Entry:
    """Give an entry for a folder."""
    return Entry(path=path, kind=Kind.FOLDER, mode=mode)


def link(path: str, target: str) -> Entry:
    """Give an entry for a symbolic link."""
    return Entry(path=path, kind=Kind.LINK, mode=0o777, target=target)


def tar_of(entries: Iterable[Entry]) -> bytes:
    """Write entries as a tar stream, sorted by path, with the folders above them; the last of two of one path counts.

    Returns:
        The same bytes for the same set of entries, in whatever order they come.

    Raises:
        ValueError: a path is absolute or leads out of the root.

    Source: OCI image layer specification, "Creating the initial filesystem" and "Distributable format".
    """
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for entry in _with_parents(entries):
            tar.addfile(_header(entry), io.BytesIO(entry.content))
    return stream.getvalue()


def entries_of(tar: tarfile.TarFile) -> Iterator[Entry]:
    """Read a tar stream of somebody else; owners and times are dropped, a hard link becomes a copy of its file.

    Raises:
        ValueError: it holds a device, a pipe or anything else that is no file, folder or link.
    """
    for member in tar:
        path = str(PurePosixPath(member.name))
        if path == ".":
            continue
        mode = member.mode & 0o7777
        if member.isdir():
            yield folder(path, mode=mode)
        elif member.issym():
            yield link(path, member.linkname)
        elif member.isreg() or member.islnk():
            opened = tar.extractfile(member)
            yield Entry(path=path, content=opened.read() if opened else b"", mode=mode)
        else:
            raise ValueError(f"{path}: neither file nor folder nor link")


def _with_parents(entries: Iterable[Entry]) -> list[Entry]:
    named = {_checked(entry.path): entry for entry in entries}
    above = {str(parent) for path in named for parent in PurePosixPath(path).parents} - {".", *named}
    return [entry for _, entry in sorted([*named.items(), *((path, folder(path)) for path in above)])]


def _checked(path: str) -> str:
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts or str(pure) != path or path == ".":
        raise ValueError(f"path {path!r}: not a plain path below the root")
    return path


def _header(entry: Entry) -> tarfile.TarInfo:
    header = tarfile.TarInfo(entry.path)
    header.mode = entry.mode
    match entry.kind:
        case Kind.FILE:
            header.size = len(entry.content)
        case Kind.FOLDER:
            header.type = tarfile.DIRTYPE
        case Kind.LINK:
            header.type, header.linkname = tarfile.SYMTYPE, entry.target
    return header
