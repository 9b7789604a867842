"""A place that is a directory of files, swapped as a whole the way kubelet swaps a projected volume.

    tls.crt -> ..data/tls.crt      what readers open; never changes
    ..data -> ..4f1c0a9b2d3e5f60   replaced by one rename
    ..4f1c0a9b2d3e5f60/tls.crt     one generation of files, removed after the next has taken its place

The directory belongs to the identity's own user, who may be hostile, while this program may be root. So everything
below the directory goes through its descriptor, follows no link that its owner could have laid, opens only regular
files, and creates only what did not exist.
"""

import asyncio
import errno
import fcntl
import os
import re
import secrets
import shutil
import stat
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bulkhead_api.secret_value import SecretValue
from bulkhead_certcontroller import custody, leaf
from bulkhead_certcontroller.identities import IdentitiesError, Identity
from bulkhead_certcontroller.place import Held, PlaceChangedError, PlaceError, Places

_DATA: Final = "..data"
_GENERATION: Final = re.compile(r"\.\.[0-9a-f]{16}")
_LOCK_S: Final = 1.0
_LOCK_AGAIN_S: Final = 0.01
_MAX_FILE_BYTES: Final = 256 * 1024
_OPEN_DIRECTORY: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# Not blocking: a pipe that was put in a file's place must not hang the program.
_OPEN_FILE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_CREATE_FILE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_NOT_THERE: Final = {errno.ENOENT, errno.ELOOP, errno.ENOTDIR}


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryPlace:
    """One identity's files, or the CA's, in a directory that only its owner may enter."""

    path: Path
    file_names: tuple[str, ...]
    """Which files it may hold; others are not looked at."""
    owner: int
    """Numeric Unix user; another than one's own needs root."""

    @property
    def name(self) -> str:
        """See `Place`."""
        return f"directory {self.path}"

    async def read(self) -> Held:
        """See `Place`."""
        return await asyncio.to_thread(self._read)

    async def write(self, files: Mapping[str, SecretValue], seen: Held) -> None:
        """See `Place`."""
        await asyncio.to_thread(self._write, files, seen)

    def _read(self) -> Held:
        with self._errors():
            if not self.path.exists():
                return Held()
            with _descriptor(self.path, _OPEN_DIRECTORY) as root:
                generation = _link_target(_DATA, root)
                if not _GENERATION.fullmatch(generation) or not _is_directory(generation, root):
                    return Held(version=generation)
                with _descriptor(generation, _OPEN_DIRECTORY, root) as data:
                    return self._held(generation, root, data)

    def _held(self, generation: str, root: int, data: int) -> Held:
        names = [name for name in self.file_names if _link_target(name, root) == f"{_DATA}/{name}"]
        found = {name: file for name in names if (file := self._read_file(name, data))}
        return Held(
            files={name: file.content for name, file in found.items()},
            exposed=any(map(self._is_exposed, (root, data))) or any(file.exposed for file in found.values()),
            version=generation,
        )

    def _read_file(self, name: str, data: int) -> "_File | None":
        try:
            with _descriptor(name, _OPEN_FILE, data) as file:
                if not stat.S_ISREG(os.fstat(file).st_mode):
                    return None
                content = os.read(file, _MAX_FILE_BYTES)
                return _File(content=SecretValue(content), exposed=self._is_exposed(file)) if content else None
        except OSError as error:
            if error.errno in _NOT_THERE:
                return None
            raise

    def _is_exposed(self, descriptor: int) -> bool:
        status = os.fstat(descriptor)
        return status.st_uid != self.owner or bool(stat.S_IMODE(status.st_mode) & (stat.S_IRWXG | stat.S_IRWXO))

    def _write(self, files: Mapping[str, SecretValue], seen: Held) -> None:
        with self._errors():
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            with _descriptor(self.path, _OPEN_DIRECTORY) as root:
                self._lock(root)
                os.fchmod(root, 0o700)
                self._write_generation(files, seen, root)
                os.fchown(root, self.owner, -1)

    def _write_generation(self, files: Mapping[str, SecretValue], seen: Held, root: int) -> None:
        generation = f"..{secrets.token_hex(8)}"
        os.mkdir(generation, 0o700, dir_fd=root)
        try:
            with _descriptor(generation, _OPEN_DIRECTORY, root) as data:
                for name, content in files.items():
                    self._write_file(name, content, data)
                os.fchown(data, self.owner, -1)
                os.fsync(data)
            # The names come before the data they lead to, so that all files appear in one step the first time too.
            for name in files:
                _point(name, f"{_DATA}/{name}", root)
            self._require_unchanged(seen, root)
            _point(_DATA, generation, root)
            os.fsync(root)
        except BaseException:
            shutil.rmtree(generation, ignore_errors=True, dir_fd=root)
            raise
        _remove_generations(root, keep=generation)

    def _lock(self, root: int) -> None:
        # Two certcontrollers must not both find the place unchanged and then both write. The lock goes with the
        # descriptor, so a program that dies leaves none; the directory's owner could hold it, to their own harm.
        until = time.monotonic() + _LOCK_S
        while True:
            try:
                fcntl.flock(root, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                if time.monotonic() >= until:
                    raise PlaceChangedError(f"{self.name}: somebody else is writing to it") from error
                time.sleep(_LOCK_AGAIN_S)
            else:
                return

    def _require_unchanged(self, seen: Held, root: int) -> None:
        if _link_target(_DATA, root) != seen.version:
            raise PlaceChangedError(f"{self.name}: somebody else wrote to it")

    def _write_file(self, name: str, content: SecretValue, data: int) -> None:
        descriptor = os.open(name, _CREATE_FILE, 0o400, dir_fd=data)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content.reveal())
            file.flush()
            os.fchown(descriptor, self.owner, -1)
            os.fsync(descriptor)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise PlaceError(f"{self.name}: {error.strerror}") from error


