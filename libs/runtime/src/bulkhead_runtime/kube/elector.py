"""The shell around `leader`: takes a Lease, keeps it, and gives it back at the end."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import msgspec

from bulkhead_runtime.kube.client import KubeClient
from bulkhead_runtime.kube.config import KubeConfigError
from bulkhead_runtime.kube.errors import ApiError, ConflictError, NotFoundError, UndecodableReplyError
from bulkhead_runtime.kube.leader import (
    JITTER,
    LEASE_VERSION,
    LEASES,
    Acquire,
    ElectionTimes,
    Lease,
    LeaseSpec,
    Observation,
    Renew,
    Wait,
    decide,
    observe,
    released,
)
from bulkhead_runtime.kube.path import resource_path
from bulkhead_runtime.logging import get_logger
from bulkhead_runtime.metrics import gauge

_LOG: Final = get_logger("leader")
_STATUS: Final = gauge("leader_election_master_status", "1 if this process leads, by name of the Lease.", ["name"])
_RELEASE_TIMEOUT_S: Final = 5.0


class LeadershipLostError(Exception):
    """This process led and must not go on; the message says why. Only a new process may try again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidacy:
    """Who wants to hold what."""

    namespace: str
    lease_name: str
    identity: str
    """No other process may have it."""
    times: ElectionTimes


