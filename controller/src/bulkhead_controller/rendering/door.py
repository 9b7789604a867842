"""A door to the event loop: one render goes through at a time, tenants in turn."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

from bulkhead_controller.rendering.turns import Turns

_ENOUGH: Final = 1_000_000
"""As many wait as there are callers; nothing is refused."""


class Door:
    """Keeps those who render on the event loop from doing so one right after the other."""

    def __init__(self) -> None:
        """Begin open."""
        self._turns: Turns[asyncio.Future[None]] = Turns(per_tenant=_ENOUGH, together=_ENOUGH)
        self._is_taken = False

    @asynccontextmanager
    async def turn(self, tenant: str) -> AsyncGenerator[None, None]:
        """Wait for the tenant's turn, and surround it.

        Other work of the event loop gets in between two turns.
        """
        await self._wait(tenant)
        try:
            # Whoever comes while the door is open waits for a turn of the event loop all the same.
            await asyncio.sleep(0)
            yield
        finally:
            self._leave(tenant)

    async def _wait(self, tenant: str) -> None:
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._turns.join(tenant, mine)
        self._let_in()
        try:
            await mine
        except asyncio.CancelledError:
            if mine.cancelled():
                self._turns.leave(tenant, mine)
            else:
                # It was let in and does not come.
                self._leave(tenant)
            raise

    def _leave(self, tenant: str) -> None:
        self._is_taken = False
        self._turns.done(tenant)
        self._let_in()

    def _let_in(self) -> None:
        if self._is_taken:
            return
        found = self._turns.take()
        if found is None:
            return
        tenant, waiting = found
        if waiting.done():
            # It was cancelled and has not left yet.
            self._leave(tenant)
            return
        self._is_taken = True
        waiting.set_result(None)
