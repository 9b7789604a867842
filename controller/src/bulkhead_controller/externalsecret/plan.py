"""What is known of an ExternalSecret, and what can be done about it: the values between gather, decide and apply."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bulkhead_api.external_secret import ExternalSecret, ExternalSecretStatus, SecretStoreRef
from bulkhead_api.secret_value import SecretValue
from bulkhead_controller.backends import BoundStore
from bulkhead_controller.brakes.limits import Brake
from bulkhead_controller.externalsecret.refresh import RefreshInputs, Wait
from bulkhead_controller.externalsecret.sources import Source
from bulkhead_controller.profile import Rights
from bulkhead_controller.store.binding import StoreKey

TargetData = Mapping[str, SecretValue]
"""What the provider gave, by key of the target."""


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


@dataclass(frozen=True, slots=True)
class DeniedStore:
    """The store's conditions do not admit the namespace, or cannot be evaluated."""

    key: StoreKey
    problem: str


StoreState = ForeignStore | MissingStore | UnvalidatedStore | NotReadyStore | UnusableStore | DeniedStore | BoundStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Everything that is known of an ExternalSecret before the provider is asked."""

    external_secret: ExternalSecret
    status: ExternalSecretStatus
    """The newest known; the object's own may be older."""
    resource_version: str
    """Of the object that holds `status`."""
    stores: Mapping[SecretStoreRef, StoreState]
    """Every store that the spec names."""
    rights: Rights
    target_valid: bool
    """Whether the target holds what was written last, as far as may be known."""
    templates_changed: bool
    """Whether a ConfigMap with templates is known to be another than at the last sync."""
    refreshed_at: datetime | None
    """The last successful refresh that this process did, UTC."""
    awaiting_since: datetime | None
    """Since when a store is awaited, UTC; None if none is."""
    generic_targets: bool = False
    """Whether targets of other kinds than Secret may be written."""


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
    brake: Brake | None = field(default=None, kw_only=True)
    """What holds it back on purpose; None means that nothing does."""


@dataclass(frozen=True, slots=True)
class Release:
    """It is being deleted: take the finalizer off, after the named target if there is one."""

    delete_target: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """A sync is due: ask the provider, then `decide_target`."""

    refresh: RefreshInputs
    sources: Sequence[Source]
    """What is to be read, in the order in which it is put together."""
    stores: Mapping[SecretStoreRef, BoundStore]
    """Of the sources."""
    add_finalizer: bool


Plan = Ignore | Wait | AwaitStore | Refuse | Fail | Release | Fetch


@dataclass(frozen=True, slots=True)
class WriteTarget:
    """Write the target with this data, or with what its template makes of it."""

    data: TargetData


@dataclass(frozen=True, slots=True)
class LeaveTarget:
    """creationPolicy None: what was read is not written anywhere."""


@dataclass(frozen=True, slots=True)
class DeleteTarget:
    """The provider holds nothing any more and the policy is Delete."""


@dataclass(frozen=True, slots=True)
class KeepTarget:
    """The provider holds nothing any more and the policy is Retain."""


TargetPlan = WriteTarget | LeaveTarget | DeleteTarget | KeepTarget | Refuse | Fail
