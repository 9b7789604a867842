"""The shell around the decisions about an ExternalSecret: gather, decide, apply, and say when to look again."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial

from bulkhead_api.external_secret import ExternalSecret
from bulkhead_controller.brakes.brakes import Brakes
from bulkhead_controller.brakes.changes import Answered
from bulkhead_controller.externalsecret.apply import Applier
from bulkhead_controller.externalsecret.conclude import (
    Concluder,
    Pass,
    Success,
    requeue_from_wait,
)
from bulkhead_controller.externalsecret.contents import missing_entries
from bulkhead_controller.externalsecret.decide import decide
from bulkhead_controller.externalsecret.deciding import Deciding
from bulkhead_controller.externalsecret.gather import Gatherer
from bulkhead_controller.externalsecret.memory import Memory
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
    TargetData,
    TargetPlan,
    WriteTarget,
)
from bulkhead_controller.externalsecret.refresh import Wait
from bulkhead_controller.externalsecret.status import Message
from bulkhead_controller.externalsecret.templating import Made, Templating
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
from bulkhead_controller.patches import Postpone, Stored, requeue_from_refusal
from bulkhead_controller.requeue import Again, Done, Requeue, Retry
from bulkhead_runtime.kube.events import ObjectKey
from bulkhead_target.manifest import manifest_of
from bulkhead_target.target import target_name


class Reconciler:
    """Brings ExternalSecrets up to date, one at a time for each key."""

    def __init__(
        self,
        *,
        gatherer: Gatherer,
        applier: Applier,
        writer_of: Callable[[ExternalSecret], TargetWriter],
        concluder: Concluder,
        metrics: ObjectMetrics,
        brakes: Brakes,
        templating: Templating,
        now: Callable[[], datetime],
    ) -> None:
        """Take the seams.

        Args:
            gatherer: reads.
            applier: stores the status.
            writer_of: says by which way an object's target is written.
            concluder: says how a pass ended.
            metrics: counts.
            brakes: hold back what would be one too many.
            templating: makes of what was fetched what the target shall have.
            now: gives UTC.
        """
        self._gatherer = gatherer
        self._applier = applier
        self._writer_of = writer_of
        self._concluder = concluder
        self._metrics = metrics
        self._brakes = brakes
        self._now = now
        self._templating = templating
        self._deciding = Deciding(templating.names)
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
        each = Pass(key=key, seen=seen, memory=memory, wording=wording, now=self._now())
        with self._metrics.reconcile(key):
            return await self._carry_out(each)

    async def _carry_out(self, each: Pass) -> Requeue:
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
                self._concluder.show_condition(each, each.seen.status)
                return requeue_from_wait(plan, each.now)
            case Refuse(message):
                return await self._concluder.fail(each, message, Done())
            case Fail():
                return await self._concluder.retry(each, plan)
            case Release():
                return await self._release(each, plan)
            case Fetch():
                return await self._sync(each, plan)

    async def _plan(self, each: Pass) -> Plan | Postpone:
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

    async def _sync(self, each: Pass, plan: Fetch) -> Requeue:
        problem = await self._writer_of(each.external_secret).check(each.external_secret)
        if problem is not None:
            return await self._concluder.retry(each, problem)
        answers = await self._gatherer.answers(each.external_secret, plan)
        # A Secret written for an owner that is gone would hold values until the garbage collector finds it.
        if not self._gatherer.is_current(each.external_secret):
            return Done()
        if isinstance(answers, Fail):
            return await self._concluder.retry(each, answers)
        await self._concluder.note_missing(each, missing_entries(plan.sources, answers))
        target = await self._deciding.decide_target(each.external_secret, plan.sources, answers)
        judged = self._brakes.changes.judge(
            Answered(seen=each.seen, memory=each.memory, plan=plan, outcomes=answers, target=target, now=each.now)
        )
        if isinstance(judged, Fail):
            return await self._concluder.retry(each, judged)
        return await self._apply(replace(each, answers=judged), plan, target)

    async def _apply(self, each: Pass, plan: Fetch, target: TargetPlan) -> Requeue:
        if isinstance(target, Fail):
            return await self._concluder.retry(each, target)
        if isinstance(target, Refuse):
            return await self._concluder.fail(each, target.message, Done())
        if plan.add_finalizer:
            stored = await self._applier.add_finalizer(each.external_secret)
            if not isinstance(stored, Stored):
                return requeue_from_refusal(stored)
            each = replace(each, seen=replace(each.seen, resource_version=stored.resource_version))
        match target:
            case WriteTarget(data):
                return await self._write(each, plan, data)
            case DeleteTarget():
                return await self._delete(each, plan)
            case KeepTarget():
                return await self._concluder.succeed(each, plan, Success(each.wording.synced, Message.RETAINED))
            case LeaveTarget():
                return await self._concluder.succeed(each, plan, Success(each.wording.synced, Message.SYNCED))

    async def _write(self, each: Pass, plan: Fetch, data: TargetData) -> Requeue:
        made = await self._templating.content(each.external_secret, data)
        if isinstance(made, Refuse):
            return await self._concluder.fail(each, made.message, Done())
        if not isinstance(made, Made):
            return await self._concluder.retry(each, made)
        # Rendering may have taken a while, as the fetch before.
        if not self._gatherer.is_current(each.external_secret):
            return Done()
        writer = self._writer_of(each.external_secret)
        written = await writer.write(each.external_secret, made.content, each.memory)
        if isinstance(written, Missing):
            return await self._concluder.succeed(each, plan, Success(each.wording.missing, Message.MISSING))
        if not isinstance(written, Written):
            return await self._concluder.retry(each, written)
        await self._concluder.note_write(each, written)
        if written.failure is not None:
            return await self._concluder.retry(each, written.failure)
        each.memory.config_maps = made.config_maps
        for orphan in writer.orphans(each.external_secret, each.seen.status.binding.name):
            gone = await self._remove(each, orphan, failure=Message.DELETE_ORPHANED_FAILED)
            # The binding keeps the old name until the old Secret is gone, so that a failure is tried again.
            if isinstance(gone, Postpone | Fail):
                return await self._concluder.retry(each, gone)
            if isinstance(gone, Deleted):
                await self._concluder.note(each, "Deleted", "secret deleted because it was orphaned")
        success = Success(
            each.wording.synced,
            Message.SYNCED,
            # A binding is of a Secret. Source: servicebinding.io; ESO sets none for other kinds.
            binding=target_name(each.external_secret) if manifest_of(each.external_secret.spec.target) is None else "",
            secret_changed=written.changed,
        )
        return await self._concluder.succeed(each, plan, success)

    async def _delete(self, each: Pass, plan: Fetch) -> Requeue:
        name = target_name(each.external_secret)
        gone = await self._remove(each, name, failure=each.wording.delete_failed)
        match gone:
            case Postpone() | Fail():
                return await self._concluder.retry(each, gone)
            case NotOurs():
                problem = "target exists and does not belong to this ExternalSecret"
                return await self._concluder.retry(each, Fail(f"{each.wording.delete_failed}: {problem}"))
            case Deleted():
                await self._concluder.note(each, "Deleted", each.wording.deleted_event)
            case Absent():
                pass
        return await self._concluder.succeed(each, plan, Success(each.wording.deleted, Message.DELETED))

    async def _release(self, each: Pass, plan: Release) -> Requeue:
        if plan.delete_target is not None:
            gone = await self._remove(each, plan.delete_target, failure=each.wording.delete_failed)
            # Where the target cannot be deleted now, the garbage collector deletes it once its owner is gone.
            if isinstance(gone, Postpone) or (isinstance(gone, Fail) and gone.brake is not None):
                return await self._concluder.retry(each, gone)
        stored = await self._applier.remove_finalizer(each.external_secret)
        return Done() if isinstance(stored, Stored) else requeue_from_refusal(stored)

    async def _remove(self, each: Pass, name: str, *, failure: Message) -> Deleted | Absent | NotOurs | Postpone | Fail:
        writer = self._writer_of(each.external_secret)
        delete = partial(writer.delete, each.external_secret, name, each.memory, failure=failure)
        return await self._brakes.deletes.within_budget(each.seen, delete, failure=failure)

    def _memory(self, key: ObjectKey, external_secret: ExternalSecret) -> Memory:
        memory = self._memories.get(key)
        if memory is None or memory.uid != external_secret.metadata.uid:
            memory = self._memories[key] = Memory(uid=external_secret.metadata.uid)
        return memory
