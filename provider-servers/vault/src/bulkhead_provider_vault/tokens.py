"""The token of one store: made or taken, looked at, renewed before its end, replaced when it is refused."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from math import inf
from typing import Final, Generic, TypeAlias, TypeVar

import msgspec

from bulkhead_api.errors import ProviderError, UnauthenticatedError
from bulkhead_api.secret_value import SecretValue
from bulkhead_provider_sdk.blocking import BlockingPool
from bulkhead_provider_vault.auth import (
    AppRole,
    Credential,
    Lease,
    Login,
    Step,
    Token,
    decide_step,
    lease_from_login,
    lease_from_lookup,
    lease_of_unknown_life,
    lease_postponed,
    lease_renewed,
)
from bulkhead_provider_vault.client import VaultClient
from bulkhead_provider_vault.failures import Answer, Place, error_from
from bulkhead_provider_vault.logins import Logins
from bulkhead_provider_vault.retries import Retries
from bulkhead_provider_vault.transport import Reply, TransportError

Request: TypeAlias = Callable[[VaultClient], Reply]
"""One request to Vault, to be made with whatever token is in force. Blocking."""

_REVOKE_S: Final = 3.0

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A token and the client that uses it."""

    lease: Lease
    client: VaultClient


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """How clients of one store's Vault are made."""

    login: VaultClient
    """Has no token."""
    with_token: Callable[[SecretValue], VaultClient]
    logins: Logins
    """Those of all stores there."""
    retries: Retries
    """How requests about tokens are tried again."""


