"""Judges what a store has answered before it is written, and pauses the store when too much has changed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Final

from bulkhead_api.external_secret import CreationPolicy, Target
from bulkhead_controller.backends import Outcome
from bulkhead_controller.brakes.answers import Answer, answers_by_store
from bulkhead_controller.brakes.limits import Brake, Limits
from bulkhead_controller.brakes.mass_change import MassChange
from bulkhead_controller.brakes.pauses import Paused, Pauses, Resumed
from bulkhead_controller.externalsecret.memory import Memory
from bulkhead_controller.externalsecret.plan import DeleteTarget, Fail, Fetch, KeepTarget, Seen, TargetPlan, WriteTarget
from bulkhead_controller.externalsecret.status import Message
from bulkhead_controller.externalsecret.target_key import target_key
from bulkhead_controller.secret_copies import SecretCopies
from bulkhead_controller.store.binding import StoreKey
from bulkhead_controller.store.paused import RESUME, resume_value
from bulkhead_runtime.kube.events import ObjectKey, key_of
from bulkhead_runtime.metrics import counter
from bulkhead_target.hashing import hash_data
from bulkhead_target.target import ANNOTATION_DATA_HASH

_TRIPS: Final = counter("bulkhead_mass_change_trips_total", "How often the mass-change breaker has paused a store.")
# The data-hash of a target that others write too is not that of what we were given.
_HOLD_OURS_ALONE: Final = (CreationPolicy.OWNER, CreationPolicy.ORPHAN)


class _Change(Enum):
    """How an answer is to the one before."""

    SAME = auto()
    OTHER = auto()
    UNKNOWN = auto()
    """The one before is not remembered."""
    WANTED = auto()
    """A person changed the ExternalSecret, or it is new: whatever comes is what they want."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One ExternalSecret whose provider has answered, before anything is done about it."""

    seen: Seen
    memory: Memory
    plan: Fetch
    outcomes: Sequence[Outcome]
    target: TargetPlan
    """What is to be done about it."""
    now: datetime


class Changes:
    """The mass-change breaker of all stores."""

    def __init__(
        self,
        limits: Limits,
        pauses: Pauses,
        copies: SecretCopies,
        *,
        users_of: Callable[[StoreKey], int],
    ) -> None:
        """Let through what `limits` say.

        Args:
            limits: of the breaker.
            pauses: which stores are paused.
            copies: metadata of Secrets, where it may be read; it tells what was written before a restart.
            users_of: says how many ExternalSecrets use a store.
        """
        self._limits = limits
        self._windows: MassChange[StoreKey, ObjectKey] = MassChange(limits)
        self._pauses = pauses
        self._copies = copies
        self._users_of = users_of

    def judge(self, answered: Answered) -> Mapping[StoreKey, str] | Fail:
        """Say whether the plan for the target may be carried out.

        Returns:
            What is to be remembered as `Memory.answers` once it is, or a failure that says which store is paused.
        """
        if not self._limits.is_on or not isinstance(answered.target, WriteTarget | DeleteTarget | KeepTarget):
            return {}
        namespace = answered.seen.external_secret.metadata.namespace
        answers = answers_by_store(namespace, answered.plan.sources, answered.outcomes)
        is_only = len(answers) == 1
        paused = {key: self._judge(answered, key, each, is_only=is_only) for key, each in answers.items()}
        pauses = {key: pause for key, pause in paused.items() if pause is not None}
        if pauses:
            key = min(pauses, key=str)
            return Fail(_message(key, pauses[key]), brake=Brake.MASS_CHANGE)
        return {key: answer.said for key, answer in answers.items()}

    def forget(self, user: ObjectKey, memory: Memory) -> None:
        """Forget an ExternalSecret that is gone."""
        for key in memory.answers:
            self._windows.forget(key, user)

    def _judge(self, answered: Answered, key: StoreKey, answer: Answer, *, is_only: bool) -> Paused | None:
        if not self._pauses.is_watched(key):
            return None
        change = _compare(answered, key, answer)
        # What several stores gave together says nothing of one of them.
        if change is _Change.UNKNOWN and is_only:
            change = self._compare_with_target(answered)
        user = key_of(answered.seen.external_secret.metadata)
        state = self._pauses.state_of(key)
        if isinstance(state, Paused):
            return state if change in (_Change.OTHER, _Change.UNKNOWN) else None
        if change is not _Change.OTHER or (isinstance(state, Resumed) and _is_seen_by(state, answered)):
            self._windows.same(key, user, answer.asked)
            return None
        users = self._users_of(key)
        if not self._windows.changed(key, user, answer.asked, users=users, now=answered.now):
            return None
        self._windows.restart(key)
        _TRIPS.inc()
        return self._pauses.trip(key, now=answered.now)

    def _compare_with_target(self, answered: Answered) -> _Change:
        """Compare with what was written before a restart, as far as its metadata may be read and tells."""
        external_secret = answered.seen.external_secret
        if not _shows_what_was_given(external_secret.spec.target):
            return _Change.UNKNOWN
        copy = self._copies.get(target_key(external_secret))
        written = copy.metadata.annotations.get(ANNOTATION_DATA_HASH) if copy is not None else None
        match answered.target:
            case WriteTarget(data) if written is not None:
                return _Change.SAME if written == hash_data(data) else _Change.OTHER
            case DeleteTarget() if written is not None:
                return _Change.OTHER
            case _:
                return _Change.UNKNOWN


def _shows_what_was_given(target: Target) -> bool:
    """Say whether the data-hash on the target is that of what the provider gave when it was written last."""
    is_as_given = target.template is None and target.manifest is None
    # An immutable target holds what was given first.
    return is_as_given and not target.immutable and target.creation_policy in _HOLD_OURS_ALONE


def _compare(answered: Answered, key: StoreKey, answer: Answer) -> _Change:
    seen = answered.seen
    if seen.status.synced_resource_version != answered.plan.refresh.current_version:
        return _Change.WANTED
    before = answered.memory.answers.get(key)
    if before is None:
        return _Change.UNKNOWN
    return _Change.SAME if before == answer.said else _Change.OTHER


def _is_seen_by(resumed: Resumed, answered: Answered) -> bool:
    """Say whether what a person has accepted covers this change: it is the first answer since."""
    before = answered.memory.refreshed_at or answered.seen.status.refresh_time
    return before is None or before <= resumed.at


def _message(key: StoreKey, paused: Paused) -> str:
    return (
        f"{Message.UPDATE_FAILED}: {key} is paused by the mass-change breaker; look at the backend, then annotate the "
        f"store {RESUME}={resume_value(paused.since)}"
    )
