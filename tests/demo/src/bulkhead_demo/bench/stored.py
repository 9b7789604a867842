"""What the API server has stored, by its own count: requests that change etcd, by resource."""

from collections import Counter
from typing import Final

from bulkhead_demo.bench.scrape import samples
from bulkhead_testkit.admin import Admin

_COUNTER: Final = "etcd_requests_total"
# A write that changes nothing ends before etcd is asked, so it is not in any of these.
_WRITES: Final = frozenset({"create", "update", "delete"})
# What controllers of syncs could write: the target, the status, a store's status, an event.
_RESOURCES: Final = frozenset({"secrets", "externalsecrets", "secretstores", "clustersecretstores", "events"})


def stored_writes(admin: Admin) -> Counter[str]:
    """Count the writes of resources that belong to syncing, since the API server started."""
    page = admin.request("GET", "/metrics").decode()
    counts: Counter[str] = Counter()
    for each in samples(page, _COUNTER):
        if each.labels["operation"] in _WRITES and each.labels["resource"] in _RESOURCES:
            counts[each.labels["resource"]] += int(each.value)
    return counts