class Tokens:
    """One store's token, for any number of callers at once.

    Whoever needs a step first takes it for all: nobody logs in twice, and a caller that is cancelled stops nobody else.
    """

    def __init__(
        self,
        door: Door,
        *,
        subject: str,
        read_credential: Callable[[], Credential],
        blocking: BlockingPool,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare; nothing is asked before the first call.

        Args:
            door: makes the clients.
            subject: what messages call the store, such as `store "team-a/vault"`.
            read_credential: reads the credential's files anew; raises UnauthenticatedError.
            blocking: where requests run.
            clock: monotonic, in seconds.
        """
        self._door = door
        self._subject = subject
        self._read_credential = read_credential
        self._blocking = blocking
        self._clock = clock
        self._credential: Credential | None = None
        self._grant: Grant | None = None
        self._flight = _SingleFlight[Grant]()

    @property
    def next_step_at(self) -> float:
        """When `in_force` has something to do, on the monotonic clock; infinite if never."""
        return inf if self._grant is None else self._grant.lease.next_step_at

    async def in_force(self) -> Grant:
        """Give a token that is not known to be worn out.

        Raises:
            ProviderError: there is none to be had.
        """
        if self._grant is not None and self._step(self._grant.lease) is Step.KEEP:
            return self._grant
        return await self._flight.run(self._advance)

    async def accepted(self, grant: Grant) -> bool:
        """Ask Vault whether the token is still good; so it counts unless Vault says no."""
        return not is_refusal(await self._request(grant.client, VaultClient.lookup_self))

    async def replaced(self, worn_out: Grant) -> Grant:
        """Give another token than the refused one; the same again if there is no other.

        Raises:
            ProviderError: Vault refuses the login, or cannot be asked.
        """
        return await self._flight.run(lambda: self._replace(worn_out))

    async def revoke(self) -> None:
        """End the token if it was made here, as far as Vault can be reached."""
        grant, self._grant = self._grant, None
        if grant is None or not grant.lease.ours:
            return
        try:
            async with asyncio.timeout(_REVOKE_S):
                await self._request(grant.client, VaultClient.revoke_self)
        except TimeoutError:
            # It ends by itself.
            return

    def _step(self, lease: Lease) -> Step:
        return decide_step(lease, can_login=isinstance(self._credential, AppRole | Login), now=self._clock())

    async def _advance(self) -> Grant:
        grant = self._grant
        if grant is None:
            return self._adopt(await self._login())
        match self._step(grant.lease):
            case Step.KEEP:
                return grant
            case Step.RENEW:
                return self._adopt(await self._renewed(grant))
            case Step.LOGIN:
                return self._adopt(await self._login_unless_usable(grant.lease))

    async def _replace(self, worn_out: Grant) -> Grant:
        if self._grant is not None and self._grant.lease.token != worn_out.lease.token:
            return self._grant
        credential = self._read_files()
        if isinstance(credential, Token) and credential.token == worn_out.lease.token:
            return worn_out
        return self._adopt(await self._login())

    def _adopt(self, lease: Lease) -> Grant:
        old = self._grant
        same = old is not None and old.lease.token == lease.token
        client = old.client if old is not None and same else self._door.with_token(lease.token)
        self._grant = Grant(lease=lease, client=client)
        return self._grant

    async def _renewed(self, grant: Grant) -> Lease:
        answer = await self._request(grant.client, VaultClient.renew_self)
        if isinstance(answer, Reply) and answer.status == 200:
            return self._lease(answer, lambda body: lease_renewed(grant.lease, body, now=self._clock()))
        if isinstance(answer, Reply) and isinstance(self._credential, AppRole | Login):
            return await self._login_unless_usable(grant.lease)
        return lease_postponed(grant.lease, now=self._clock())

    async def _login_unless_usable(self, lease: Lease) -> Lease:
        """Log in; that this fails does not matter as long as the old token lives."""
        try:
            return await self._login()
        except ProviderError:
            if self._clock() >= lease.expires_at:
                # The next caller logs in; until there is one, nobody needs a token.
                self._grant = None
                raise
            return lease_postponed(lease, now=self._clock())

    async def _login(self) -> Lease:
        credential = self._credential = self._read_files()
        match credential:
            case Token(token=token):
                return await self._looked_up(token)
            case AppRole() | Login():
                return await self._logged_in(credential)

    def _read_files(self) -> Credential:
        try:
            return self._read_credential()
        except UnauthenticatedError as error:
            raise UnauthenticatedError(f"{self._subject}: {error}") from error

    async def _looked_up(self, token: SecretValue) -> Lease:
        answer = await self._request(self._door.with_token(token), VaultClient.lookup_self)
        if is_refusal(answer):
            # It may be a good token whose policy does not let it look itself up; the reads will tell.
            return lease_of_unknown_life(token, now=self._clock())
        return self._lease(answer, lambda body: lease_from_lookup(token, body, now=self._clock()))

    async def _logged_in(self, credential: AppRole | Login) -> Lease:
        request = _login_request(credential)
        answer = await self._door.logins.attempt(credential, lambda: self._request(self._door.login, request))
        if answer is None:
            raise UnauthenticatedError(f"{self._subject}: {_refusal(credential)}")
        return self._lease(answer, lambda body: lease_from_login(body, now=self._clock()))

    def _lease(self, answer: Answer, decode: Callable[[bytes], Lease]) -> Lease:
        place = Place(subject=f"{self._subject}: login")
        if not isinstance(answer, Reply) or answer.status != 200:
            raise error_from(answer, place)
        try:
            return decode(answer.body)
        except msgspec.DecodeError:
            raise UnauthenticatedError(f"{place}: the answer is not Vault's") from None

    async def _request(self, client: VaultClient, request: Request) -> Answer:
        async def ask(_: Sequence[int]) -> list[Answer]:
            return [await self._blocking.run(lambda: answer_to(request, client))]

        (answer,) = await self._door.retries.settled(await ask([]), ask)
        return answer


def _login_request(credential: AppRole | Login) -> Request:
    match credential:
        case AppRole(role_id=role_id, secret_id=secret_id, mount=mount):
            return lambda vault: vault.login_approle(mount, role_id, secret_id)
        case Login(path=path, public=public, secret=secret):
            return lambda vault: vault.login(path, public, secret)


def _refusal(credential: AppRole | Login) -> str:
    match credential:
        case AppRole(mount=mount):
            return (
                "Vault refused the AppRole login of this provider server: "
                f"role-id or secret-id is wrong or has expired (path auth/{mount}/login)"
            )
        case Login(field=field, path=path):
            return f"Vault refused the login by {field}: what it names is wrong or has expired (path auth/{path})"


def answer_to(request: Request, client: VaultClient) -> Answer:
    """Make one request; that no reply came is an answer too."""
    try:
        return request(client)
    except TransportError as error:
        return error


def is_refusal(answer: Answer) -> bool:
    """Say whether Vault knows us or not, and refuses: it uses the same status for both."""
    return isinstance(answer, Reply) and answer.status in {401, 403}


class _SingleFlight(Generic[_T]):
    """Lets one caller do what several want at the same time; all get its result."""

    def __init__(self) -> None:
        self._flight: asyncio.Task[_T] | None = None

    async def run(self, make: Callable[[], Coroutine[None, None, _T]]) -> _T:
        """Join the flight under way, or start one with `make`. A caller that is cancelled leaves the others on it."""
        flight = self._flight
        if flight is None or flight.done():
            flight = self._flight = asyncio.create_task(make())
            # If every caller is cancelled nobody is left to look at an error.
            flight.add_done_callback(lambda done: done.cancelled() or done.exception())
        return await asyncio.shield(flight)
