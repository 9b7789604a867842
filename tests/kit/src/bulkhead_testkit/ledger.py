"""What a stack's controller did between two moments: its requests to the API server and its calls of provider servers.

For tests that assert on writes that must not be there. The API server's audit log and the provider servers' own logs
are the witnesses, not the controller.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec

from bulkhead_testkit import audit
from bulkhead_testkit.stack import Stack

_WRITES: Final = frozenset({"create", "update", "patch", "delete", "deletecollection"})
_READS: Final = frozenset({"get", "list", "watch"})


class _Line(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a provider server's log, as far as it tells of a call; other lines have no method."""

    method: str = ""
    consumer: str = ""


class Ledger:
    """Counts from the moment at which it was opened. Each count is by what was done, so that a failure says it."""

    def __init__(self, stack: Stack) -> None:
        """Begin to count. The stack must be audited and its provider servers must log at level info or debug."""
        self._stack = stack
        self._logs = [
            process.log
            for pod in stack.pods.values()
            for name, process in pod.containers.items()
            if name.startswith("provider-")
        ]
        self.restart()

    @classmethod
    def from_the_start(cls, stack: Stack) -> "Ledger":
        """Count all that the controller did since its Pods were started; before that no ledger can be opened."""
        ledger = cls(stack)
        ledger._start = dict.fromkeys(ledger._start, 0)
        return ledger

    def restart(self) -> None:
        """Forget what was counted and begin anew."""
        self._start = {log: log.stat().st_size for log in (self._stack.plane.audit_log, *self._logs)}

    def writes(self, resource: str, *, namespace: str = "", name: str = "") -> Mapping[str, int]:
        """Count the requests that would change objects, refused ones too; a dry run changes none and is no write.

        Args:
            resource: such as `secrets`; with a subresource, `externalsecrets/status`.
            namespace: empty means all.
            name: empty means all. A create has its name from the object, so the audit log knows it too.

        Returns:
            How often, by text such as `update secrets team-a/db: 200`; empty if nothing was written.
        """
        return self._count(_WRITES, resource, namespace, name)

    def reads(self, resource: str, *, namespace: str = "", name: str = "") -> Mapping[str, int]:
        """Count gets, lists and watches; arguments and result as for `writes`."""
        return self._count(_READS, resource, namespace, name)

    def provider_calls(self, *, namespace: str = "", name: str = "") -> Mapping[str, int]:
        """Count the calls that provider servers were asked for on behalf of ExternalSecrets and stores.

        Returns:
            How often, by text such as `GetSecrets ExternalSecret/team-a/db`; empty if none came.
        """
        wanted = [part for part in (namespace, name) if part]
        return Counter(
            f"{line.method} {line.consumer}"
            for log in self._logs
            for line in _calls(log, self._start[log])
            if set(wanted) <= set(line.consumer.split("/"))
        )

    def _count(self, verbs: frozenset[str], resource: str, namespace: str, name: str) -> Mapping[str, int]:
        log = self._stack.plane.audit_log
        events = audit.read_events(log, start=self._start[log])
        return Counter(
            f"{event.verb} {resource} {ref.namespace}/{ref.name}: {event.response_status.code}"
            for event in events
            if (ref := event.object_ref) is not None
            and event.user.username == self._stack.controller_user
            and event.verb in verbs
            and "dryRun=All" not in event.request_uri
            and "/".join(filter(None, (ref.resource, ref.subresource))) == resource
            and namespace in ("", ref.namespace)
            and name in ("", ref.name)
        )


def _calls(log: Path, start: int) -> Iterator[_Line]:
    with log.open("rb") as lines:
        lines.seek(start)
        for line in lines:
            # A line that is half written tells of a call that has not ended.
            if line.endswith(b"\n") and (found := msgspec.json.decode(line, type=_Line)).method:
                yield found
