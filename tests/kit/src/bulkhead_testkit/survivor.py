"""What every fault must leave alone: an ExternalSecret that was synced before, and its Secret."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from bulkhead_testkit.admin import Admin, LiveSecret, Manifest, name_of, wait_for


@dataclass(frozen=True, slots=True, kw_only=True)
class Survivor:
    """An ExternalSecret that had been synced before something broke."""

    admin: Admin
    namespace: str
    name: str
    good: LiveSecret
    """The Secret as it was then."""

    @classmethod
    def synced(cls, admin: Admin, namespace: str, manifest: Manifest) -> Self:
        """Apply an ExternalSecret and wait for its Secret."""
        name = name_of(manifest)
        admin.apply(manifest)
        admin.wait_ready(namespace, name, reason="SecretSynced")
        good = admin.secret(namespace, name)
        assert good is not None
        return cls(admin=admin, namespace=namespace, name=name, good=good)

    def fails(self, says: str) -> None:
        """Wait until Ready is False and its message holds `says`; the last good Secret must then still be there."""
        seen = self.admin.wait_ready(self.namespace, self.name, reason="SecretSyncedError", says=says)
        assert seen.status.conditions[0].status == "False"
        assert seen.status.binding.name == self.name
        self._is_as_it_was()

    def recovers(self) -> None:
        """Wait until it is synced again; nothing at all may have happened to the Secret."""
        self.admin.wait_ready(self.namespace, self.name, reason="SecretSynced")
        self._is_as_it_was()

    def comes_to_hold(self, data: Mapping[str, bytes]) -> None:
        """Wait until it is synced and the same Secret, changed and not made anew, holds this data."""

        def holds() -> LiveSecret | None:
            now = self.admin.secret(self.namespace, self.name)
            return now if now is not None and now.data == data else None

        now = wait_for(holds, what=f"Secret {self.namespace}/{self.name} with new data")
        assert now.metadata.uid == self.good.metadata.uid
        self.admin.wait_ready(self.namespace, self.name, reason="SecretSynced")

    def _is_as_it_was(self) -> None:
        now = self.admin.secret(self.namespace, self.name)
        assert now is not None
        assert now.data == self.good.data
        assert now.metadata.uid == self.good.metadata.uid
        assert now.metadata.resource_version == self.good.metadata.resource_version
