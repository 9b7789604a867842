"""What the certcontroller says, as a table for people. Pure."""

from collections.abc import Iterator, Sequence

from bulkhead_api.certificates import CertificateStatus, DeniedStatus, IdentityStatus

_NONE = "-"


def table_of(status: CertificateStatus) -> str:
    """Write the status as text; a line break ends it."""
    return "\n".join(line.rstrip() for line in _lines(status)) + "\n"


def progress_of(status: CertificateStatus) -> str:
    """Say in one line where a rotation stands."""
    if status.rotation is None:
        return status.phase
    waiting = [f"{name} ({status.rotation.answers.get(name, 'NoAnswer')})" for name in status.rotation.waiting_for]
    return f"{status.phase}, since {status.rotation.since}: waiting for {', '.join(waiting) or 'nobody'}"


def _lines(status: CertificateStatus) -> Iterator[str]:
    yield f"CA: {progress_of(status)}"
    roots = [[each.key_id, each.not_after, "signs" if each.signs else "is trusted"] for each in status.roots]
    yield from _indented(_columns([["ROOT", "ENDS", ""], *roots]))
    if status.denylist is None:
        yield "Revoked: there is no list yet"
    else:
        count = len(status.denylist.entries)
        yield f"Revoked: {count or 'nothing'}; list {status.denylist.version}, good until {status.denylist.expires_at}"
        yield from (f"  {_denied(each)}" for each in status.denylist.entries)
    yield "Identities:"
    header = ["NAME", "STATE", "IN USE", "ENDS", "RENEWAL", "SERIAL"]
    yield from _indented(_columns([header, *(_identity(each) for each in status.identities)]))
    yield "Conditions:"
    for each in status.conditions:
        yield f"  {each.type}={each.status} {each.reason}: {each.message}"
    if status.problems:
        yield "Requests that were not understood:"
        yield from (f"  {each}" for each in status.problems)


def _identity(identity: IdentityStatus) -> list[str]:
    in_use = {True: "yes", False: "not yet", None: "not asked"}[identity.acknowledged]
    facts = (identity.not_after, identity.renew_at, identity.serial)
    return [identity.name, identity.state, in_use, *(each or _NONE for each in facts)]


def _denied(entry: DeniedStatus) -> str:
    if entry.serial is not None:
        return f"certificate {entry.serial}"
    if entry.issued_before is None:
        return f"{entry.identity}, every certificate"
    return f"{entry.identity}, what was issued before {entry.issued_before}"


def _columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))


def _indented(lines: Iterator[str]) -> Iterator[str]:
    return (f"  {line}" for line in lines)