def boot_clock() -> float:
    """Give the seconds since the machine was started; they go on while the process is stopped or the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Elector:
    """Wins one Lease and holds it. One life: who lost it does not try again."""

    def __init__(
        self,
        client: KubeClient,
        candidacy: Candidacy,
        *,
        clock: Callable[[], float] = boot_clock,
        draw: Callable[[], float] = random.random,
    ) -> None:
        """Take a client of its own, so that renewals never wait behind work; nothing is asked before `campaign`."""
        self._client = client
        self._candidacy = candidacy
        self._clock = clock
        self._draw = draw
        self._collection = resource_path(LEASE_VERSION, LEASES, namespace=candidacy.namespace)
        self._path = f"{self._collection}/{candidacy.lease_name}"
        self._seen: Observation | None = None
        self._leads_until = 0.0
        self._holder = ""
        self._status = _STATUS.labels(candidacy.lease_name)
        self._status.set(0)
        self.leading = asyncio.Event()
        """Set once this process leads."""

    def is_leading(self) -> bool:
        """Say whether this process may write now.

        The time for which it may counts from the moment before the last successful renewal was sent. Others count the
        longer lease duration from a later moment, so a process that was stopped finds that its time is over before
        or while another one leads, and writes nothing.
        """
        return self.leading.is_set() and self._clock() < self._leads_until

    @asynccontextmanager
    async def campaign(self) -> AsyncIterator[None]:
        """Run for leader while the context is open; give the Lease back after what runs in the context has ended.

        Raises:
            LeadershipLostError: in an ExceptionGroup, as what runs in the context is cancelled.
        """
        try:
            async with asyncio.TaskGroup() as tasks:
                running = tasks.create_task(self.run())
                try:
                    yield
                finally:
                    running.cancel()
        finally:
            await self._release()

    async def run(self) -> None:
        """Wait until this process leads, then renew for as long as it can.

        Raises:
            LeadershipLostError: it could not renew within the deadline, or another process leads.
        """
        retry_s = self._candidacy.times.retry_period.total_seconds()
        while not await self._try():  # noqa: ASYNC110 - what is waited for is another process
            await asyncio.sleep(retry_s * (1 + JITTER * self._draw()))
        _LOG.info("became leader", lease=self._candidacy.lease_name, identity=self._candidacy.identity)
        self.leading.set()
        self._status.set(1)
        try:
            while True:
                await self._renew(retry_s)
        finally:
            self._status.set(0)

    async def _renew(self, retry_s: float) -> None:
        await asyncio.sleep(min(retry_s, max(0.0, self._leads_until - self._clock())))
        # Asked again after the sleep: the process may have been stopped for longer than it wanted to sleep.
        left_s = self._leads_until - self._clock()
        if left_s <= 0:
            raise self._lost(f"not renewed within {self._candidacy.times.renew_deadline}")
        try:
            async with asyncio.timeout(left_s):
                renewed = await self._try()
        except TimeoutError:
            renewed = False
        if not renewed and self._holder not in ("", self._candidacy.identity):
            raise self._lost(f"{self._holder} leads")

    def _lost(self, why: str) -> LeadershipLostError:
        self._leads_until = 0.0
        return LeadershipLostError(f'lease "{self._candidacy.namespace}/{self._candidacy.lease_name}": {why}')

    async def _try(self) -> bool:
        """Read the Lease if need be, and take or renew it; say whether we hold it now."""
        began = self._clock()
        try:
            if self._seen is None or not self.leading.is_set():
                self._note(await self._read())
            return await self._write(began)
        except (ApiError, KubeConfigError) as error:
            if self.leading.is_set():
                _LOG.warning("lease not renewed", lease=self._candidacy.lease_name, error=error)
            else:
                _LOG.debug("lease not taken", lease=self._candidacy.lease_name, error=error)
            if isinstance(error, ConflictError | NotFoundError):
                await self._look_again()
            return False

    async def _look_again(self) -> None:
        # Somebody else wrote it, and the next try must know what.
        try:
            self._note(await self._read())
        except (ApiError, KubeConfigError) as error:
            _LOG.debug("lease not read", lease=self._candidacy.lease_name, error=error)

    async def _write(self, began: float) -> bool:
        if self._seen is None:
            return False
        times, lease = self._candidacy.times, self._seen.lease
        decision = decide(self._seen, self._candidacy.identity, now=began, wall=datetime.now(UTC), times=times)
        match decision:
            case Wait(holder):
                self._holder = holder
                return False
            case Acquire(spec) | Renew(spec):
                self._note(await self._store(lease, spec))
                self._holder = self._candidacy.identity
                self._leads_until = began + times.renew_deadline.total_seconds()
                return True

    async def _read(self) -> Lease | None:
        try:
            return _decode(await self._client.request("GET", self._path, timeout_s=self._timeout_s))
        except NotFoundError:
            return None

    async def _store(self, lease: Lease | None, spec: LeaseSpec) -> Lease:
        if lease is None:
            metadata = msgspec.Raw(msgspec.json.encode({"name": self._candidacy.lease_name}))
            body = msgspec.json.encode(Lease(metadata=metadata, spec=spec))
            return _decode(await self._client.request("POST", self._collection, body=body, timeout_s=self._timeout_s))
        # The resourceVersion inside makes the API server refuse it if anybody else wrote meanwhile.
        body = msgspec.json.encode(Lease(metadata=lease.metadata, spec=spec))
        return _decode(await self._client.request("PUT", self._path, body=body, timeout_s=self._timeout_s))

    async def _release(self) -> None:
        if not self.is_leading():
            return
        self.leading.clear()
        try:
            async with asyncio.timeout(_RELEASE_TIMEOUT_S):
                # Read anew: a renewal that was cut off may have been carried out.
                lease = await self._read()
                if lease is None or lease.spec.holder_identity != self._candidacy.identity:
                    return
                await self._store(lease, released(lease.spec, wall=datetime.now(UTC)))
        except (ApiError, KubeConfigError, TimeoutError) as error:
            # Others then wait for as long as the Lease says; nothing worse.
            _LOG.warning("lease not given back", lease=self._candidacy.lease_name, error=error)
        else:
            _LOG.info("lease given back", lease=self._candidacy.lease_name)

    def _note(self, lease: Lease | None) -> None:
        self._seen = observe(self._seen, lease, now=self._clock())
        self._holder = lease.spec.holder_identity if lease is not None else ""

    @property
    def _timeout_s(self) -> float:
        # Two tries fit into the deadline. Source: controller-runtime, which sets its client's timeout so.
        return self._candidacy.times.renew_deadline.total_seconds() / 2


def _decode(reply: bytes) -> Lease:
    try:
        lease = msgspec.json.decode(reply, type=Lease)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise UndecodableReplyError(200, "NotALease", call=LEASES) from None
    # A view into the reply would keep all of it.
    return msgspec.structs.replace(lease, metadata=msgspec.Raw(bytes(lease.metadata)))
