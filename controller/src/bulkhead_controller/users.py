"""Which ExternalSecrets depend on which other object, so that a change of that object finds them."""

from collections.abc import Hashable, Iterable
from typing import Generic, TypeVar

from bulkhead_runtime.kube.events import ObjectKey

K = TypeVar("K", bound=Hashable)


class Users(Generic[K]):
    """An index in both directions, from ExternalSecrets to the keys of what they use and back."""

    def __init__(self) -> None:
        """Start empty."""
        self._used: dict[ObjectKey, frozenset[K]] = {}
        self._users: dict[K, set[ObjectKey]] = {}

    def put(self, user: ObjectKey, used: Iterable[K]) -> None:
        """Note what an ExternalSecret uses now."""
        wanted = frozenset(used)
        if self._used.get(user) == wanted:
            return
        self.drop(user)
        self._used[user] = wanted
        for key in wanted:
            self._users.setdefault(key, set()).add(user)

    def drop(self, user: ObjectKey) -> None:
        """Forget an ExternalSecret."""
        for key in self._used.pop(user, frozenset()):
            users = self._users[key]
            users.discard(user)
            if not users:
                del self._users[key]

    def used_by(self, user: ObjectKey) -> frozenset[K]:
        """Give all that an ExternalSecret uses."""
        return self._used.get(user, frozenset())

    def keys(self) -> frozenset[K]:
        """Give all that somebody uses."""
        return frozenset(self._users)

    def count(self, key: K) -> int:
        """Say how many use it."""
        return len(self._users.get(key, ()))

    def of(self, key: K) -> list[ObjectKey]:
        """List who uses it, sorted."""
        return sorted(self._users.get(key, ()), key=lambda user: (user.namespace, user.name))
