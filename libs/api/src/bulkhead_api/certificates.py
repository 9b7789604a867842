"""What a person asks the certcontroller for, and what it says of its work: the two documents between it and the CLI.

`requests.yaml` is written by a person and only read by the certcontroller; `status.yaml` the other way round. Neither
holds anything secret. This module knows their shape and nothing of where they are kept.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

REQUESTS_KEY: Final = "requests.yaml"
"""The key of the ConfigMap that holds `CertificateRequests`."""
STATUS_KEY: Final = "status.yaml"
"""The key of the ConfigMap that holds `CertificateStatus`."""

BACKDATED: Final = timedelta(minutes=65)
"""The certcontroller's certificates begin this long before they are made, so that they count where a clock is an hour
behind, and the time of issue is their notBefore and this long."""

MAX_REVOCATIONS: Final = 1000
"""Requests beyond this many are not read: the denylist has to fit into a Secret, and each call looks at it."""


class RevocationRequest(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One certificate, or all certificates of one identity, that nobody shall accept any more."""

    serial: str | None = None
    """Lower hex; quoted where the document is YAML, which takes 12e5 for a number. Not beside `identity`."""
    identity: str | None = None
    """Name, path or SPIFFE id."""
    issued_before: datetime | None = None
    """Beside `identity`: only certificates issued before it, and the identity gets a new one. None means all there
    are and ever will be: it gets no new one until an entry with a time takes this one's place."""
    at: datetime | None = None
    """When it was asked for; for people."""
    reason: str = ""
    """For people."""


class RotationRequest(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A new CA, once for each `id`."""

    id: str
    """Chosen at random by whoever asks; 1 to 64 characters."""
    now: bool = False
    """True is the emergency: the present CA is out at once, without waiting for anybody."""
    at: datetime | None = None
    """When it was asked for; for people."""
    reason: str = ""
    """For people."""


class CertificateRequests(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The document `requests.yaml`. Of several entries for one identity the last one counts."""

    revocations: list[RevocationRequest] = []
    rotation: RotationRequest | None = None


class RootStatus(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A CA certificate that is trusted now."""

    key_id: str
    """Subject key identifier, lower hex."""
    not_after: str
    signs: bool
    """New certificates are signed by it."""


class RotationStatus(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A rotation of the CA that is under way."""

    step: str
    """`Distributing`, `Moving` or `Withdrawing`."""
    reason: str
    """Why it was begun, such as `Requested`, `RenewalDue`, `NamesNotPermitted` or `Emergency`."""
    since: str
    """When this step began."""
    waiting_for: list[str]
    """Names of the identities that have not acknowledged the step, sorted."""
    answers: dict[str, str]
    """For each of these, why: a fixed reason, such as `OldState` or `Settling`."""


class DeniedStatus(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """An entry of the denylist."""

    serial: str | None = None
    identity: str | None = None
    """SPIFFE id."""
    issued_before: str | None = None


class DenylistStatus(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The list of revoked certificates that every identity has received."""

    version: int
    expires_at: str
    entries: list[DeniedStatus]


class IdentityStatus(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One identity's certificate as it stands in its place."""

    name: str
    spiffe_id: str
    serial: str | None
    """Lower hex; None without a certificate, as the next two."""
    not_after: str | None
    renew_at: str | None
    acknowledged: bool | None
    """Its process uses this certificate, these roots and this denylist; None if it has no address to be asked at."""
    state: str
    """`Current`, `Failed`, `Revoked` or `NamesNotPermitted`."""


class ConditionEntry(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A condition in Kubernetes' form. Source: meta/v1 Condition."""

    type: str
    """`AuthorityReady`, `RotationProgressing`, `IdentitiesReady` or `DenylistCurrent`."""
    status: str
    reason: str
    message: str
    last_transition_time: str


class CertificateStatus(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The document `status.yaml`. All times are UTC in RFC 3339; nothing in it changes while nothing happens."""

    phase: str
    """`Stable`, or the step of the rotation; `Unknown` while the CA cannot be used."""
    signer: str | None = None
    """Key id of the root that signs; None while the CA cannot be used."""
    roots: list[RootStatus] = []
    rotation: RotationStatus | None = None
    handled_rotation: str | None = None
    """`id` of the last rotation request that was taken up."""
    denylist: DenylistStatus | None = None
    identities: list[IdentityStatus] = []
    conditions: list[ConditionEntry] = []
    problems: list[str] = []
    """What of the requests could not be read or understood, one line each, sorted."""


class _Document(msgspec.Struct, frozen=True, kw_only=True):
    revocations: list[object] = []
    rotation: object = None


class ReadRequests(msgspec.Struct, frozen=True, kw_only=True):
    """A document `requests.yaml` that was read as far as it can be."""

    requests: CertificateRequests
    problems: tuple[str, ...] = ()
    """One line for each part that was left out."""


def requests_from_data(data: object) -> ReadRequests:
    """Read decoded YAML or JSON; a part that is wrong is left out and named, and the rest counts.

    Args:
        data: what the decoder gave; None for an empty document.
    """
    try:
        document = msgspec.convert({} if data is None else data, _Document)
    except msgspec.ValidationError as error:
        return ReadRequests(requests=CertificateRequests(), problems=(f"requests: {error}",))
    problems: list[str] = []
    if len(document.revocations) > MAX_REVOCATIONS:
        problems.append(f"revocations: only the first {MAX_REVOCATIONS} are read")
    revocations = []
    for number, entry in enumerate(document.revocations[:MAX_REVOCATIONS]):
        try:
            revocations.append(msgspec.convert(_with_text_times(entry), RevocationRequest))
        except msgspec.ValidationError as error:
            problems.append(f"revocations[{number}]: {error}")
    rotation = None
    if document.rotation is not None:
        try:
            rotation = msgspec.convert(_with_text_times(document.rotation), RotationRequest)
        except msgspec.ValidationError as error:
            problems.append(f"rotation: {error}")
    return ReadRequests(
        requests=CertificateRequests(revocations=revocations, rotation=rotation), problems=tuple(problems)
    )


def document_data(document: CertificateRequests | CertificateStatus) -> object:
    """Give a document as plain mappings, lists and text, ready for an encoder of YAML or JSON."""
    return msgspec.to_builtins(document)


def time_text(moment: datetime) -> str:
    """Write a moment, UTC, to the second as both documents and the denylist do: `2026-11-01T12:00:00Z`."""
    return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def _with_text_times(entry: object) -> object:
    # YAML reads a time that is not quoted as a time, JSON and quoted YAML give text: one form for both.
    if not isinstance(entry, dict):
        return entry
    return {name: _time_as_text(value) if isinstance(value, datetime) else value for name, value in entry.items()}


def _time_as_text(moment: datetime) -> str:
    return time_text(moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC))
