"""Which ExternalSecrets a ClusterExternalSecret controls, so that nobody looks through all of them."""

from bulkhead_api.external_secret import ExternalSecret
from bulkhead_controller.clusterexternalsecret.children import owner_name
from bulkhead_runtime.kube.events import ObjectKey


class Children:
    """An index by the name of the owner, kept by the informer of ExternalSecrets."""

    def __init__(self) -> None:
        self._children: dict[str, set[ObjectKey]] = {}

    def change(self, key: ObjectKey, old: ExternalSecret | None, new: ExternalSecret | None) -> None:
        """Note what became of an ExternalSecret."""
        before = owner_name(old.metadata) if old is not None else None
        after = owner_name(new.metadata) if new is not None else None
        if before == after:
            return
        if before is not None:
            self._drop(before, key)
        if after is not None:
            self._children.setdefault(after, set()).add(key)

    def of(self, owner: str) -> frozenset[ObjectKey]:
        """Name the children of an owner; empty for one that has none."""
        return frozenset(self._children.get(owner, ()))

    def _drop(self, owner: str, key: ObjectKey) -> None:
        children = self._children[owner]
        children.discard(key)
        if not children:
            del self._children[owner]
