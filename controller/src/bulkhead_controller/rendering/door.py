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
        if self._is_taken:
            await self._wait(tenant)
        self._is_taken = True
        try:
            await asyncio.sleep(0)
            yield
        finally:
            self._let_in_the_next()

    async def _wait(self, tenant: str) -> None:
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._turns.join(tenant, mine)
        try:
            await mine
        except asyncio.CancelledError:
            self._turns.leave(tenant, mine)
            if mine.done() and not mine.cancelled():
                # It was let in and does not come.
                self._let_in_the_next()
            raise

    def _let_in_the_next(self) -> None:
        while (found := self._turns.take()) is not None:
            tenant, waiting = found
            self._turns.done(tenant)
            if not waiting.done():
                # The door stays taken, so that nobody comes between.
                waiting.set_result(None)
                return
        self._is_taken = False
