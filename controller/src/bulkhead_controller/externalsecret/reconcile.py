"""The shell around the decisions about an ExternalSecret: gather, decide, apply, and say when to look again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from bulkhead_api.external_secret import KIND, ExternalSecret, ExternalSecretStatus
from bulkhead_controller.brakes.brakes import Brakes
from bulkhead_controller.brakes.changes import Answered
from bulkhead_controller.brakes.limits import Brake
from bulkhead_controller.cluster import EventSubject
from bulkhead_controller.events import Recorder
from bulkhead_controller.externalsecret.apply import Applier, Gone, Stored
from bulkhead_controller.externalsecret.contents import missing_entries
from bulkhead_controller.externalsecret.decide import decide
from bulkhead_controller.externalsecret.deciding import Deciding
from bulkhead_controller.externalsecret.gather import Gatherer
from bulkhead_controller.externalsecret.manifest.kind import manifest_of
from bulkhead_controller.externalsecret.memory import Memory, WrittenStatus
from bulkhead_controller.externalsecret.plan import (
    AwaitStore,
    DeleteTarget,
    Fail,
    Fetch,
    Ignore,
    KeepTarget,
    LeaveTarget,
    Plan,
    Refuse,
    Release,
    Seen,
    TargetData,
    TargetPlan,
    WriteTarget,
)
from bulkhead_controller.externalsecret.refresh import Wait, wait_after_sync, wait_without_target
from bulkhead_controller.externalsecret.refusal import Postpone
from bulkhead_controller.externalsecret.status import (
    Message,
    Reason,
    ready_condition,
    status_after_failure,
    status_after_success,
)
from bulkhead_controller.externalsecret.target import target_name
from bulkhead_controller.externalsecret.wording import Wording
from bulkhead_controller.externalsecret.writer import (
    Absent,
    Deleted,
    Look,
    Missing,
    NotOurs,
    TargetWriter,
    Written,
)
from bulkhead_controller.metrics import ObjectMetrics
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
class _Pass:
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
        return self.seen.external_secret


class Reconciler:
    """Brings ExternalSecrets up to date, one at a time for each key."""

    def __init__(
        self,
        *,
        gatherer: Gatherer,
        applier: Applier,
        writer_of: Callable[[ExternalSecret], TargetWriter],
        recorder: Recorder,
        metrics: ObjectMetrics,
        brakes: Brakes,
        refresh_time_after: timedelta | None,
        now: Callable[[], datetime],
    ) -> None:
        """Take the seams.

        Args:
            gatherer: reads.
            applier: stores the status.
            writer_of: says by which way an object's target is written.
            recorder: tells events.
            metrics: counts.
            brakes: hold back what would be one too many.
            refresh_time_after: see `status_after_success`.
            now: gives UTC.
        """
        self._gatherer = gatherer
        self._applier = applier
        self._writer_of = writer_of
        self._refresh_time_after = refresh_time_after
        self._recorder = recorder
        self._metrics = metrics
        self._brakes = brakes
        self._now = now
        self._deciding = Deciding()
        self._memories: dict[ObjectKey, Memory] = {}

    async def reconcile(self, key: ObjectKey) -> Requeue:
        """Bring one ExternalSecret up to date and say when to look again."""
        external_secret = self._gatherer.external_secret(key)
        if external_secret is None:
            forgotten = self._memories.pop(key, None)
            self._metrics.forget(key)
            self._brakes.forget(key, forgotten)
            return Done()
        memory = self._memory(key, external_secret)
        seen = self._gatherer.seen(external_secret, memory)
        wording = self._writer_of(external_secret).wording(external_secret)
        each = _Pass(key=key, seen=seen, memory=memory, wording=wording, now=self._now())
        with self._metrics.reconcile(key):
            return await self._carry_out(each)

    async def _carry_out(self, each: _Pass) -> Requeue:
        plan = await self._plan(each)
        if isinstance(plan, Postpone):
            return Retry(plan.retry_after_s)
        if isinstance(plan, AwaitStore):
            each.memory.awaiting_since = each.seen.awaiting_since or each.now
            return Again(max(0.0, (plan.until - each.now).total_seconds()))
        # A store that was awaited in vain is not awaited once more on each retry.
        if not isinstance(plan, Fail):
            each.memory.awaiting_since = None
        match plan:
            case Ignore():
                self._brakes.held.note(each.key, None)
                return Done()
            case Wait():
                self._show_condition(each, each.seen.status)
                return _requeue_from_wait(plan, each.now)
            case Refuse(message):
                return await self._fail(each, message, Done())
            case Fail():
                return await self._retry(each, plan)
            case Release():
                return await self._release(each, plan)
            case Fetch():
                return await self._sync(each, plan)

    async def _plan(self, each: _Pass) -> Plan | Postpone:
        plan = decide(each.seen, now=each.now)
        # Where nothing is due, a target that was edited or deleted is what may make it so.
        if not isinstance(plan, Wait) or not each.seen.status.synced_resource_version:
            return plan
        look = await self._writer_of(each.external_secret).look(each.external_secret, each.memory)
        match look:
            case Look(valid=True):
                return plan
            case Look():
                return decide(replace(each.seen, target_valid=False), now=each.now)
            case Postpone() | Fail():
                return look

    async def _sync(self, each: _Pass, plan: Fetch) -> Requeue:
        problem = await self._writer_of(each.external_secret).check(each.external_secret)
        if problem is not None:
            return await self._retry(each, problem)
        answers = await self._gatherer.answers(each.external_secret, plan)
        # A Secret written for an owner that is gone would hold values until the garbage collector finds it.
        if not self._gatherer.is_current(each.external_secret):
            return Done()
        if isinstance(answers, Fail):
            return await self._retry(each, answers)
        await self._note_missing(each, missing_entries(plan.sources, answers))
        target = await self._deciding.decide_target(each.external_secret, plan.sources, answers)
        judged = self._brakes.changes.judge(
            Answered(seen=each.seen, memory=each.memory, plan=plan, outcomes=answers, target=target, now=each.now)
        )
        if isinstance(judged, Fail):
            return await self._retry(each, judged)
        return await self._apply(replace(each, answers=judged), plan, target)

    async def _apply(self, each: _Pass, plan: Fetch, target: TargetPlan) -> Requeue:
        if isinstance(target, Fail):
            return await self._retry(each, target)
        if isinstance(target, Refuse):
            return await self._fail(each, target.message, Done())
        if plan.add_finalizer:
            stored = await self._applier.add_finalizer(each.external_secret)
            if not isinstance(stored, Stored):
                return _requeue_from_refusal(stored)
            each = replace(each, seen=replace(each.seen, resource_version=stored.resource_version))
        match target:
            case WriteTarget(data):
                return await self._write(each, plan, data)
            case DeleteTarget():
                return await self._delete(each, plan)
            case KeepTarget():
                return await self._succeed(each, plan, _Success(each.wording.synced, Message.RETAINED))
            case LeaveTarget():
                return await self._succeed(each, plan, _Success(each.wording.synced, Message.SYNCED))

    async def _write(self, each: _Pass, plan: Fetch, data: TargetData) -> Requeue:
        writer = self._writer_of(each.external_secret)
        written = await writer.write(each.external_secret, data, each.memory)
        if isinstance(written, Missing):
            return await self._succeed(each, plan, _Success(each.wording.missing, Message.MISSING))
        if not isinstance(written, Written):
            return await self._retry(each, written)
        await self._note_write(each, written)
        if written.failure is not None:
            return await self._retry(each, written.failure)
        for orphan in writer.orphans(each.external_secret, each.seen.status.binding.name):
            gone = await self._remove(each, orphan, failure=Message.DELETE_ORPHANED_FAILED)
            # The binding keeps the old name until the old Secret is gone, so that a failure is tried again.
            if isinstance(gone, Postpone | Fail):
                return await self._retry(each, gone)
            if isinstance(gone, Deleted):
                await self._note(each, "Deleted", "secret deleted because it was orphaned")
        success = _Success(
            each.wording.synced,
            Message.SYNCED,
            # A binding is of a Secret. Source: servicebinding.io; ESO sets none for other kinds.
            binding=target_name(each.external_secret) if manifest_of(each.external_secret.spec.target) is None else "",
            secret_changed=written.changed,
        )
        return await self._succeed(each, plan, success)

    async def _delete(self, each: _Pass, plan: Fetch) -> Requeue:
        name = target_name(each.external_secret)
        gone = await self._remove(each, name, failure=each.wording.delete_failed)
        match gone:
            case Postpone() | Fail():
                return await self._retry(each, gone)
            case NotOurs():
                problem = "target exists and does not belong to this ExternalSecret"
                return await self._retry(each, Fail(f"{each.wording.delete_failed}: {problem}"))
            case Deleted():
                await self._note(each, "Deleted", each.wording.deleted_event)
            case Absent():
                pass
        return await self._succeed(each, plan, _Success(each.wording.deleted, Message.DELETED))

    async def _release(self, each: _Pass, plan: Release) -> Requeue:
        if plan.delete_target is not None:
            gone = await self._remove(each, plan.delete_target, failure=each.wording.delete_failed)
            # Where the target cannot be deleted now, the garbage collector deletes it once its owner is gone.
            if isinstance(gone, Postpone) or (isinstance(gone, Fail) and gone.brake is not None):
                return await self._retry(each, gone)
        stored = await self._applier.remove_finalizer(each.external_secret)
        return Done() if isinstance(stored, Stored) else _requeue_from_refusal(stored)

    async def _remove(
        self, each: _Pass, name: str, *, failure: Message
    ) -> Deleted | Absent | NotOurs | Postpone | Fail:
        writer = self._writer_of(each.external_secret)
        delete = partial(writer.delete, each.external_secret, name, each.memory, failure=failure)
        return await self._brakes.deletes.within_budget(each.seen, delete, failure=failure)

    async def _succeed(self, each: _Pass, plan: Fetch, success: "_Success") -> Requeue:
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
        self._show_condition(each, status)
        wait_after = wait_after_sync if success.reason is Reason.SYNCED else wait_without_target
        return _requeue_from_wait(wait_after(plan.refresh, now=each.now), each.now)

    async def _note_write(self, each: _Pass, written: Written) -> None:
        if written.created:
            await self._note(each, "Created", each.wording.created_event)
        elif written.changed:
            await self._note(each, "Updated", each.wording.updated_event)

    async def _note_missing(self, each: _Pass, missing: tuple[str, ...]) -> None:
        if missing and missing != each.memory.missing:
            await self._note(each, MISSING_PROVIDER_SECRET, f"the provider has no secret for {', '.join(missing)}")
        each.memory.missing = missing

    async def _note(self, each: _Pass, reason: str, message: str) -> None:
        await self._recorder.note(_subject(each.external_secret), reason, message)

    async def _retry(self, each: _Pass, outcome: Fail | Postpone) -> Requeue:
        match outcome:
            case Postpone(retry_after_s):
                return Retry(retry_after_s)
            case Fail(message, retry_after_s):
                if _is_in_doubt(each, outcome):
                    return Retry(retry_after_s)
                return await self._fail(each, message, Retry(retry_after_s), brake=outcome.brake)

    async def _fail(self, each: _Pass, message: str, requeue: Requeue, *, brake: Brake | None = None) -> Requeue:
        self._metrics.failed(each.key)
        self._brakes.held.note(each.key, brake)
        old = each.seen.status
        status = status_after_failure(old, message, reason=each.wording.failed, now=each.now)
        self._show_condition(each, status)
        if status == old:
            return requeue
        refused = await self._store(each, status)
        if refused is not None:
            return refused
        event = DELETE_BUDGET_EXCEEDED if brake is Brake.DELETE_BUDGET else UPDATE_FAILED
        await self._recorder.warn(_subject(each.external_secret), event, message)
        return requeue

    async def _store(self, each: _Pass, status: ExternalSecretStatus) -> Requeue | None:
        stored = await self._applier.write_status(
            each.external_secret, status, resource_version=each.seen.resource_version
        )
        if not isinstance(stored, Stored):
            return _requeue_from_refusal(stored)
        each.memory.written = WrittenStatus(status, stored.resource_version)
        return None

    def _memory(self, key: ObjectKey, external_secret: ExternalSecret) -> Memory:
        memory = self._memories.get(key)
        if memory is None or memory.uid != external_secret.metadata.uid:
            memory = self._memories[key] = Memory(uid=external_secret.metadata.uid)
        return memory

    def _show_condition(self, each: _Pass, status: ExternalSecretStatus) -> None:
        ready = ready_condition(status)
        if ready is not None:
            self._metrics.condition(each.key, ready.status)


@dataclass(frozen=True, slots=True)
class _Success:
    reason: Reason
    message: Message
    binding: str = ""
    """Name of the Secret; empty leaves status.binding as it is."""
    secret_changed: bool = False
    """Whether the Secret is known to hold something else than before."""


def _is_in_doubt(each: _Pass, fail: Fail) -> bool:
    """Say whether a failure is to be kept silent for now, and remember since when."""
    if not fail.doubtful:
        each.memory.doubted_since = None
        return False
    each.memory.doubted_since = each.memory.doubted_since or each.now
    return each.now - each.memory.doubted_since < DOUBT


def _subject(external_secret: ExternalSecret) -> EventSubject:
    metadata = external_secret.metadata
    return EventSubject(
        kind=KIND,
        namespace=metadata.namespace,
        name=metadata.name,
        uid=metadata.uid,
        resource_version=metadata.resource_version,
    )


def _requeue_from_wait(wait: Wait, now: datetime) -> Requeue:
    return Done() if wait.until is None else Again(max(0.0, (wait.until - now).total_seconds()))


def _requeue_from_refusal(refused: Gone | Postpone) -> Requeue:
    return Done() if isinstance(refused, Gone) else Retry(refused.retry_after_s)
