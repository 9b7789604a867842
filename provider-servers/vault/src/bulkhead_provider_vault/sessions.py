"""The sessions of all stores: one for each store as it is now, kept alive while it is used, closed after that."""

import asyncio
import hashlib
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from contextvars import Context
from dataclasses import dataclass
from typing import Final

from bulkhead_api.errors import InvalidStoreError, PolicyDeniedError, ProviderError, UnauthenticatedError
from bulkhead_api.provider import Retry
from bulkhead_provider_sdk import context as sdk
from bulkhead_provider_sdk.provider import Store, StoreRef
from bulkhead_provider_vault.logins import Logins
from bulkhead_provider_vault.mounted import Mounted, MountedFiles
from bulkhead_provider_vault.retries import Retries
from bulkhead_provider_vault.session import Session
from bulkhead_provider_vault.spec import Backend, backend_from
from bulkhead_provider_vault.transport import trust_from
from bulkhead_runtime.logging import get_logger

_LOG: Final = get_logger("vault")
_ROUND_S: Final = 1.0
# Longer than any usual spec.refreshInterval of a store, which is how often a store in use is at least validated.
_IDLE_S: Final = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Identity:
    """What a session depends on: if any of it changes, the store gets a new session."""

    generation: int
    spec_digest: bytes
    retry: Retry | None
    edition: int
    """Of the mounted files."""


@dataclass(slots=True, kw_only=True)
class _Entry:
    store: StoreRef
    identity: _Identity
    session: Session
    users: int = 0
    used_at: float = 0.0


class Sessions:
    """Gives each call its store's session."""

    def __init__(self, context: sdk.Context, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Prepare; nothing is connected yet.

        Args:
            context: credentials, policy and threads of this server.
            clock: monotonic, in seconds.
        """
        self._context = context
        self._clock = clock
        self._files = MountedFiles(context.credentials, clock=clock)
        self._entries: dict[str, _Entry] = {}
        self._retired: list[_Entry] = []
        self._logins: defaultdict[tuple[str, str], Logins] = defaultdict(lambda: Logins(clock=clock))
        self._keeper: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def of(self, store: Store) -> AsyncIterator[Session]:
        """Give a store's session for the time of the block; it is not closed before the block ends.

        Raises:
            InvalidStoreError: the store's spec cannot work.
            PolicyDeniedError: the policy does not name the store's backend.
            UnauthenticatedError: this server has no credential.
        """
        if self._keeper is None:
            # In a context of its own: in that of the call it would inherit its deadline.
            self._keeper = asyncio.create_task(self._keep(), context=Context())
        entry = self._entry(store)
        entry.users += 1
        try:
            yield entry.session
        finally:
            entry.users -= 1
            entry.used_at = self._clock()

    async def close(self) -> None:
        """End the tokens that were made here and close all connections."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        entries = [*self._entries.values(), *self._retired]
        self._entries.clear()
        self._retired.clear()
        await asyncio.gather(*(entry.session.close() for entry in entries), return_exceptions=True)

    def _entry(self, store: Store) -> _Entry:
        mounted = self._mounted(store.ref)
        identity = _Identity(
            generation=store.ref.generation,
            spec_digest=hashlib.sha256(store.spec_json).digest(),
            retry=store.retry,
            edition=mounted.edition,
        )
        entry = self._entries.get(store.ref.uid)
        if entry is not None and entry.identity == identity:
            self._require_host(store.ref, entry.session.backend)
            return entry
        # Only now is the old one given up: a spec that cannot work raises here.
        session = self._open(store, mounted)
        if entry is not None:
            self._retired.append(entry)
        entry = _Entry(store=store.ref, identity=identity, session=session, used_at=self._clock())
        self._entries[store.ref.uid] = entry
        return entry

    def _mounted(self, store: StoreRef) -> Mounted:
        try:
            return self._files.current()
        except UnauthenticatedError as error:
            raise UnauthenticatedError(f"{store}: {error}") from error

    def _open(self, store: Store, mounted: Mounted) -> Session:
        backend = backend_from(store)
        self._require_host(store.ref, backend)
        try:
            trust = trust_from(backend.ca_pem or mounted.ca_pem)
        except ValueError as error:
            source = "spec.provider.vault.caBundle" if backend.ca_pem else "credential file ca.crt"
            raise InvalidStoreError(f"{store.ref}: {source}: {error}") from None
        return Session(
            backend,
            trust,
            subject=str(store.ref),
            read_credential=self._files.read_credential,
            logins=self._logins[backend.origin, backend.login_namespace],
            retries=Retries(store.retry),
            blocking=self._context.blocking,
            clock=self._clock,
        )

    def _require_host(self, store: StoreRef, backend: Backend) -> None:
        # Asked for every call, since the policy file may have changed under a session.
        try:
            self._context.policy.require_host(backend.origin)
        except PolicyDeniedError as error:
            raise PolicyDeniedError(f"{store}: {error}") from error

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(_ROUND_S)
            try:
                await self._round()
            except Exception as error:  # noqa: BLE001 - the outermost loop: tokens of other stores depend on it
                _LOG.error("round of the token keeper failed", error=error)

    async def _round(self) -> None:
        """Renew tokens that no call renews in time, and close what is no longer needed."""
        due = [entry for entry in self._entries.values() if entry.session.next_step_at <= self._clock()]
        await asyncio.gather(*(_keep_alive(entry) for entry in due))
        self._retire_idle()
        unused = [entry for entry in self._retired if not entry.users]
        self._retired = [entry for entry in self._retired if entry.users]
        await asyncio.gather(*(entry.session.close() for entry in unused))

    def _retire_idle(self) -> None:
        idle_since = self._clock() - _IDLE_S
        for uid, entry in list(self._entries.items()):
            if not entry.users and entry.used_at < idle_since:
                self._retired.append(self._entries.pop(uid))


async def _keep_alive(entry: _Entry) -> None:
    try:
        await entry.session.keep_alive()
    except ProviderError as error:
        _LOG.warning("token not renewed", store=str(entry.store), error=error)
