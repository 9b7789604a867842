"""What a person's word does to the requests: whom it means, whether it makes sense, and what to expect. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

from bulkhead_api.certificates import (
    CertificateRequests,
    CertificateStatus,
    IdentityStatus,
    RevocationRequest,
    RotationRequest,
)
from bulkhead_cli.problems import FailedError

# The certcontroller's serials have 159 or 160 random bits; a name that happens to be hex is never as long.
_SERIAL: Final = re.compile(r"0*([0-9a-f]{24,40})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Both documents, as last read."""

    status: CertificateStatus | None
    """None if the certcontroller has written none yet."""
    requests: CertificateRequests


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What is to be written."""

    requests: CertificateRequests
    told: tuple[str, ...]
    """What happens next, line by line, for the person who asked."""


def decide_revoke(seen: Seen, what: str, *, reissue: bool, reason: str, now: datetime) -> Ask:
    """Ask that nobody accepts an identity or a certificate any more.

    Raises:
        FailedError: it is neither; the message lists the identities that there are.
    """
    identity = _identity_from(seen, what)
    if identity is None:
        return _revoke_serial(seen, what, reissue=reissue, reason=reason, now=now)
    entry = RevocationRequest(identity=identity.name, issued_before=now if reissue else None, at=now, reason=reason)
    told = (
        (
            f"Asked: every certificate of {identity.name} that was issued until now is revoked.",
            "In about a minute every process refuses them, on open connections too.",
            "The identity gets a new one, which its process uses as soon as the kubelet has brought it.",
        )
        if reissue
        else (
            f"Asked: the identity {identity.name} is revoked ({identity.spiffe_id}).",
            "In about a minute every process refuses it, on open connections too, and it gets no new certificate.",
            f"To let it work again: bulkhead certs restore {identity.name}",
        )
    )
    return Ask(requests=_with(seen.requests, entry, identity), told=told)


def decide_restore(seen: Seen, text: str, *, reason: str, now: datetime) -> Ask:
    """Ask that a revoked identity gets a certificate again.

    Raises:
        FailedError: there is no such identity, or it is not revoked.
    """
    identity = _identity_from(seen, text)
    if identity is None:
        raise _unknown(seen, text)
    if not _is_banned(seen, identity):
        raise FailedError(
            f"{identity.name}: is not revoked as an identity, so there is nothing to restore; single certificates stay"
            " revoked until they expire"
        )
    entry = RevocationRequest(identity=identity.name, issued_before=now, at=now, reason=reason)
    return Ask(
        requests=_with(seen.requests, entry, identity),
        told=(
            f"Asked: {identity.name} gets a new certificate; those of before stay revoked.",
            "Its process uses it as soon as the kubelet has brought it, in about a minute.",
        ),
    )


def decide_rotation(seen: Seen, *, request_id: str, now_at_once: bool, reason: str, now: datetime) -> Ask:
    """Ask for a new CA.

    Args:
        seen: the documents.
        request_id: a fresh random id.
        now_at_once: the present CA is out at once.
        reason: for people.
        now: the current time, UTC.

    Raises:
        FailedError: a rotation is under way or asked for, and this one would not be an emergency.
    """
    if not now_at_once and (pending := pending_rotation(seen)):
        raise FailedError(f"{pending}; see `bulkhead certs status --wait`, or --now if the CA's key was stolen")
    rotation = RotationRequest(id=request_id, now=now_at_once, at=now, reason=reason)
    told = (
        (
            "Asked: the CA is replaced at once, and all that the old one signed is worth nothing.",
            "Calls fail until each process has its new files, which takes the kubelet a minute or two.",
        )
        if now_at_once
        else (
            "Asked: the CA is replaced; no call fails meanwhile.",
            "It takes as long as the kubelet needs to bring files to every Pod, three times: some minutes.",
        )
    )
    return Ask(
        requests=msgspec.structs.replace(seen.requests, rotation=rotation),
        told=(*told, "To follow it: bulkhead certs status --wait"),
    )


def pending_rotation(seen: Seen) -> str:
    """Say which rotation is not over yet; empty if none is."""
    status, asked = seen.status, seen.requests.rotation
    if status is not None and status.rotation is not None:
        return f"a rotation is under way, at {status.rotation.step}"
    if asked is not None and (status is None or status.handled_rotation != asked.id):
        return "a rotation is asked for, and the certcontroller has not taken it up yet"
    return ""


def _revoke_serial(seen: Seen, what: str, *, reissue: bool, reason: str, now: datetime) -> Ask:
    match = _SERIAL.fullmatch(what.lower().replace(":", ""))
    if match is None:
        raise _unknown(seen, what)
    if reissue:
        raise FailedError("--reissue: only for an identity; a serial is revoked alone, and its identity gets a new one")
    serial = match[1]
    kept = [each for each in seen.requests.revocations if each.serial != serial]
    entry = RevocationRequest(serial=serial, at=now, reason=reason)
    owner = next((each.name for each in _identities(seen) if each.serial == serial), None)
    whose = (
        f"It is the present one of {owner}, which gets a new one."
        if owner
        else "It is no identity's present certificate, as far as the certcontroller says; it is refused if it turns up."
    )
    return Ask(
        requests=msgspec.structs.replace(seen.requests, revocations=[*kept, entry]),
        told=(
            f"Asked: the certificate {serial} is revoked.",
            whose,
            "In about a minute every process refuses it, on open connections too.",
        ),
    )


def _with(requests: CertificateRequests, entry: RevocationRequest, identity: IdentityStatus) -> CertificateRequests:
    # One entry for each identity: of several the last counts, and the others would only mislead who reads them.
    kept = [each for each in requests.revocations if each.identity not in _spellings(identity)]
    return msgspec.structs.replace(requests, revocations=[*kept, entry])


def _is_banned(seen: Seen, identity: IdentityStatus) -> bool:
    asked = [each for each in seen.requests.revocations if each.identity in _spellings(identity)]
    if asked:
        return asked[-1].issued_before is None
    denied = seen.status.denylist.entries if seen.status is not None and seen.status.denylist is not None else []
    return any(each.identity == identity.spiffe_id and each.issued_before is None for each in denied)


def _identity_from(seen: Seen, text: str) -> IdentityStatus | None:
    return next((each for each in _identities(seen) if text in _spellings(each)), None)


def _identities(seen: Seen) -> Sequence[IdentityStatus]:
    return seen.status.identities if seen.status is not None else []


def _spellings(identity: IdentityStatus) -> frozenset[str]:
    path = identity.spiffe_id.removeprefix("spiffe://").partition("/")[2]
    return frozenset({identity.name, path, identity.spiffe_id})


def _unknown(seen: Seen, text: str) -> FailedError:
    known = sorted(each.name for each in _identities(seen))
    if not known:
        return FailedError(
            f"{text}: the certcontroller has not said yet which identities there are; see whether it runs, or give a"
            " serial"
        )
    return FailedError(f"{text}: no identity, and no serial; the identities are {', '.join(known)}")
