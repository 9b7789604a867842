"""What the controller remembers of an ExternalSecret between two reconciles and stores nowhere.

Losing it costs one read of the provider after a restart, and what the mass-change breaker compares that with.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bulkhead_api.external_secret import ExternalSecret, ExternalSecretStatus
from bulkhead_controller.store.binding import StoreKey
from bulkhead_runtime.kube.events import ObjectKey


@dataclass(frozen=True, slots=True)
class WrittenStatus:
    """A status that we wrote, and the resourceVersion of the object that holds it."""

    status: ExternalSecretStatus
    resource_version: str


@dataclass(slots=True, kw_only=True)
class Memory:
    """One ExternalSecret. A recreated object of the same name starts with a new one."""

    uid: str
    refreshed_at: datetime | None = None
    """Begin of the last successful refresh, UTC; status.refreshTime stays behind while nothing changes."""
    secret_version: str = ""
    """resourceVersion of the target after our last write, or when it was found good; empty while unknown."""
    uids: dict[str, str] = field(default_factory=dict)
    """uid of each Secret that was written, by name, where that is how a frozen one is known to be ours."""
    content: str = ""
    """Digest of what was written last; empty while unknown."""
    fingerprint: str = ""
    """Of a target that is no Secret, as the API server gave it back after our last write; empty while unknown."""
    written_at: datetime | None = None
    """When that was, UTC."""
    missing: tuple[str, ...] = ()
    """Entries whose secrets the provider did not have in the last refresh."""
    answers: Mapping[StoreKey, str] = field(default_factory=dict)
    """Digest of what each store gave in the last successful refresh; a store that is not there is not known."""
    config_maps: Mapping[ObjectKey, str] = field(default_factory=dict)
    """resourceVersion of each ConfigMap whose templates the target was made of last."""
    awaiting_since: datetime | None = None
    """Since when the store is awaited, UTC."""
    doubted_since: datetime | None = None
    """Since when each try has ended in a failure that is doubted, UTC."""
    written: WrittenStatus | None = None
    """What we wrote last and the watch has not delivered yet."""

    def catch_up(self, cached: ExternalSecret) -> None:
        """Forget our last write once the watch has delivered it, or something newer."""
        if self.written and not is_older(cached.metadata.resource_version, self.written.resource_version):
            self.written = None

    def note_write(self, version: str, content: str, now: datetime) -> None:
        """Remember the target as it was just written."""
        self.secret_version, self.content, self.written_at = version, content, now

    def is_as_left(self, content: str) -> bool:
        """Say whether exactly this was written last; an empty digest is of nothing."""
        return bool(content and self.secret_version) and self.content == content

    def is_younger(self, age: timedelta, now: datetime) -> bool:
        """Say whether the last write is less than `age` ago."""
        return self.written_at is not None and now - self.written_at < age


def is_no_newer(version: str, than: str) -> bool:
    """Say whether one resourceVersion is the other or before it."""
    return version == than or is_older(version, than)


def is_older(version: str, other: str) -> bool:
    """Say whether one resourceVersion is before the other."""
    # Versions of one resource may be compared as numbers. Source: KEP-5504, comparable resource versions.
    try:
        return int(version) < int(other)
    except ValueError:
        return False
