"""One store's way to its Vault: kept connections, one token, a few requests at the same time."""

import asyncio
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from bulkhead_api.secret_value import SecretValue
from bulkhead_provider_sdk.blocking import BlockingPool
from bulkhead_provider_vault.auth import Credential
from bulkhead_provider_vault.client import VaultClient
from bulkhead_provider_vault.failures import Answer
from bulkhead_provider_vault.logins import Logins
from bulkhead_provider_vault.retries import Retries
from bulkhead_provider_vault.spec import Backend
from bulkhead_provider_vault.tokens import Door, Grant, Request, Tokens, answer_to, is_refusal
from bulkhead_provider_vault.transport import Transport

_PARALLEL: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What became of several requests, in their order."""

    answers: Sequence[Answer]
    token_accepted: bool
    """Whether a refusal among them is about what was asked for, and not about the token."""


class Session:
    """Requests of one store, by any number of callers at once."""

    def __init__(
        self,
        backend: Backend,
        trust: ssl.SSLContext,
        *,
        subject: str,
        read_credential: Callable[[], Credential],
        logins: Logins,
        retries: Retries,
        blocking: BlockingPool,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare; the first request connects and logs in.

        Args:
            backend: which Vault.
            trust: whom to take for it.
            subject: what messages call the store, such as `store "team-a/vault"`.
            read_credential: reads the credential's files anew; raises UnauthenticatedError.
            logins: those of all stores at this Vault.
            retries: how this store's requests are tried again.
            blocking: where requests run.
            clock: monotonic, in seconds.
        """
        self.backend = backend
        self._transport = Transport(backend.host, backend.port, trust)
        self._blocking = blocking
        door = Door(
            login=self._client(backend.login_namespace, None),
            with_token=self._client_with_token,
            logins=logins,
            retries=retries,
        )
        self._retries = retries
        self._tokens = Tokens(door, subject=subject, read_credential=read_credential, blocking=blocking, clock=clock)

    @property
    def next_step_at(self) -> float:
        """When `keep_alive` has something to do, on the monotonic clock; infinite if never."""
        return self._tokens.next_step_at

    async def ask(self, requests: Sequence[Request]) -> Answers:
        """Make the requests, and once more those that a worn-out token spoilt.

        Raises:
            ProviderError: there is no token to ask with.
        """
        grant = await self._tokens.in_force()
        answers = await self._settled(grant, requests)
        refused = [at for at, answer in enumerate(answers) if is_refusal(answer)]
        if not refused or await self._tokens.accepted(grant):
            return Answers(answers=answers, token_accepted=True)
        successor = await self._tokens.replaced(grant)
        if successor.lease.token == grant.lease.token:
            return Answers(answers=answers, token_accepted=False)
        for at, answer in zip(refused, await self._settled(successor, [requests[at] for at in refused]), strict=True):
            answers[at] = answer
        return Answers(answers=answers, token_accepted=True)

    async def keep_alive(self) -> None:
        """Do what is due about the token.

        Raises:
            ProviderError: it is at its end and there is no other.
        """
        await self._tokens.in_force()

    async def close(self) -> None:
        """End the token if it was made here, and close the connections."""
        try:
            await self._tokens.revoke()
        finally:
            self._transport.close()

    async def _settled(self, grant: Grant, requests: Sequence[Request]) -> list[Answer]:
        answers = await self._each(grant, requests)
        return await self._retries.settled(answers, lambda failed: self._each(grant, [requests[at] for at in failed]))

    async def _each(self, grant: Grant, requests: Sequence[Request]) -> list[Answer]:
        """Make the requests in a few threads: one thread for each would cost more than it saves."""
        lanes = [requests[first::_PARALLEL] for first in range(min(_PARALLEL, len(requests)))]
        if len(lanes) == 1:
            return await self._lane(grant.client, requests)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._lane(grant.client, lane)) for lane in lanes]
        answers = [iter(task.result()) for task in tasks]
        return [next(answers[at % _PARALLEL]) for at in range(len(requests))]

    async def _lane(self, client: VaultClient, requests: Sequence[Request]) -> list[Answer]:
        return await self._blocking.run(lambda: [answer_to(request, client) for request in requests])

    def _client_with_token(self, token: SecretValue) -> VaultClient:
        return self._client(self.backend.namespace, token)

    def _client(self, namespace: str, token: SecretValue | None) -> VaultClient:
        return VaultClient(
            self._transport,
            namespace=namespace,
            headers=self.backend.headers,
            token=token,
        )
