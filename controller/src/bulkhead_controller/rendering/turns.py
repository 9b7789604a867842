"""Whose turn it is: tenants one after the other, however much each of them wants. Pure."""

from collections import OrderedDict, deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Turns(Generic[T]):
    """What waits, by tenant. One of a tenant is done at a time."""

    def __init__(self, *, per_tenant: int, together: int) -> None:
        """Begin with nothing.

        Args:
            per_tenant: how much of one tenant may wait.
            together: how much of all of them may wait.
        """
        self._per_tenant = per_tenant
        self._together = together
        self._waiting: OrderedDict[str, deque[T]] = OrderedDict()
        self._active: set[str] = set()
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def join(self, tenant: str, item: T) -> T | None:
        """Let something wait; give what must go instead, which may be the same, or None if there is room.

        Where all have too much, the newest of whoever has most goes, so that a tenant can crowd out only itself.
        """
        own = self._waiting.get(tenant)
        if own is not None and len(own) >= self._per_tenant:
            return item
        if own is None:
            own = self._waiting[tenant] = deque()
        own.append(item)
        self._count += 1
        return self._crowded_out() if self._count > self._together else None

    def leave(self, tenant: str, item: T) -> None:
        """Forget what waits no more; nothing happens if it is not there."""
        own = self._waiting.get(tenant)
        if own is None or item not in own:
            return
        own.remove(item)
        self._took(tenant, own)

    def take(self) -> tuple[str, T] | None:
        """Take what comes next, and keep others of its tenant back until `done`; None if there is nothing to do."""
        for tenant, own in self._waiting.items():
            if tenant not in self._active:
                item = own.popleft()
                self._active.add(tenant)
                self._took(tenant, own)
                return tenant, item
        return None

    def done(self, tenant: str) -> None:
        """Let the tenant have another turn, after all who wait already."""
        self._active.discard(tenant)
        if tenant in self._waiting:
            self._waiting.move_to_end(tenant)

    def _crowded_out(self) -> T:
        largest, own = max(self._waiting.items(), key=lambda each: len(each[1]))
        item = own.pop()
        self._took(largest, own)
        return item

    def _took(self, tenant: str, own: deque[T]) -> None:
        self._count -= 1
        if not own:
            del self._waiting[tenant]
