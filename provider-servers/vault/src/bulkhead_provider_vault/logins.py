"""Logins at one Vault, for all stores there: what it has refused is not sent again and again.

Vault locks a role for a quarter of an hour after five refused logins, for good credentials too. Every store has a token
of its own and every caller tries again, so without this the wrong secret-id of a minute would cost fifteen.

Source: Vault, user lockout: five failures, forgotten 15 minutes after the last one.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from bulkhead_provider_vault.auth import AppRole, Login
from bulkhead_provider_vault.failures import Answer
from bulkhead_provider_vault.transport import Reply

_REFUSED: Final = frozenset({400, 401, 403})
# Four tries in the first quarter of an hour, then each one after Vault has forgotten those before.
_PAUSES_S: Final = (10.0, 80.0, 600.0, 1000.0)
_FORGOTTEN_S: Final = 900.0
_MAX_KNOWN: Final = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A credential that Vault does not take."""

    credential: AppRole | Login
    times: int
    """How often in a row."""
    again_at: float
    """Monotonic, in seconds."""


def refused_once_more(before: Refused | None, credential: AppRole | Login, *, now: float) -> Refused:
    """Say what is known after a refusal; another credential than before starts anew."""
    times = before.times + 1 if before is not None and before.credential == credential else 1
    pause_s = _PAUSES_S[min(times, len(_PAUSES_S)) - 1]
    return Refused(credential=credential, times=times, again_at=now + pause_s)


@dataclass(slots=True, kw_only=True)
class _Known:
    """A credential that is being tried, or was refused."""

    credential: AppRole | Login
    refused: Refused | None = None
    users: int = 0
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while Vault answers, on purpose: a wrong credential is then refused once and not once for each store."""


class Logins:
    """Logs in at one Vault. Different credentials, such as those of two tenants, never wait for one another."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Start without a refusal; `clock` is monotonic, in seconds."""
        self._clock = clock
        # A list, as values are no keys. It holds what is refused and what is under way.
        self._known: list[_Known] = []

    async def attempt(self, credential: AppRole | Login, log_in: Callable[[], Awaitable[Answer]]) -> Answer | None:
        """Log in; None means that Vault refuses the credential, now or a while ago."""
        known = self._entry(credential)
        known.users += 1
        try:
            async with known.turn:
                return await self._attempt(known, log_in)
        finally:
            known.users -= 1
            self._forget()

    async def _attempt(self, known: _Known, log_in: Callable[[], Awaitable[Answer]]) -> Answer | None:
        if known.refused is not None and self._clock() < known.refused.again_at:
            return None
        answer = await log_in()
        if isinstance(answer, Reply) and answer.status in _REFUSED:
            known.refused = refused_once_more(known.refused, known.credential, now=self._clock())
            return None
        if isinstance(answer, Reply) and answer.status == 200:
            known.refused = None
        return answer

    def _entry(self, credential: AppRole | Login) -> _Known:
        for known in self._known:
            if known.credential == credential:
                return known
        known = _Known(credential=credential)
        self._known.append(known)
        return known

    def _forget(self) -> None:
        """Drop what nobody needs: what was not refused, or so long ago that Vault has forgotten it too."""
        forgotten = self._clock() - _FORGOTTEN_S
        kept = [each for each in self._known if each.users or (each.refused and each.refused.again_at > forgotten)]
        # The oldest go first; one that is under way is the newest.
        self._known = kept[-_MAX_KNOWN:]
