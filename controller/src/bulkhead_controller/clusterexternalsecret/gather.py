"""Reads all that the decisions about a ClusterExternalSecret look at, from copies alone: it costs no call."""

from collections.abc import Mapping
from dataclasses import dataclass

from bulkhead_api.cluster_external_secret import ClusterExternalSecret
from bulkhead_api.external_secret import ExternalSecret
from bulkhead_api.namespace import Namespace
from bulkhead_controller.clusterexternalsecret.children import children_name
from bulkhead_controller.clusterexternalsecret.index import Children
from bulkhead_controller.clusterexternalsecret.plan import Seen
from bulkhead_runtime.kube.events import ObjectKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Gatherer:
    """Reads for the reconciler from the copies that informers keep."""

    owners: Mapping[ObjectKey, ClusterExternalSecret]
    namespaces: Mapping[ObjectKey, Namespace]
    external_secrets: Mapping[ObjectKey, ExternalSecret]
    children: Children

    def seen(self, key: ObjectKey) -> Seen | None:
        """Put together what is known of the object; None means that it is gone."""
        owner = self.owners.get(key)
        if owner is None:
            return None
        name = children_name(owner)
        candidates = {each.name: self.external_secrets.get(ObjectKey(each.name, name)) for each in self.namespaces}
        owned = {child: self.external_secrets.get(child) for child in self.children.of(owner.metadata.name)}
        return Seen(
            owner=owner,
            namespaces=list(self.namespaces.values()),
            owned={child: found for child, found in owned.items() if found is not None},
            named={namespace: found for namespace, found in candidates.items() if found is not None},
        )
