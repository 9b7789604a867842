"""Deletes Secrets as far as the delete budget goes.

Not here: what Kubernetes' garbage collector deletes when its owner is gone.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final

from bulkhead_controller.brakes.delete_budget import DeleteBudget
from bulkhead_controller.brakes.limits import Brake, Limits
from bulkhead_controller.brakes.managed import has_target
from bulkhead_controller.caches import Caches
from bulkhead_controller.externalsecret.plan import Fail, Seen
from bulkhead_controller.externalsecret.writer import Absent, Deleted, NotOurs
from bulkhead_controller.patches import Postpone
from bulkhead_runtime.kube.events import ObjectKey
from bulkhead_target.target import OWN_ANNOTATIONS

Gone = Deleted | Absent | NotOurs | Postpone | Fail
"""How a deletion may end."""
ALLOW_DELETE: Final = f"{OWN_ANNOTATIONS}allow-delete"
"""Annotation of an ExternalSecret whose Secrets may be deleted whatever the budget says."""


class Deletes:
    """Deletes for the reconciler."""

    def __init__(
        self, limits: Limits, caches: Caches, *, managed: Callable[[], int], now: Callable[[], datetime]
    ) -> None:
        """Let through what `limits` say.

        Args:
            limits: of the budget.
            caches: tell which namespaces are being deleted.
            managed: says how many Secrets are managed.
            now: gives UTC.
        """
        self._limits = limits
        self._budget = DeleteBudget(limits)
        self._caches = caches
        self._managed = managed
        self._now = now

    async def within_budget(self, seen: Seen, delete: Callable[[], Awaitable[Gone]], *, failure: str) -> Gone:
        """Delete a target if the budget lets it.

        Args:
            seen: the ExternalSecret.
            delete: deletes, as `TargetWriter.delete` does.
            failure: how the message begins if the budget does not.
        """
        if not self._limits.is_on or self._is_allowed(seen):
            return await delete()
        spent = self._budget.spend(total=self._managed(), now=self._now())
        # Where nothing is known to be, there is most likely nothing to delete, and nothing to hold either.
        if spent is None and has_target(seen.status):
            return self._refusal(failure)
        gone = await delete()
        if spent is not None and not isinstance(gone, Deleted):
            self._budget.give_back(spent)
        return gone

    def _is_allowed(self, seen: Seen) -> bool:
        metadata = seen.external_secret.metadata
        if metadata.annotations.get(ALLOW_DELETE) == "true":
            return True
        # Kubernetes deletes everything in it anyway, and would wait for our finalizers.
        namespace = self._caches.namespaces.get(ObjectKey("", metadata.namespace))
        return namespace is not None and namespace.metadata.deletion_timestamp is not None

    def _refusal(self, failure: str) -> Fail:
        limits = self._limits
        return Fail(
            f"{failure}: the delete budget is used up ({limits.percent} % of the managed Secrets within "
            f"{limits.duration}, or {limits.floor} if that is more); wait, or annotate this ExternalSecret "
            f'{ALLOW_DELETE}="true"',
            retry_after_s=self._budget.frees_in(self._now()).total_seconds(),
            brake=Brake.DELETE_BUDGET,
        )
