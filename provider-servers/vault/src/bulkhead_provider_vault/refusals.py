"""Logins that Vault refused, over all stores of this server.

Vault and OpenBao lock a role out for a quarter of an hour after five refused logins, so that a credential that was
mended would go on being refused. The same credential is therefore not tried again at once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bulkhead_provider_vault.auth import AppRole

FIRST_HOLD_S: Final = 30.0
LATER_HOLD_S: Final = 300.0
"""At most four attempts fall into the quarter of an hour for which Vault counts them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Refusal:
    role: AppRole
    until: float
    times: int


class Refusals:
    """Remembers the last refused credential of each place where logins go."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Remember nothing yet; `clock` is monotonic, in seconds."""
        self._clock = clock
        self._refusals: dict[str, _Refusal] = {}

    def holds(self, place: str, role: AppRole) -> bool:
        """Say whether this credential was refused there too lately to be tried again."""
        refusal = self._refusals.get(place)
        return refusal is not None and refusal.role == role and self._clock() < refusal.until

    def add(self, place: str, role: AppRole) -> None:
        """Remember that the credential was refused there."""
        before = self._refusals.get(place)
        times = before.times + 1 if before is not None and before.role == role else 1
        hold_s = FIRST_HOLD_S if times == 1 else LATER_HOLD_S
        self._refusals[place] = _Refusal(role=role, until=self._clock() + hold_s, times=times)

    def drop(self, place: str) -> None:
        """Forget the refusals there, since a login was accepted."""
        self._refusals.pop(place, None)
