"""What the controller remembers of an ExternalSecret between two reconciles and stores nowhere.

Losing it costs one read of the provider after a restart and nothing else.
"""

from dataclasses import dataclass
from datetime import datetime

from bulkhead_api.external_secret import ExternalSecret, ExternalSecretStatus


@dataclass(slots=True, kw_only=True)
class Memory:
    """One ExternalSecret. A recreated object of the same name starts with a new one."""

    uid: str
    refreshed_at: datetime | None = None
    """Begin of the last successful refresh, UTC; status.refreshTime stays behind while nothing changes."""
    secret_version: str = ""
    """resourceVersion of the target after our last write; empty while unknown."""
    awaiting_since: datetime | None = None
    """Since when the store is awaited, UTC."""
    written: ExternalSecretStatus | None = None
    """The status that we wrote last; it counts until the watch has delivered it."""
    written_version: str = ""
    """resourceVersion of the object that holds `written`."""

    def newest_status(self, cached: ExternalSecret) -> ExternalSecretStatus:
        """Choose between the watch's copy and our own last write, which may be newer."""
        if self.written is None:
            return cached.status
        if _is_older(cached.metadata.resource_version, self.written_version):
            return self.written
        self.written = None
        return cached.status


def _is_older(version: str, other: str) -> bool:
    # Versions of one resource may be compared as numbers. Source: KEP-5504, comparable resource versions.
    try:
        return int(version) < int(other)
    except ValueError:
        return False
