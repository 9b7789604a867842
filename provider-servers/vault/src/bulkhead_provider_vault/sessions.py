"""The sessions of all stores: one for each store as it is now, kept alive while it is used, closed after that.

A cluster store whose credential is in the namespace of each consumer has a session for each of these namespaces. What
a call may use is resolved anew for every call, and a session serves it only if it was made of exactly that.
"""

import asyncio
import hashlib
import ssl
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from contextvars import Context
from dataclasses import dataclass
from typing import Final

from bulkhead_api.errors import InvalidStoreError, PolicyDeniedError, ProviderError, UnauthenticatedError
from bulkhead_api.provider import Retry
from bulkhead_api.secret_value import SecretValue
from bulkhead_provider_sdk import context as sdk
from bulkhead_provider_sdk.provider import Call, Store, StoreRef
from bulkhead_provider_sdk.references.scope import is_referent
from bulkhead_provider_vault.auth import Credential
from bulkhead_provider_vault.logins import Logins
from bulkhead_provider_vault.mounted import Mounted, MountedFiles
from bulkhead_provider_vault.resolve import Own, OwnCredential, resolve
from bulkhead_provider_vault.retries import Retries
from bulkhead_provider_vault.session import Session
from bulkhead_provider_vault.spec import Backend, backend_from
from bulkhead_provider_vault.transport import show_certificate, trust_from
from bulkhead_runtime.logging import get_logger

_LOG: Final = get_logger("vault")
_ROUND_S: Final = 1.0
# Longer than any usual spec.refreshInterval of a store, which is how often a store in use is at least validated.
_IDLE_S: Final = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Key:
    """Whose a session is. No two of them ever share one."""

    uid: str
    """The store's."""
    namespace: str
    """The consumer's, where that decides which credential is meant; else empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Identity:
    """What a session depends on: if any of it changes, the store gets a new session."""

    generation: int
    spec_digest: bytes
    retry: Retry | None
    edition: int
    """Of the mounted files; 0 if the store has a credential of its own."""
    ca_pem: bytes | None
    """Whom to trust; None means whom the system trusts."""
    versions: tuple[str, ...]
    """Of the Secrets and ConfigMaps that the store refers to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """What a call needs a session for."""

    key: _Key
    store: Store
    backend: Backend
    own: Own
    identity: _Identity
    ca_field: str
    """Where the certificates are from; for messages."""


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
        self._entries: dict[_Key, _Entry] = {}
        self._retired: list[_Entry] = []
        self._logins: defaultdict[tuple[str, str], Logins] = defaultdict(lambda: Logins(clock=clock))
        self._keeper: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def of(self, call: Call) -> AsyncIterator[Session]:
        """Give a call its session for the time of the block; it is not closed before the block ends.

        Raises:
            InvalidStoreError: the store's spec cannot work.
            PolicyDeniedError: the policy does not name the store's backend.
            UnauthenticatedError: there is no credential: not in this server's files, or not where the store says.
            UnavailableError: the API server cannot be asked for it.
            ReferentError: the store is being validated, and its credential is in the namespace of each consumer.
        """
        if self._keeper is None:
            # In a context of its own: in that of the call it would inherit its deadline.
            self._keeper = asyncio.create_task(self._keep(), context=Context())
        # Nothing is awaited between the choice of an entry and its use, so that it cannot be closed in between.
        entry = self._entry(await self._wanted(call))
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

    async def _wanted(self, call: Call) -> _Wanted:
        store, backend = call.store, backend_from(call.store)
        # First of all: no credential is read for a Vault that may not be talked to.
        self._require_host(store.ref, backend)
        selectors = [each.selector for each in backend.references]
        referent = is_referent(store.ref, selectors)
        key = _Key(uid=store.ref.uid, namespace=call.consumer.namespace if referent else "")
        own = await self._own(call, backend, key)
        mounted = self._mounted(store.ref) if own.credential is None else None
        mounted_ca = self._files.current_ca() if mounted is None else mounted.ca_pem
        identity = _Identity(
            generation=store.ref.generation,
            spec_digest=hashlib.sha256(store.spec_json).digest(),
            retry=store.retry,
            edition=0 if mounted is None else mounted.edition,
            ca_pem=backend.ca_pem or own.ca_pem or mounted_ca,
            versions=own.versions,
        )
        return _Wanted(
            key=key,
            store=store,
            backend=backend,
            own=own,
            identity=identity,
            ca_field=_ca_field(backend, own),
        )

    async def _own(self, call: Call, backend: Backend, key: _Key) -> Own:
        try:
            return await resolve(call, backend, self._context.references)
        except UnauthenticatedError:
            # Whoever takes a credential away ends its use too, and not only when the session has long been idle.
            self._retire(key)
            raise

    def _entry(self, wanted: _Wanted) -> _Entry:
        entry = self._entries.get(wanted.key)
        if entry is not None and entry.identity == wanted.identity:
            return entry
        # Only now is the old one given up: a spec that cannot work raises here.
        session = self._open(wanted)
        self._retire(wanted.key)
        entry = _Entry(store=wanted.store.ref, identity=wanted.identity, session=session, used_at=self._clock())
        self._entries[wanted.key] = entry
        return entry

    def _mounted(self, store: StoreRef) -> Mounted:
        try:
            return self._files.current()
        except UnauthenticatedError as error:
            raise UnauthenticatedError(f"{store}: {error}") from error

    def _open(self, wanted: _Wanted) -> Session:
        backend, ref = wanted.backend, wanted.store.ref
        try:
            trust = trust_from(wanted.identity.ca_pem)
        except ValueError as error:
            raise InvalidStoreError(f"{ref}: {wanted.ca_field}: {error}") from None
        if wanted.own.pair_pem is not None and backend.client_pair is not None:
            _show(trust, wanted.own.pair_pem, f"{ref}: {backend.client_pair.certificate.field}")
        return Session(
            backend,
            trust,
            subject=str(ref),
            read_credential=_reader_of(wanted.own.credential, self._files),
            logins=self._logins[backend.origin, backend.login_namespace],
            retries=Retries(wanted.store.retry),
            blocking=self._context.blocking,
            clock=self._clock,
        )

    def _retire(self, key: _Key) -> None:
        if key in self._entries:
            self._retired.append(self._entries.pop(key))

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
        for key, entry in list(self._entries.items()):
            if not entry.users and entry.used_at < idle_since:
                self._retire(key)


async def _keep_alive(entry: _Entry) -> None:
    try:
        await entry.session.keep_alive()
    except ProviderError as error:
        _LOG.warning("token not renewed", store=str(entry.store), error=error)


def _reader_of(own: OwnCredential | None, files: MountedFiles) -> Callable[[], Credential]:
    """Choose whose credential a session uses. One that a store names is never replaced by this server's."""
    if own is None:
        return files.read_credential
    return lambda: own


def _ca_field(backend: Backend, own: Own) -> str:
    if backend.ca_pem is not None:
        return "spec.provider.vault.caBundle"
    return "credential file ca.crt" if own.ca_pem is None else "spec.provider.vault.caProvider"


def _show(trust: ssl.SSLContext, pair_pem: SecretValue, where: str) -> None:
    try:
        show_certificate(trust, pair_pem)
    except ValueError as error:
        raise InvalidStoreError(f"{where}: {error}") from None
