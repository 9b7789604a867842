"""The status document from what a pass has seen. Pure; nothing in it changes while nothing happens."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from bulkhead_api.certificates import (
    CertificateStatus,
    ConditionEntry,
    DeniedStatus,
    DenylistStatus,
    IdentityStatus,
    RootStatus,
    RotationStatus,
    time_text,
)
from bulkhead_certcontroller.answers import Verdict
from bulkhead_certcontroller.decide import AuthorityState, Standing
from bulkhead_certcontroller.denylist import Denylist, entry_from_denial
from bulkhead_certcontroller.rotation import Phase, Rotation
from bulkhead_runtime.leaf import subject_key_id


class IdentityState(StrEnum):
    """How an identity's certificate stands."""

    CURRENT = "Current"
    FAILED = "Failed"
    """Its place cannot be looked after; the log says why."""
    REVOKED = "Revoked"
    NAMES_NOT_PERMITTED = "NamesNotPermitted"


_STATES = {
    Standing.GOOD: IdentityState.CURRENT,
    Standing.REVOKED: IdentityState.REVOKED,
    Standing.NAMES_NOT_PERMITTED: IdentityState.NAMES_NOT_PERMITTED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One identity at the end of a pass."""

    name: str
    spiffe_id: str
    standing: Standing = Standing.GOOD
    failed: bool = False
    serial: int | None = None
    """None without a certificate, as the next two."""
    not_after: datetime | None = None
    renew_at: datetime | None = None
    acknowledged: bool | None = None
    """See `IdentityStatus`."""

    @property
    def state(self) -> IdentityState:
        """How it stands."""
        return IdentityState.FAILED if self.failed else _STATES[self.standing]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusInputs:
    """Everything the status says."""

    rotation: Rotation | None = None
    """None while the CA cannot be used, as the next three."""
    authority_state: AuthorityState | None = None
    denylist: Denylist | None = None
    read_only: str | None = None
    """Why a wanted CA cannot be written; None if there is no such thing."""
    authority_error: str | None = None
    """Why the CA cannot be used; None if it can."""
    identities: Sequence[Seen] = ()
    """In the order of the identities file."""
    waiting: Mapping[str, Verdict] = field(default_factory=lambda: MappingProxyType({}))
    """Identities that hold the rotation up, by name."""
    problems: Sequence[str] = ()


def build_status(seen: StatusInputs, before: Sequence[ConditionEntry], *, now: datetime) -> CertificateStatus:
    """Say what was seen.

    Args:
        seen: what the pass has found.
        before: the conditions as they were, for the times of those that are as before.
        now: the current time, UTC.
    """
    rotation = seen.rotation
    return CertificateStatus(
        phase="Unknown" if rotation is None else rotation.phase.value,
        signer=None if rotation is None else subject_key_id(rotation.authority.certificate),
        roots=[] if rotation is None else _roots(rotation),
        rotation=None if rotation is None or rotation.phase is Phase.STABLE else _rotation(rotation, seen),
        handled_rotation=None if rotation is None else rotation.handled,
        denylist=None if seen.denylist is None else _denylist(seen.denylist),
        identities=[_identity(each) for each in seen.identities],
        conditions=_conditions(seen, {each.type: each for each in before}, now=now),
        problems=sorted(seen.problems),
    )


def _roots(rotation: Rotation) -> list[RootStatus]:
    signer = rotation.authority.certificate
    return [
        RootStatus(key_id=subject_key_id(each), not_after=time_text(each.not_valid_after_utc), signs=each == signer)
        for each in rotation.authority.roots
    ]


def _rotation(rotation: Rotation, seen: StatusInputs) -> RotationStatus:
    return RotationStatus(
        step=rotation.phase.value,
        reason="" if rotation.reason is None else rotation.reason.value,
        since="" if rotation.since is None else time_text(rotation.since),
        waiting_for=sorted(seen.waiting),
        answers={name: seen.waiting[name].value for name in sorted(seen.waiting)},
    )


def _denylist(denylist: Denylist) -> DenylistStatus:
    entries = [
        DeniedStatus(serial=each.get("serial"), identity=each.get("identity"), issued_before=each.get("issuedBefore"))
        for each in map(entry_from_denial, denylist.denials)
    ]
    return DenylistStatus(version=denylist.version, expires_at=time_text(denylist.expires_at), entries=entries)


def _identity(seen: Seen) -> IdentityStatus:
    return IdentityStatus(
        name=seen.name,
        spiffe_id=seen.spiffe_id,
        serial=None if seen.serial is None else f"{seen.serial:x}",
        not_after=None if seen.not_after is None else time_text(seen.not_after),
        renew_at=None if seen.renew_at is None else time_text(seen.renew_at),
        acknowledged=seen.acknowledged,
        state=seen.state.value,
    )


@dataclass(frozen=True, slots=True)
class _Condition:
    type: str
    holds: bool
    reason: str
    message: str = ""


def _conditions(seen: StatusInputs, before: Mapping[str, ConditionEntry], *, now: datetime) -> list[ConditionEntry]:
    entries = []
    for each in (_authority(seen), _progress(seen), _identities(seen), _denylist_condition(seen)):
        status, old = "True" if each.holds else "False", before.get(each.type)
        changed = time_text(now) if old is None or old.status != status else old.last_transition_time
        entries.append(
            ConditionEntry(
                type=each.type,
                status=status,
                reason=each.reason,
                message=each.message,
                last_transition_time=changed,
            )
        )
    return entries


def _authority(seen: StatusInputs) -> _Condition:
    if seen.authority_error is not None or seen.authority_state is None:
        return _Condition("AuthorityReady", False, "NotUsable", seen.authority_error or "")
    return _Condition("AuthorityReady", True, seen.authority_state.value)


def _progress(seen: StatusInputs) -> _Condition:
    if seen.read_only is not None:
        return _Condition("RotationProgressing", False, "AuthorityReadOnly", seen.read_only)
    if seen.rotation is None or seen.rotation.phase is Phase.STABLE:
        return _Condition("RotationProgressing", False, Phase.STABLE.value)
    waiting = ", ".join(sorted(seen.waiting))
    return _Condition(
        "RotationProgressing", True, seen.rotation.phase.value, f"waiting for {waiting}" if waiting else ""
    )


def _identities(seen: StatusInputs) -> _Condition:
    lacking = sorted(
        each.name for each in seen.identities if each.state in {IdentityState.FAILED, IdentityState.NAMES_NOT_PERMITTED}
    )
    if seen.authority_error is not None:
        return _Condition("IdentitiesReady", False, "AuthorityNotUsable")
    if lacking:
        return _Condition(
            "IdentitiesReady", False, "NotAllIssued", f"without a current certificate: {', '.join(lacking)}"
        )
    return _Condition("IdentitiesReady", True, "AllIssued")


def _denylist_condition(seen: StatusInputs) -> _Condition:
    if seen.denylist is None:
        return _Condition("DenylistCurrent", False, "NotSigned")
    if seen.problems:
        return _Condition("DenylistCurrent", False, "RequestNotUnderstood", "; ".join(sorted(seen.problems))[:1024])
    return _Condition("DenylistCurrent", True, "Signed")
