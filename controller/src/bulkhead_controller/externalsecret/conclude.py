"""How a pass over an ExternalSecret ends: what its status, its events and the metrics say, and when to look again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bulkhead_api.external_secret import KIND, ExternalSecret, ExternalSecretStatus
from bulkhead_controller.brakes.brakes import Brakes
from bulkhead_controller.brakes.limits import Brake
from bulkhead_controller.cluster import EventSubject
from bulkhead_controller.events import Recorder
from bulkhead_controller.externalsecret.apply import Applier
from bulkhead_controller.externalsecret.memory import Memory, WrittenStatus
from bulkhead_controller.externalsecret.plan import Fail, Fetch, Seen
from bulkhead_controller.externalsecret.refresh import Wait, wait_after_sync, wait_without_target
from bulkhead_controller.externalsecret.status import (
    Message,
    Reason,
    ready_condition,
    status_after_failure,
    status_after_success,
)
from bulkhead_controller.externalsecret.wording import Wording
from bulkhead_controller.externalsecret.writer import Written
from bulkhead_controller.metrics import ObjectMetrics
from bulkhead_controller.patches import Postpone, Stored, requeue_from_refusal
from bulkhead_controller.requeue import Again, Done, Requeue, Retry
from bulkhead_controller.store.binding import StoreKey
from bulkhead_runtime.kube.events import ObjectKey

UPDATE_FAILED = "UpdateFailed"
"""Reason of the event about a failure. Source: ESO."""
DELETE_BUDGET_EXCEEDED = "DeleteBudgetExceeded"
"""Reason of the event about a Secret that waits for the delete budget."""
MISSING_PROVIDER_SECRET = "MissingProviderSecret"
"""Reason of the event about entries whose secrets the provider does not have. Source: ESO."""
DOUBT = timedelta(seconds=5)
"""How long a failure has to last that may be one of a moment. Longer than an API server takes to read its roles."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """One pass over one ExternalSecret."""

    key: ObjectKey
    seen: Seen
    memory: Memory
    wording: Wording
    now: datetime
    answers: Mapping[StoreKey, str] = field(default_factory=dict)
    """To be remembered once the plan is carried out."""

    @property
    def external_secret(self) -> ExternalSecret:
        """The object that it is about."""
        return self.seen.external_secret

    @property
    def subject(self) -> EventSubject:
        """The same, for events."""
        return EventSubject.of(KIND, self.external_secret.metadata)


@dataclass(frozen=True, slots=True)
class Success:
    """What a pass that went well is to say."""

    reason: Reason
    message: Message
    binding: str = ""
    """Name of the Secret; empty leaves status.binding as it is."""
    secret_changed: bool = False
    """Whether the Secret is known to hold something else than before."""


class Concluder:
    """Says how a pass ended, and stores it where it is new."""

    def __init__(
        self,
        *,
        applier: Applier,
        recorder: Recorder,
        metrics: ObjectMetrics,
        brakes: Brakes,
        refresh_time_after: timedelta | None,
    ) -> None:
        """Take the seams; `refresh_time_after` as for `status_after_success`."""
        self._applier = applier
        self._recorder = recorder
        self._metrics = metrics
        self._brakes = brakes
        self._refresh_time_after = refresh_time_after

    async def succeed(self, each: Pass, plan: Fetch, success: Success) -> Requeue:
        """Say that the target is as it should be."""
        memory, old = each.memory, each.seen.status
        status = status_after_success(
            old,
            reason=success.reason,
            message=success.message,
            synced_version=plan.refresh.current_version,
            binding=success.binding or old.binding.name,
            secret_changed=success.secret_changed,
            refresh_time_after=self._refresh_time_after,
            now=each.now,
        )
        if status != old:
            refused = await self._store(each, status)
            if refused is not None:
                return refused
        memory.refreshed_at = each.now.replace(microsecond=0)
        memory.answers = each.answers
        self._brakes.held.note(each.key, None)
        memory.doubted_since = None
        self.show_condition(each, status)
        wait_after = wait_after_sync if success.reason is each.wording.synced else wait_without_target
        return requeue_from_wait(wait_after(plan.refresh, now=each.now), each.now)

    async def retry(self, each: Pass, outcome: Fail | Postpone) -> Requeue:
        """Say what failed, unless it may be so for a moment only, and try again."""
        match outcome:
            case Postpone(retry_after_s):
                return Retry(retry_after_s)
            case Fail(message, retry_after_s):
                if _is_in_doubt(each, outcome):
                    return Retry(retry_after_s)
                return await self.fail(each, message, Retry(retry_after_s), brake=outcome.brake)

    async def fail(self, each: Pass, message: str, requeue: Requeue, *, brake: Brake | None = None) -> Requeue:
        """Say what failed, and do as `requeue` says; `brake` is what held it back, if anything did."""
        self._metrics.failed(each.key)
        self._brakes.held.note(each.key, brake)
        old = each.seen.status
        status = status_after_failure(old, message, reason=each.wording.failed, now=each.now)
        self.show_condition(each, status)
        if status == old:
            return requeue
        refused = await self._store(each, status)
        if refused is not None:
            return refused
        event = DELETE_BUDGET_EXCEEDED if brake is Brake.DELETE_BUDGET else UPDATE_FAILED
        await self._recorder.warn(each.subject, event, message)
        return requeue

    async def note_write(self, each: Pass, written: Written) -> None:
        """Tell what was written."""
        if written.created:
            await self.note(each, "Created", each.wording.created_event)
        elif written.changed:
            await self.note(each, "Updated", each.wording.updated_event)

    async def note_missing(self, each: Pass, missing: tuple[str, ...]) -> None:
        """Tell which entries the provider has nothing for, once."""
        if missing and missing != each.memory.missing:
            await self.note(each, MISSING_PROVIDER_SECRET, f"the provider has no secret for {', '.join(missing)}")
        each.memory.missing = missing

    async def note(self, each: Pass, reason: str, message: str) -> None:
        """Tell that something was done."""
        await self._recorder.note(each.subject, reason, message)

    def show_condition(self, each: Pass, status: ExternalSecretStatus) -> None:
        """Let the metrics show what the status says."""
        ready = ready_condition(status)
        if ready is not None:
            self._metrics.condition(each.key, ready.status)

    async def _store(self, each: Pass, status: ExternalSecretStatus) -> Requeue | None:
        stored = await self._applier.write_status(
            each.external_secret, status, resource_version=each.seen.resource_version
        )
        if not isinstance(stored, Stored):
            return requeue_from_refusal(stored)
        each.memory.written = WrittenStatus(status, stored.resource_version)
        return None


def _is_in_doubt(each: Pass, fail: Fail) -> bool:
    """Say whether a failure is to be kept silent for now, and remember since when."""
    if not fail.doubtful:
        each.memory.doubted_since = None
        return False
    each.memory.doubted_since = each.memory.doubted_since or each.now
    return each.now - each.memory.doubted_since < DOUBT


def requeue_from_wait(wait: Wait, now: datetime) -> Requeue:
    """Say when to look again by what a decision said."""
    return Done() if wait.until is None else Again(max(0.0, (wait.until - now).total_seconds()))
