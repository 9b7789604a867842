"""The shell around the decisions about a ClusterExternalSecret: gather, decide, apply, and when to look again."""

from collections.abc import Iterable, Sequence
from typing import Final

from bulkhead_api.cluster_external_secret import KIND, ClusterExternalSecret, FailedNamespace
from bulkhead_controller.cluster import EventSubject
from bulkhead_controller.clusterexternalsecret.apply import Applier, Written
from bulkhead_controller.clusterexternalsecret.children import children_name
from bulkhead_controller.clusterexternalsecret.decide import decide
from bulkhead_controller.clusterexternalsecret.gather import Gatherer
from bulkhead_controller.clusterexternalsecret.plan import Converge, Ignore, Remove
from bulkhead_controller.clusterexternalsecret.status import new_failures, readiness, status_after_pass
from bulkhead_controller.events import Recorder
from bulkhead_controller.metrics import ObjectMetrics
from bulkhead_controller.patches import Stored, requeue_from_refusal
from bulkhead_controller.requeue import Again, Done, Requeue, Retry
from bulkhead_runtime.kube.events import ObjectKey, key_of

NAMESPACE_FAILED: Final = "NamespaceFailed"
"""Reason of the events about a namespace that has no child as it should be."""
MAX_EVENTS: Final = 10
"""Events of one pass; which namespaces failed stands in the status, all of them."""


class Reconciler:
    """Keeps the children of ClusterExternalSecrets as they should be, one object at a time for each key."""

    def __init__(self, *, gatherer: Gatherer, applier: Applier, recorder: Recorder, metrics: ObjectMetrics) -> None:
        """Take the seams."""
        self._gatherer = gatherer
        self._applier = applier
        self._recorder = recorder
        self._metrics = metrics

    async def reconcile(self, key: ObjectKey) -> Requeue:
        """Bring the children of one object up to date and say when to look again."""
        seen = self._gatherer.seen(key)
        if seen is None:
            self._metrics.forget(key)
            return Done()
        with self._metrics.reconcile(key):
            plan = decide(seen)
            match plan:
                case Ignore():
                    return Done()
                case Remove():
                    return await self._remove(seen.owner, plan)
                case Converge():
                    return await self._converge(seen.owner, plan)

    async def _remove(self, owner: ClusterExternalSecret, plan: Remove) -> Requeue:
        written = await self._applier.write(plan.deletes)
        if written.postponed is not None:
            return Retry(written.postponed.retry_after_s)
        if written.failed:
            return await self._fail(owner, written)
        metadata = owner.metadata
        outcome = await self._applier.set_finalizers(
            metadata.name, resource_version=metadata.resource_version, finalizers=plan.finalizers
        )
        return Done() if isinstance(outcome, Stored) else requeue_from_refusal(outcome)

    async def _converge(self, owner: ClusterExternalSecret, plan: Converge) -> Requeue:
        written = await self._applier.write(plan.renamed)
        if written.failed:
            return await self._fail(owner, written)
        if written.postponed is None:
            written = await self._applier.write(plan.writes)
        if written.postponed is not None:
            return Retry(written.postponed.retry_after_s)
        failed = [*plan.failed, *written.failed]
        provisioned = set(plan.targets) - {each.namespace for each in failed}
        requeue = await self._announce(owner, children_name(owner), provisioned, failed)
        if requeue is not None:
            return requeue
        return Retry() if written.retries else Again(plan.again_after.total_seconds())

    async def _fail(self, owner: ClusterExternalSecret, written: Written) -> Requeue:
        """Say that old children could not be deleted, which holds up everything else."""
        old = owner.status
        requeue = await self._announce(owner, old.external_secret_name, old.provisioned_namespaces, written.failed)
        return requeue or Retry()

    async def _announce(
        self, owner: ClusterExternalSecret, name: str, provisioned: Iterable[str], failed: Sequence[FailedNamespace]
    ) -> Requeue | None:
        """Store what is to be said; gives what to do instead of going on if that did not work."""
        self._metrics.condition(key_of(owner.metadata), readiness(failed))
        status = status_after_pass(owner.status, name=name, provisioned=provisioned, failed=failed)
        if status == owner.status:
            return None
        metadata = owner.metadata
        stored = await self._applier.write_status(metadata.name, status, resource_version=metadata.resource_version)
        if not isinstance(stored, Stored):
            return requeue_from_refusal(stored)
        for failure in new_failures(owner.status, status)[:MAX_EVENTS]:
            message = f'namespace "{failure.namespace}": {failure.reason}'
            await self._recorder.warn(EventSubject.of(KIND, owner.metadata), NAMESPACE_FAILED, message)
        return None
