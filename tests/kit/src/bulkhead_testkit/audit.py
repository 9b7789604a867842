"""The API server's audit log as typed events, for tests that ask who did what.

The log is of level Metadata: who, verb, object and answer, but no body. What kind of patch a patch was is not in it;
no test needs to know, since no patch on a Secret may be sent at all.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

POLICY: Final = """\
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
  - level: Metadata
"""
"""The audit policy of the control plane."""


class User(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Who asked."""

    username: str = ""
    groups: tuple[str, ...] = ()
    extra: dict[str, tuple[str, ...]] = {}
    """What else authentication found, such as the id of the credential."""


class ObjectRef(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What the request was about; empty parts were not in the request."""

    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    api_group: str = ""
    api_version: str = ""


class Answer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What the API server answered."""

    code: int = 0
    """The HTTP status; 0 where the request ended without one."""
    reason: str = ""


class AuditEvent(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One request. Source: audit.k8s.io/v1 Event."""

    audit_id: str = msgspec.field(name="auditID")
    stage: str
    """`ResponseComplete` for most; a watch has a `ResponseStarted` before."""
    verb: str
    """The verb as RBAC has it: a PUT is `update`, a list with `watch=true` is `watch`."""
    request_uri: str = msgspec.field(name="requestURI")
    user: User
    user_agent: str = ""
    object_ref: ObjectRef | None = None
    """None for requests that are about no resource, such as /readyz."""
    response_status: Answer = Answer()
    request_received_timestamp: datetime
    """UTC."""


def read_events(log: Path, *, start: int = 0) -> Iterator[AuditEvent]:
    """Read the events in the order of their ends; a last line that is half written is left out.

    Args:
        log: the audit log.
        start: where to begin, in bytes; the size that the log had at a moment gives the events since then.

    Raises:
        msgspec.DecodeError: a complete line is no audit event.
    """
    decoder = msgspec.json.Decoder(AuditEvent)
    with log.open("rb") as lines:
        lines.seek(start)
        for line in lines:
            if line.endswith(b"\n"):
                yield decoder.decode(line)


def requests_for(log: Path, *, resource: str, verb: str | None = None) -> tuple[AuditEvent, ...]:
    """Return the requests about a resource, such as `secrets`, with one verb or all."""
    return tuple(
        event
        for event in read_events(log)
        if event.object_ref is not None and event.object_ref.resource == resource and verb in (None, event.verb)
    )
