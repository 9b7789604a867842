"""Asks provider servers about stores, with a deadline, and remembers for some seconds what they said.

Whatever goes wrong here is a warning: no write is refused because somebody could not be asked.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Protocol

from bulkhead_api.errors import DeadlineError, ProviderError
from bulkhead_runtime.logging import get_logger
from bulkhead_validation.fault import Fault
from bulkhead_webhook.metrics import ASKED
from bulkhead_webhook.question import Question
from bulkhead_webhook.store_question import (
    StoreQuestion,
    faults_from_answer,
    faults_from_error,
    store_question_from,
)

_REMEMBERED_S: Final = 10.0
_MAX_REMEMBERED: Final = 256
_LOG: Final = get_logger("providers")


class Server(Protocol):
    """A provider server."""

    name: str

    async def validate(self, store: StoreQuestion) -> Sequence[str]:
        """Give warnings about a store that can work; raises ProviderError."""


class Asker:
    """Asks the provider server that a store is routed to."""

    def __init__(
        self, servers: Mapping[str, Server], *, timeout_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Take the servers by the key below spec.provider.

        Args:
            servers: whom to ask; about other stores nobody is asked.
            timeout_s: for one question with all that comes before it, in seconds.
            clock: monotonic, in seconds.
        """
        self._servers = servers
        self._timeout_s = timeout_s
        self._clock = clock
        self._remembered: OrderedDict[bytes, tuple[float, Sequence[Fault]]] = OrderedDict()

    async def ask(self, question: Question, faults: Sequence[Fault]) -> Sequence[Fault]:
        """Find what only a provider server knows; nothing if the object is refused anyway.

        Args:
            question: what the API server asks.
            faults: what was found without asking.
        """
        store = store_question_from(question, faults)
        server = self._servers.get(store.provider) if store is not None else None
        if store is None or server is None:
            return ()
        known = self._known(store.fingerprint)
        if known is not None:
            ASKED.labels(server.name, "cached").inc()
            return known
        return await self._answer(store, server)

    async def _answer(self, store: StoreQuestion, server: Server) -> Sequence[Fault]:
        try:
            async with asyncio.timeout(self._timeout_s):
                found = faults_from_answer(store, await server.validate(store))
        except TimeoutError:
            error: ProviderError = DeadlineError(f'provider server "{server.name}": did not answer in time')
        except ProviderError as raised:
            error = raised
        else:
            ASKED.labels(server.name, "valid").inc()
            self._remember(store.fingerprint, found)
            return found
        found = faults_from_error(store, error)
        ASKED.labels(server.name, "unknown" if error.retryable else "refused").inc()
        if error.retryable:
            _LOG.info("a store could not be validated", server=server.name, kind=store.kind, error=type(error).__name__)
        else:
            self._remember(store.fingerprint, found)
        return found

    def _known(self, fingerprint: bytes) -> Sequence[Fault] | None:
        until, faults = self._remembered.get(fingerprint, (0.0, ()))
        return faults if self._clock() < until else None

    def _remember(self, fingerprint: bytes, faults: Sequence[Fault]) -> None:
        self._remembered[fingerprint] = (self._clock() + _REMEMBERED_S, faults)
        self._remembered.move_to_end(fingerprint)
        while len(self._remembered) > _MAX_REMEMBERED:
            self._remembered.popitem(last=False)
