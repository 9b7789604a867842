"""Logins at one Vault, for all stores there: what it has refused is not sent again and again.

Vault locks a role for a quarter of an hour after five refused logins, for good credentials too. Every store has a token
of its own and every caller tries again, so without this the wrong secret-id of a minute would cost fifteen.

Source: Vault, user lockout: five failures, forgotten 15 minutes after the last one.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from bulkhead_provider_vault.auth import AppRole
from bulkhead_provider_vault.failures import Answer
from bulkhead_provider_vault.transport import Reply

_REFUSED: Final = frozenset({400, 401, 403})
# Four tries in the first quarter of an hour, then each one after Vault has forgotten those before.
_PAUSES_S: Final = (10.0, 80.0, 600.0, 1000.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A credential that Vault does not take."""

    credential: AppRole
    times: int
    """How often in a row."""
    again_at: float
    """Monotonic, in seconds."""


def refused_once_more(before: Refused | None, credential: AppRole, *, now: float) -> Refused:
    """Say what is known after a refusal; another credential than before starts anew."""
    times = before.times + 1 if before is not None and before.credential == credential else 1
    pause_s = _PAUSES_S[min(times, len(_PAUSES_S)) - 1]
    return Refused(credential=credential, times=times, again_at=now + pause_s)


class Logins:
    """Logs in at one Vault."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Start without a refusal; `clock` is monotonic, in seconds."""
        self._clock = clock
        self._refused: Refused | None = None
        # Held while Vault answers, on purpose: a wrong credential is then refused once and not once for each store.
        self._turn = asyncio.Lock()

    async def attempt(self, credential: AppRole, log_in: Callable[[], Awaitable[Answer]]) -> Answer | None:
        """Log in; None means that Vault refuses the credential, now or a while ago."""
        async with self._turn:
            refused = self._refused
            if refused is not None and refused.credential == credential and self._clock() < refused.again_at:
                return None
            answer = await log_in()
            if isinstance(answer, Reply) and answer.status in _REFUSED:
                self._refused = refused_once_more(refused, credential, now=self._clock())
                return None
            if isinstance(answer, Reply) and answer.status == 200:
                self._refused = None
            return answer
