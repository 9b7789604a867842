"""The shell around the decisions about a store: gather, decide, apply, and say when to look again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from bulkhead_api.external_secret import StoreKind
from bulkhead_api.meta import ConditionStatus
from bulkhead_controller.cluster import EventSubject
from bulkhead_controller.events import Recorder
from bulkhead_controller.metrics import ObjectMetrics
from bulkhead_controller.patches import Stored, requeue_from_refusal
from bulkhead_controller.requeue import Again, Done, Requeue, Retry
from bulkhead_controller.store.apply import Applier
from bulkhead_controller.store.binding import StoreKey
from bulkhead_controller.store.decide import decide, decide_patience, decide_verdict, maintenance_warning
from bulkhead_controller.store.gather import Gatherer
from bulkhead_controller.store.pause import Pauser
from bulkhead_controller.store.plan import Ignore, Seen, Validate, Verdict
from bulkhead_controller.store.status import Reason, ready_condition, status_with_ready
from bulkhead_runtime.kube.events import ObjectKey, key_of

VALIDATION_WARNING = "ValidationWarning"
"""Reason of the events about what works and should not stay so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Doubt:
    """A row of verdicts on a store that may be of one moment."""

    uid: str
    """Of the store: one that is made anew is another store."""
    since: datetime


class Reconciler:
    """Validates stores of both kinds, one at a time for each key."""

    def __init__(
        self,
        *,
        gatherer: Gatherer,
        applier: Applier,
        recorders: Mapping[StoreKind, Recorder],
        metrics: Mapping[StoreKind, ObjectMetrics],
        pauser: Pauser,
        now: Callable[[], datetime],
    ) -> None:
        """Take the seams; `now` gives UTC."""
        self._gatherer = gatherer
        self._applier = applier
        self._recorders = recorders
        self._metrics = metrics
        self._pauser = pauser
        self._now = now
        self._doubts: dict[StoreKey, _Doubt] = {}

    async def reconcile(self, key: StoreKey) -> Requeue:
        """Validate one store and say when to do so again."""
        metrics, metrics_key = self._metrics[key.kind], ObjectKey(key.namespace, key.name)
        seen = self._gatherer.seen(key)
        if seen is None:
            metrics.forget(metrics_key)
            self._doubts.pop(key, None)
            return Done()
        with metrics.reconcile(metrics_key):
            settled = await self._pauser.settle(seen, EventSubject.of(seen.key.kind.value, seen.store.metadata))
            if settled is not None:
                return settled
            plan = decide(seen)
            match plan:
                case Ignore():
                    self._doubts.pop(key, None)
                    return Done()
                case Validate(store=store, interval=interval):
                    answer = await self._gatherer.answer(store)
                    verdict = decide_verdict(answer, interval=interval)
                    if self._is_to_wait(seen, verdict):
                        metrics.condition(metrics_key, ConditionStatus.TRUE)
                        return Retry(verdict.retry_after_s)
                    return await self._announce(seen, verdict)
                case Verdict():
                    return await self._announce(seen, plan)

    def _is_to_wait(self, seen: Seen, verdict: Verdict) -> bool:
        """Say whether a verdict is doubted for now, and remember since when."""
        if not verdict.doubtful:
            self._doubts.pop(seen.key, None)
            return False
        uid, doubt = seen.store.metadata.uid, self._doubts.get(seen.key)
        if doubt is None or doubt.uid != uid:
            doubt = self._doubts[seen.key] = _Doubt(uid=uid, since=self._now())
        return decide_patience(verdict, seen.store.status, doubted_since=doubt.since, now=self._now())

    async def _announce(self, seen: Seen, verdict: Verdict) -> Requeue:
        metadata = seen.store.metadata
        self._metrics[seen.key.kind].condition(key_of(metadata), _status(verdict))
        old = seen.store.status
        status = status_with_ready(
            old,
            ready=_status(verdict),
            reason=verdict.reason,
            message=verdict.message,
            now=self._now(),
            capabilities=verdict.capabilities,
        )
        if status != old:
            stored = await self._applier.write_status(seen.key, status, resource_version=metadata.resource_version)
            if not isinstance(stored, Stored):
                return requeue_from_refusal(stored)
        if ready_condition(status) != ready_condition(old):
            await self._tell(seen, verdict)
        if verdict.again_after is not None:
            return Again(verdict.again_after.total_seconds())
        return Retry(verdict.retry_after_s) if verdict.retries else Done()

    async def _tell(self, seen: Seen, verdict: Verdict) -> None:
        recorder, subject = self._recorders[seen.key.kind], EventSubject.of(seen.key.kind.value, seen.store.metadata)
        tell = recorder.note if verdict.reason is Reason.VALID else recorder.warn
        await tell(subject, verdict.reason.value, verdict.message)
        for warning in verdict.warnings:
            await recorder.warn(subject, VALIDATION_WARNING, warning)
        unmaintained = maintenance_warning(seen.store.metadata, verdict.maintenance)
        if unmaintained is not None:
            await recorder.warn(subject, unmaintained.reason, unmaintained.message)


def _status(verdict: Verdict) -> ConditionStatus:
    return ConditionStatus.TRUE if verdict.ready else ConditionStatus.FALSE
