"""What is known of a store, and what can be done about it: the values between gather, decide and apply."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

from bulkhead_api.provider import Maintenance
from bulkhead_api.secret_store import SecretStore
from bulkhead_controller.backends import BoundStore
from bulkhead_controller.store.binding import StoreKey
from bulkhead_controller.store.status import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Everything that is known of a store before its provider server is asked."""

    key: StoreKey
    store: SecretStore
    binding: BoundStore | str
    """What to ask with, or the problem of the spec."""
    interval: timedelta | str
    """The time between two validations, or the problem of the spec."""
    is_ours: bool
    """Whether the store is of our controller class."""


class MaintenanceWarning(Enum):
    """The event about a provider that nobody looks after: its reason, and its message."""

    UNMAINTAINED = ("StoreUnmaintained", "store isn't currently maintained. Please plan and prepare accordingly.")
    DEPRECATED = (
        "StoreDeprecated",
        "store is deprecated and will be removed on the next minor release. Please plan and prepare accordingly.",
    )

    def __init__(self, reason: str, message: str) -> None:
        self.reason = reason
        self.message = message


@dataclass(frozen=True, slots=True)
class Ignore:
    """It is not ours, or it is being deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Validate:
    """Ask the provider server."""

    store: BoundStore
    interval: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is to be said about the store, and when to look again."""

    ready: bool
    reason: Reason
    message: str
    capabilities: str | None = None
    """None leaves them as they are."""
    warnings: Sequence[str] = ()
    """What works and should not stay so."""
    maintenance: Maintenance = Maintenance.MAINTAINED
    """Whether somebody looks after the provider."""
    doubtful: bool = False
    """Whether it may be one moment's trouble on the way to the backend, and none of the store."""
    again_after: timedelta | None = None
    """When to validate again; None means with backoff, or not at all if that cannot help."""
    retries: bool = False
    """Whether trying again without a change of the store may help."""
    retry_after_s: float | None = None
    """How long the backend asked us to wait."""


Plan = Ignore | Validate | Verdict
