"""What the policies of an ExternalSecret make of its target: an answer of its own to each combination and each event.

It is made from what ESO 2.9 does and knows nothing of the controller. Where Bulkhead does something else on purpose,
that is a `Deviation` with a name and a reason, and nothing else is let through. Pure.

Source: ESO, reconcile, shouldRefresh, isSecretValid, applyMutation; its documentation of the lifecycle.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import product
from typing import Final

from bulkhead_api.external_secret import CreationPolicy, DeletionPolicy, RefreshPolicy

KEY: Final = "password"
"""The key of the target that the ExternalSecret fills."""
OLD: Final = b"old"
"""What the provider holds before the event."""
NEW: Final = b"new"
"""What it holds after an event that changes it."""
EDITED: Final = b"edited"
"""What a user writes over `KEY`."""
THEIRS: Final = ("theirs", b"theirs")
"""What a Secret holds that a user made before there was an ExternalSecret."""
ADDED: Final = ("added", b"added")
"""What a user puts beside it with the edit."""


class Event(StrEnum):
    """What happens to an ExternalSecret that was synced, or to its target, or to the provider."""

    CREATE = "is created"
    """Without a target that it could find."""
    REFRESH_CHANGED = "comes to its interval and the value has changed"
    REFRESH_UNCHANGED = "comes to its interval and nothing has changed"
    FORCE_SYNC = "is annotated and the value has changed"
    TARGET_DELETED = "loses its target after the value has changed"
    TARGET_EDITED = "has its target edited"
    SOURCE_GONE = "has lost its source at the provider"
    DELETED = "is deleted"
    RECREATED = "is created again after the value has changed"


class Deviation(StrEnum):
    """What Bulkhead does otherwise on purpose, and why."""

    NEEDS_READS = "without the right to read, the keys of others could not be kept, so the policy is refused by name"
    DRIFT_WAITS = "without the right to read, a changed target is seen by the next refresh and by nothing else"
    NONE_IS_NOT_LOOKED_AT = "with creationPolicy None there is no target, so none is a reason to ask the provider"
    FROZEN_IS_FOREIGN = "without the right to read, a frozen Secret of an earlier object is not known to be ours"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One combination of the policies."""

    creation: CreationPolicy
    deletion: DeletionPolicy
    refresh: RefreshPolicy
    immutable: bool

    @property
    def name(self) -> str:
        """Name it, as an object of Kubernetes may be named."""
        parts = (self.creation, self.deletion, self.refresh, "immutable" if self.immutable else "mutable")
        return "-".join(parts).lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What matters of a target Secret."""

    data: Mapping[str, bytes]
    owned: bool = False
    """Whether the ExternalSecret is its owner."""
    immutable: bool = False


@dataclass(frozen=True, slots=True)
class Ready:
    """The condition Ready."""

    status: str
    reason: str
    says: tuple[str, ...]
    """What the message has to hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What follows from an event."""

    at_once: Target | None
    """The target when the event was seen and no time has passed; None means that there is none."""
    later: Target | None
    """The target after the refresh interval, and from then on."""
    ready: Ready | None
    """After the refresh interval; None means that the object is gone."""
    asks: bool
    """Whether the provider is asked after the event."""
    deviation: Deviation | None = None
    """In what this is not what ESO does."""


SYNCED: Final = Ready("True", "SecretSynced", ("secret synced",))
MISSING: Final = Ready("True", "SecretMissing", ("secret will not be created due to CreationPolicy=Merge",))
GONE: Final = Ready("True", "SecretDeleted", ("secret deleted due to DeletionPolicy=Delete",))

ROWS: Final = tuple(
    Row(creation=creation, deletion=deletion, refresh=refresh, immutable=immutable)
    for creation, deletion, refresh, immutable in product(CreationPolicy, DeletionPolicy, RefreshPolicy, (False, True))
)
"""Every combination."""
STORABLE: Final = tuple(
    row
    for row in ROWS
    if not (
        (row.deletion is DeletionPolicy.DELETE and row.creation not in (CreationPolicy.OWNER, CreationPolicy.ORPHAN))
        or (row.deletion is DeletionPolicy.MERGE and row.creation is CreationPolicy.NONE)
    )
)
"""Every combination that the API server takes; objects from before its rules may have the others."""

_MERGES: Final = (CreationPolicy.MERGE, CreationPolicy.CREATE_OR_MERGE)
_NEEDS_A_SECRET: Final = (CreationPolicy.MERGE, CreationPolicy.NONE)
_VALUES: Final = {Event.REFRESH_CHANGED: NEW, Event.REFRESH_UNCHANGED: OLD, Event.SOURCE_GONE: None}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Course:
    """What an event leads to, before it is known what a refresh makes of it."""

    found: Target | None
    """The target as the event leaves it."""
    value: bytes | None
    """What the provider holds; None means nothing."""
    at_once: bool = False
    """Whether the event makes a refresh due."""
    deviation: Deviation | None = field(default=None)


def laid_before(row: Row, event: Event) -> Target | None:
    """Give the Secret that a user makes before the ExternalSecret; the policies that make none need one."""
    if event is Event.CREATE or row.creation not in _NEEDS_A_SECRET:
        return None
    return Target(data=dict([THEIRS]))


def before(row: Row, event: Event, *, reads: bool) -> Target | None:
    """Give the target of the ExternalSecret that was synced, which the event then happens to."""
    laid = laid_before(row, event)
    return laid if _is_refused(row, reads=reads) else _refreshed(row, laid, OLD)[0]


def can_be_edited(target: Target | None) -> bool:
    """Say whether the API server lets a user edit the data."""
    return target is not None and not target.immutable


def expectation(row: Row, event: Event, *, reads: bool) -> Expectation:
    """Say what follows from an event.

    Args:
        row: the policies.
        event: what happens.
        reads: whether the profile lets the controller read and watch Secrets, as ESO does.
    """
    if _is_refused(row, reads=reads):
        return _refused(row, event)
    if event is Event.DELETED:
        left = _left_behind(before(row, event, reads=reads))
        return Expectation(at_once=left, later=left, ready=None, asks=False)
    course = _course(row, event, reads=reads)
    periodic = row.refresh is RefreshPolicy.PERIODIC
    at_once, ready = _refreshed(row, course.found, course.value) if course.at_once else (course.found, SYNCED)
    later = at_once
    if periodic:
        later, ready = _refreshed(row, at_once, course.value)
    if course.deviation is Deviation.FROZEN_IS_FOREIGN:
        ready = failed("could not update secret, target is immutable")
    return Expectation(
        at_once=at_once, later=later, ready=ready, asks=course.at_once or periodic, deviation=course.deviation
    )


def failed(*says: str) -> Ready:
    """Give the condition of a sync that failed."""
    return Ready("False", "SecretSyncedError", says)


def _is_refused(row: Row, *, reads: bool) -> bool:
    return row.creation in _MERGES and not reads


def _refused(row: Row, event: Event) -> Expectation:
    target = laid_before(row, event)
    match event:
        case Event.TARGET_DELETED:
            target = None
        case Event.TARGET_EDITED if target is not None:
            target = _edited(target)
        case _:
            pass
    says = failed(f"spec.target.creationPolicy: {row.creation}", "profile strict")
    ready = None if event is Event.DELETED else says
    return Expectation(at_once=target, later=target, ready=ready, asks=False, deviation=Deviation.NEEDS_READS)


def _course(row: Row, event: Event, *, reads: bool) -> _Course:
    course = _course_of_event(row, event, reads=reads)
    idle = not course.at_once and row.refresh is not RefreshPolicy.PERIODIC
    if row.creation is CreationPolicy.NONE and idle:
        # ESO never finds a target valid that it did not write, and asks the provider at each look.
        return replace(course, deviation=Deviation.NONE_IS_NOT_LOOKED_AT)
    return course


def _course_of_event(row: Row, event: Event, *, reads: bool) -> _Course:
    found = before(row, event, reads=reads)
    match event:
        case Event.CREATE | Event.DELETED:
            return _Course(found=laid_before(row, event), value=OLD, at_once=True)
        case Event.RECREATED:
            return _recreated(row, _left_behind(found), reads=reads)
        case Event.TARGET_DELETED:
            return _drifted(row, _Course(found=None, value=NEW), reads=reads)
        case Event.TARGET_EDITED:
            return _after_edit(row, found, reads=reads)
        case Event.FORCE_SYNC:
            return _Course(found=found, value=NEW, at_once=row.refresh is not RefreshPolicy.CREATED_ONCE)
        case Event.REFRESH_CHANGED | Event.REFRESH_UNCHANGED | Event.SOURCE_GONE:
            return _Course(found=found, value=_VALUES[event])


def _after_edit(row: Row, found: Target | None, *, reads: bool) -> _Course:
    if found is None or not can_be_edited(found):
        return _Course(found=found, value=OLD)
    return _drifted(row, _Course(found=_edited(found), value=OLD), reads=reads)


def _recreated(row: Row, found: Target | None, *, reads: bool) -> _Course:
    # An unowned Secret is kept, and only what is immutable is safe from the new object.
    frozen = found is not None and found.immutable and row.creation is not CreationPolicy.NONE
    deviation = Deviation.FROZEN_IS_FOREIGN if frozen and not reads else None
    return _Course(found=found, value=NEW, at_once=True, deviation=deviation)


def _drifted(row: Row, course: _Course, *, reads: bool) -> _Course:
    if row.creation in (CreationPolicy.ORPHAN, CreationPolicy.NONE):
        return course
    # Under every refreshPolicy, as a target that does not hold what was written is never left.
    return replace(course, at_once=True) if reads else replace(course, deviation=Deviation.DRIFT_WAITS)


def _edited(target: Target) -> Target:
    return replace(target, data={**target.data, KEY: EDITED, **dict([ADDED])})


def _left_behind(target: Target | None) -> Target | None:
    # By the garbage collector or, with deletionPolicy Delete, by the finalizer.
    return None if target is not None and target.owned else target


def _refreshed(row: Row, found: Target | None, value: bytes | None) -> tuple[Target | None, Ready]:
    """Say what a refresh makes of the target that it finds."""
    if value is None and row.deletion is DeletionPolicy.RETAIN:
        return found, failed("could not get secret data from provider")
    if value is None and row.deletion is DeletionPolicy.DELETE:
        return (None, GONE) if row.creation is CreationPolicy.OWNER else (found, failed("could not delete secret"))
    if row.creation is CreationPolicy.NONE:
        return found, SYNCED
    if found is None and row.creation is CreationPolicy.MERGE:
        return None, MISSING
    data = {} if value is None else {KEY: value}
    owned = row.creation is CreationPolicy.OWNER
    if found is None:
        return Target(data=data, owned=owned, immutable=row.immutable), SYNCED
    return Target(data=_data(row, found, data), owned=owned, immutable=found.immutable or row.immutable), SYNCED


def _data(row: Row, found: Target, data: Mapping[str, bytes]) -> Mapping[str, bytes]:
    if row.immutable:
        return found.data
    if row.creation not in _MERGES:
        return data
    return {key: value for key, value in found.data.items() if key != KEY} | dict(data)
