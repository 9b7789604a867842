"""Who of several processes may work: the decision about one Lease. Pure; `elector` talks to the API server.

The clocks of two machines are never compared. What counts is how long a Lease has stood unchanged before one's own
eyes, by one's own clock. Source: client-go, package tools/leaderelection.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from bulkhead_api.meta import ObjectMeta

LEASE_VERSION: Final = "coordination.k8s.io/v1"
LEASES: Final = "leases"

JITTER: Final = 1.2
"""A try comes up to this many retry periods later than it must. Source: client-go, JitterFactor."""

_METADATA: Final = msgspec.json.Decoder(ObjectMeta)


class LeaseSpec(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Source: coordination.k8s.io/v1 LeaseSpec."""

    holder_identity: str = ""
    """Empty means that nobody holds it."""
    lease_duration_seconds: int = 0
    acquire_time: str = ""
    """A MicroTime: always six digits behind the point."""
    renew_time: str = ""
    lease_transitions: int = 0
    """How often it went to another holder."""


class Lease(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Source: coordination.k8s.io/v1 Lease."""

    metadata: msgspec.Raw
    """As it was read, so that labels and annotations of others are written back."""
    spec: LeaseSpec = LeaseSpec()
    api_version: str = LEASE_VERSION
    kind: str = "Lease"

    @property
    def resource_version(self) -> str:
        """The version that was read; writing it back makes the write conditional."""
        return _METADATA.decode(self.metadata).resource_version


@dataclass(frozen=True, slots=True, kw_only=True)
class ElectionTimes:
    """The three times of an election.

    Raises:
        ValueError: they cannot work together.

    Source: client-go, NewLeaderElector.
    """

    lease_duration: timedelta = timedelta(seconds=15)
    """How long others wait for a leader that is silent."""
    renew_deadline: timedelta = timedelta(seconds=10)
    """How long a leader that cannot renew goes on."""
    retry_period: timedelta = timedelta(seconds=2)
    """Between two tries."""

    def __post_init__(self) -> None:
        if self.lease_duration < timedelta(seconds=1):
            raise ValueError("the lease duration must be at least one second")
        if self.retry_period <= timedelta(0):
            raise ValueError("the retry period must be more than zero")
        if self.lease_duration <= self.renew_deadline:
            raise ValueError("the lease duration must be more than the renew deadline")
        if self.renew_deadline <= self.retry_period * JITTER:
            raise ValueError(f"the renew deadline must be more than {JITTER} times the retry period")


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """A Lease, and since when it stands like that before our eyes."""

    lease: Lease | None
    """None means that there is none."""
    since: float
    """Seconds of our own monotonic clock."""


@dataclass(frozen=True, slots=True)
class Acquire:
    """Try to become the leader: write this."""

    spec: LeaseSpec


@dataclass(frozen=True, slots=True)
class Renew:
    """Stay the leader: write this."""

    spec: LeaseSpec


@dataclass(frozen=True, slots=True)
class Wait:
    """Somebody else leads."""

    holder: str


Decision = Acquire | Renew | Wait


def observe(before: Observation | None, lease: Lease | None, *, now: float) -> Observation:
    """Note what was read just now; a Lease that says what it said before has stood since then."""
    if before is not None and _spec(before.lease) == _spec(lease):
        return Observation(lease=lease, since=before.since)
    return Observation(lease=lease, since=now)


def decide(seen: Observation, identity: str, *, now: float, wall: datetime, times: ElectionTimes) -> Decision:
    """Say whether `identity` may try to take or keep the Lease.

    Args:
        seen: the Lease, as last read.
        identity: our own name; no other process has it.
        now: seconds of the clock of `seen.since`.
        wall: the time to write into the Lease, UTC; nothing is decided by it.
        times: of the election.

    Source: client-go, tryAcquireOrRenew.
    """
    old = _spec(seen.lease)
    # Rounded up: a duration that is cut would let others take over before we give up.
    duration_s = -(-times.lease_duration // timedelta(seconds=1))
    stamp = micro_time(wall)
    if old is None:
        return Acquire(_held(identity, duration_s, acquired=stamp, renewed=stamp, transitions=0))
    if old.holder_identity == identity:
        acquired = old.acquire_time or stamp
        return Renew(_held(identity, duration_s, acquired=acquired, renewed=stamp, transitions=old.lease_transitions))
    # The holder's own word counts for how long it may be silent.
    if old.holder_identity and now < seen.since + (old.lease_duration_seconds or duration_s):
        return Wait(old.holder_identity)
    return Acquire(_held(identity, duration_s, acquired=stamp, renewed=stamp, transitions=old.lease_transitions + 1))


def released(spec: LeaseSpec, *, wall: datetime) -> LeaseSpec:
    """Give the Lease up, so that the next one need not wait. Source: client-go, release."""
    stamp = micro_time(wall)
    return LeaseSpec(
        lease_duration_seconds=1,
        acquire_time=stamp,
        renew_time=stamp,
        lease_transitions=spec.lease_transitions,
    )


def micro_time(moment: datetime) -> str:
    """Write a time as the API server reads it. Source: meta/v1 MicroTime."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _held(identity: str, duration_s: int, *, acquired: str, renewed: str, transitions: int) -> LeaseSpec:
    return LeaseSpec(
        holder_identity=identity,
        lease_duration_seconds=duration_s,
        acquire_time=acquired,
        renew_time=renewed,
        lease_transitions=transitions,
    )


def _spec(lease: Lease | None) -> LeaseSpec | None:
    return None if lease is None else lease.spec
