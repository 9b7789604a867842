"""The report: each process with what it has, each Pod with what it does not isolate. Pure."""

from collections.abc import Iterator
from typing import TypeVar

import msgspec

from bulkhead_cli.boundaries.grants import Fence, Grant

_T = TypeVar("_T")


class SecretAccess(msgspec.Struct, frozen=True, kw_only=True, rename="camel", order=True):
    """A Secret, or all of a namespace, that a process can read or write; follows from mounts and API rights."""

    access: str
    """`read` or `write`."""
    namespace: str
    """`*` for every one."""
    name: str
    """`*` for every one."""
    how: str
    """`mounted`, `environment` or `api`."""
    verbs: tuple[str, ...] = ()
    """By which API rights."""
    fenced_by: tuple[str, ...] = ()
    """Admission policies that narrow all of these."""

    @property
    def key(self) -> str:
        """Stable within the process."""
        return f"secrets/{self.access}/{self.namespace}/{self.name}/{self.how}"


class Process(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A container."""

    id: str
    """The container's name; with `@` and the Pod's id where several have it."""
    pod: str
    """Id of its Pod."""
    user: int | None
    """None where the image decides."""
    grants: tuple[Grant, ...]
    """In order of their ids, each once."""
    fences: tuple[Fence, ...] = ()
    """Likewise."""
    secrets: tuple[SecretAccess, ...] = ()
    """Not compared, as the grants say it too."""

    def having(self, kind: type[_T]) -> list[_T]:
        """Give the grants of a kind, in order."""
        return [each for each in self.grants if isinstance(each, kind)]

    def grant_id(self, grant: Grant | Fence | SecretAccess) -> str:
        """Give the id that is unique in the report and the same in every report of the installation."""
        return f"{self.id}/{grant.key}"


class NotIsolated(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Something that nothing in this Pod keeps apart."""

    what: str
    """`network`, `egress`, `metadata`, `enforcement`, `account`, `node`, `kernel`, `memory`, `ipc`, `processes`."""
    says: str


class Pod(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Containers that are started together."""

    id: str
    """`<kind>/<namespace>/<name>` of what makes it."""
    account: str
    """Its ServiceAccount, `namespace/name`; which of its processes can use it stands with them."""
    processes: tuple[str, ...]
    not_isolated: tuple[NotIsolated, ...]


class Report(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """All of an installation."""

    pods: tuple[Pod, ...]
    processes: tuple[Process, ...]

    def in_pod(self, pod: Pod) -> Iterator[Process]:
        """Give the processes of a Pod, in its order."""
        return (each for name in pod.processes for each in self.processes if each.id == name)
