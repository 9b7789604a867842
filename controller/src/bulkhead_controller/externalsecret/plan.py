"""What is known of an ExternalSecret, and what can be done about it: the values between gather, decide and apply."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bulkhead_api.external_secret import ExternalSecret, ExternalSecretStatus
from bulkhead_api.secret_value import SecretValue
from bulkhead_controller.backends import BoundStore, Ref
from bulkhead_controller.externalsecret.refresh import RefreshInputs, Wait
from bulkhead_controller.store.binding import StoreKey


@dataclass(frozen=True, slots=True)
class NoStore:
    """spec.secretStoreRef names none."""


@dataclass(frozen=True, slots=True)
class ForeignStore:
    """The store belongs to another controller class, so the ExternalSecret does too."""


@dataclass(frozen=True, slots=True)
class MissingStore:
    """There is no such store."""

    key: StoreKey


@dataclass(frozen=True, slots=True)
class UnvalidatedStore:
    """The store was never validated."""

    key: StoreKey


@dataclass(frozen=True, slots=True)
class NotReadyStore:
    """Validation found that the store does not work."""

    key: StoreKey


@dataclass(frozen=True, slots=True)
class UnusableStore:
    """The store's spec cannot work."""

    key: StoreKey
    problem: str


StoreState = NoStore | ForeignStore | MissingStore | UnvalidatedStore | NotReadyStore | UnusableStore | BoundStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Everything that is known of an ExternalSecret before the provider is asked."""

    external_secret: ExternalSecret
    status: ExternalSecretStatus
    """The newest known; the object's own may be older."""
    resource_version: str
    """Of the object that holds `status`."""
    store: StoreState
    refreshed_at: datetime | None
    """The last successful refresh that this process did, UTC."""
    awaiting_since: datetime | None
    """Since when the store is awaited, UTC; None if it is not."""


@dataclass(frozen=True, slots=True)
class Ignore:
    """It is not ours, or it is being deleted and nothing of ours holds it."""


@dataclass(frozen=True, slots=True)
class AwaitStore:
    """The store's controller will say more soon; a condition now would be wrong a moment later."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Refuse:
    """It cannot work as it stands; nothing is tried again before it changes."""

    message: str


@dataclass(frozen=True, slots=True)
class Fail:
    """It does not work now and is tried again with backoff."""

    message: str
    retry_after_s: float | None = None
    """How long the backend asked us to wait."""
    doubtful: bool = field(default=False, kw_only=True)
    """Whether it may be so for a moment only, and is to be said when it has lasted."""


@dataclass(frozen=True, slots=True)
class Release:
    """It is being deleted: take the finalizer off, after the named target if there is one."""

    delete_target: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """A sync is due: ask the provider, then `decide_target`."""

    refresh: RefreshInputs
    store: BoundStore | None
    """None if nothing is to be read."""
    refs: Sequence[Ref]
    """First those of dataFrom, then those of data, in the order of the spec."""
    add_finalizer: bool


Plan = Ignore | Wait | AwaitStore | Refuse | Fail | Release | Fetch


@dataclass(frozen=True, slots=True)
class WriteTarget:
    """Write the target with exactly this data."""

    data: dict[str, SecretValue]


@dataclass(frozen=True, slots=True)
class DeleteTarget:
    """The provider holds nothing any more and the policy is Delete."""


@dataclass(frozen=True, slots=True)
class KeepTarget:
    """The provider holds nothing any more and the policy is Retain."""


TargetPlan = WriteTarget | DeleteTarget | KeepTarget | Fail
