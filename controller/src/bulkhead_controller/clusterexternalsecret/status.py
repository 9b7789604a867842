"""The status of a ClusterExternalSecret: messages and when it changes. Source: ESO, clusterexternalsecret/util.go."""

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from bulkhead_api.cluster_external_secret import (
    ClusterExternalSecretCondition,
    ClusterExternalSecretStatus,
    FailedNamespace,
)
from bulkhead_api.meta import ConditionStatus
from bulkhead_controller.conditions import READY, with_condition

FAILED = "one or more namespaces failed"
"""ESO's own text; which they are stands in status.failedNamespaces."""
FOREIGN_CHILD = "external secret already exists in namespace"
"""ESO's own text for a namespace where somebody else has an ExternalSecret of the children's name."""


def readiness(failed: Sequence[FailedNamespace]) -> ConditionStatus:
    """Give the status of the condition Ready."""
    return ConditionStatus.FALSE if failed else ConditionStatus.TRUE


def status_after_pass(
    old: ClusterExternalSecretStatus, *, name: str, provisioned: Iterable[str], failed: Sequence[FailedNamespace]
) -> ClusterExternalSecretStatus:
    """Give the status after a pass; equal to `old` when nothing changed.

    Args:
        old: the status before.
        name: of the children.
        provisioned: the namespaces whose child is as it should be.
        failed: those where it is not.
    """
    ready = ClusterExternalSecretCondition(type=READY, status=readiness(failed), message=FAILED if failed else "")
    return replace(
        old,
        external_secret_name=name,
        provisioned_namespaces=sorted(provisioned),
        failed_namespaces=sorted(failed, key=lambda each: each.namespace),
        conditions=with_condition(old.conditions, ready),
    )


def new_failures(old: ClusterExternalSecretStatus, new: ClusterExternalSecretStatus) -> list[FailedNamespace]:
    """List the failures that `old` does not hold, sorted by namespace."""
    return [each for each in new.failed_namespaces if each not in old.failed_namespaces]
