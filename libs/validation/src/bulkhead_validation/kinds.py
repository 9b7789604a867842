"""Which check belongs to which kind."""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from bulkhead_validation.cluster import check_cluster_external_secret, check_cluster_push_secret
from bulkhead_validation.externalsecret.spec import check_external_secret
from bulkhead_validation.generators.kinds import CHECKS as GENERATORS
from bulkhead_validation.node import Node
from bulkhead_validation.pushsecret.spec import check_push_secret
from bulkhead_validation.store.spec import check_cluster_secret_store, check_secret_store

Check: TypeAlias = Callable[[Node], None]
"""Notes the faults of one whole object at its root node."""

CHECKS: Final[Mapping[str, Check]] = {
    "ClusterExternalSecret": check_cluster_external_secret,
    "ClusterPushSecret": check_cluster_push_secret,
    "ClusterSecretStore": check_cluster_secret_store,
    "ExternalSecret": check_external_secret,
    "PushSecret": check_push_secret,
    "SecretStore": check_secret_store,
    **GENERATORS,
}
"""By kind, such as `ExternalSecret`."""
