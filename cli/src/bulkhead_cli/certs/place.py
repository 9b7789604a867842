"""The seam between the requests and where the two documents are kept."""

from dataclasses import dataclass
from typing import Protocol


class ChangedError(Exception):
    """Somebody else wrote the requests after they were read: read again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A document as it is kept."""

    text: str
    """YAML; empty if there is none yet."""
    version: str = ""
    """What is compared at a write."""


class Place(Protocol):
    """Where both documents are kept."""

    @property
    def requests_name(self) -> str:
        """What messages call the place of the requests."""

    def read_status(self) -> Kept:
        """Return the status.

        Raises:
            InputError: it cannot be read; the message says what is missing.
        """

    def read_requests(self) -> Kept:
        """Return the requests; raises as `read_status`."""

    def write_requests(self, text: str, seen: Kept) -> None:
        """Replace the requests.

        Raises:
            ChangedError: they are no longer as `seen`.
            InputError: they cannot be written.
        """
