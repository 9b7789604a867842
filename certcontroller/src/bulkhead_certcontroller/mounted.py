"""A CA that somebody else keeps: a volume that cannot be written, such as one of a CSI driver.

Its files come from there. What this program would add, the denials, stays in memory and is found again after a restart
in the denylists of the identities' places.
"""

import asyncio
import hashlib
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from bulkhead_api.secret_value import SecretValue
from bulkhead_certcontroller.authority import CA_CERTIFICATES, CA_KEY
from bulkhead_certcontroller.custody import FILES, NEXT_KEY
from bulkhead_certcontroller.directory import DirectoryPlace, authority_place
from bulkhead_certcontroller.place import Held, PlaceChangedError, PlaceError, PlaceReadOnlyError

_THEIRS: Final = (CA_CERTIFICATES, CA_KEY, NEXT_KEY)
_MAX_FILE_BYTES: Final = 256 * 1024


class MountedPlace:
    """The CA's files in a volume of somebody else, and the rest of the custody in memory."""

    def __init__(self, path: Path) -> None:
        """Take the directory; nothing is read yet."""
        self._path = path
        self._ours: dict[str, SecretValue] = {}
        self._writes = 0

    @property
    def name(self) -> str:
        """See `Place`."""
        return f"read-only directory {self._path}"

    async def read(self) -> Held:
        """See `Place`."""
        return await asyncio.to_thread(self._read)

    async def write(self, files: Mapping[str, SecretValue], seen: Held) -> None:
        """See `Place`; refuses another CA than the one that stands there."""
        held = await self.read()
        if held.version != seen.version:
            raise PlaceChangedError(f"{self.name}: somebody else wrote to it")
        if any(files.get(name) != held.files.get(name) for name in _THEIRS):
            raise PlaceReadOnlyError(
                f"{self.name}: cannot be written: whoever keeps the CA has to put the new one there; or mount the"
                " volume writable"
            )
        self._ours = {name: content for name, content in files.items() if name not in _THEIRS}
        self._writes += 1

    def _read(self) -> Held:
        try:
            found = {name: self._read_file(name) for name in FILES}
        except OSError as error:
            raise PlaceError(f"{self.name}: {error.strerror}") from error
        theirs = {name: content for name, content in found.items() if content is not None}
        whole = b"\0".join(content.reveal() for content in theirs.values())
        digest = hashlib.sha256(whole).hexdigest()
        return Held(files={**theirs, **self._ours}, exposed=self._is_exposed(), version=f"{digest} {self._writes}")

    def _read_file(self, name: str) -> SecretValue | None:
        try:
            with (self._path / name).open("rb") as file:
                return SecretValue(file.read(_MAX_FILE_BYTES)) or None
        except FileNotFoundError:
            return None

    def _is_exposed(self) -> bool:
        # Links are followed: the kubelet's volumes are made of them, and whoever lays them may replace the CA anyway.
        try:
            mode = (self._path / CA_KEY).stat().st_mode
        except OSError:
            return False
        return bool(stat.S_IMODE(mode) & stat.S_IRWXO)


def kept_authority(ca_dir: Path) -> DirectoryPlace | MountedPlace:
    """Give the CA's place: a directory of ours, or one of somebody else if it is there and cannot be written."""
    return MountedPlace(ca_dir) if _is_theirs(ca_dir) else authority_place(ca_dir)


def _is_theirs(ca_dir: Path) -> bool:
    try:
        # root may write everywhere but in a file system that is mounted read-only.
        read_only = bool(os.statvfs(ca_dir).f_flag & os.ST_RDONLY)
    except OSError:
        return False
    return read_only or not os.access(ca_dir, os.W_OK, effective_ids=True)