def directory_places(output_dir: Path, ca_dir: Path, identities: Sequence[Identity]) -> Places:
    """Give each identity the directory of its name below `output_dir`, and the CA a directory of its own.

    Raises:
        IdentitiesError: an identity is to get the CA's directory, or belongs to a user to whom only root can give it.
    """
    self_user = os.geteuid()
    leaves = {}
    for identity in identities:
        path, owner = output_dir / identity.name, self_user if identity.user is None else identity.user
        if path.resolve() == ca_dir.resolve():
            raise IdentitiesError(f'identity "{identity.name}": {path} is the directory of the CA')
        if self_user not in {0, owner}:
            raise IdentitiesError(f'identity "{identity.name}": user {owner}: only root can give files to another user')
        leaves[identity.name] = DirectoryPlace(path=path, file_names=leaf.FILES, owner=owner)
    return Places(authority=authority_place(ca_dir), leaves=leaves)


def authority_place(ca_dir: Path) -> DirectoryPlace:
    """Give the CA a directory of its own, which belongs to whoever runs this program."""
    return DirectoryPlace(path=ca_dir, file_names=custody.FILES, owner=os.geteuid())


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    content: SecretValue
    exposed: bool


@contextmanager
def _descriptor(path: str | Path, flags: int, directory: int | None = None) -> Iterator[int]:
    descriptor = os.open(path, flags, dir_fd=directory)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _is_directory(name: str, directory: int) -> bool:
    try:
        return stat.S_ISDIR(os.stat(name, dir_fd=directory, follow_symlinks=False).st_mode)
    except FileNotFoundError:
        return False


def _link_target(name: str, directory: int) -> str:
    """Return where a link leads, or nothing if there is no such link."""
    try:
        return os.readlink(name, dir_fd=directory)
    except OSError as error:
        # EINVAL: it is no link.
        if error.errno in {errno.ENOENT, errno.EINVAL}:
            return ""
        raise


def _point(name: str, target: str, directory: int) -> None:
    """Make a link lead to the target, in one step, whatever stood there before."""
    if _link_target(name, directory) == target:
        return
    new = f"..new-{secrets.token_hex(8)}"
    os.symlink(target, new, dir_fd=directory)
    try:
        os.rename(new, name, src_dir_fd=directory, dst_dir_fd=directory)
    except OSError:
        with suppress(OSError):
            os.unlink(new, dir_fd=directory)
        raise


def _remove_generations(directory: int, *, keep: str) -> None:
    # What a crash left behind goes too; what cannot go is tried again after the next write.
    for name in os.listdir(directory):
        if _GENERATION.fullmatch(name) and name != keep:
            shutil.rmtree(name, ignore_errors=True, dir_fd=directory)
