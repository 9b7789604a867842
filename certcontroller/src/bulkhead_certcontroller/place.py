"""The seam between the certificates and where they are kept: a directory, or a Secret.

A place holds one identity's files, or the CA's. It is read whole and written whole, and a writer says what it had
read, so that two certcontrollers cannot undo each other's work unseen.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

from bulkhead_api.secret_value import SecretValue


class PlaceError(Exception):
    """A place cannot be read or written; one line that names the place and says what to do."""


class PlaceChangedError(PlaceError):
    """Somebody else wrote to the place after it was read: read again."""


class PlaceReadOnlyError(PlaceError):
    """The place is kept by somebody else, and only they can change it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a place holds at one moment."""

    files: Mapping[str, SecretValue] = field(default_factory=lambda: MappingProxyType({}))
    """File name to content; an empty file counts as missing."""
    exposed: bool = False
    """Owner or mode let somebody else read or replace the files."""
    version: str = ""
    """What the place compares at a write; empty where that needs nothing."""
    uid: str = ""
    """Of the object that is the place; empty where there is none."""


class Place(Protocol):
    """Where one set of files is kept."""

    @property
    def name(self) -> str:
        """What messages call it, such as `Secret bulkhead-system/bulkhead-ca`."""

    async def read(self) -> Held:
        """Return what is there.

        Raises:
            PlaceError: it cannot be read.
        """

    async def write(self, files: Mapping[str, SecretValue], seen: Held) -> None:
        """Replace everything by these files; a reader sees all the old or all the new ones.

        Raises:
            PlaceChangedError: it is no longer as `seen`.
            PlaceError: it cannot be written; the old files stay.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """All places of one installation."""

    authority: Place
    leaves: Mapping[str, Place]
    """By identity name."""
