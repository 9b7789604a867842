"""The seam between a reconcile and its target: what can be done to it, and how that may end."""

from dataclasses import dataclass
from typing import Protocol

from bulkhead_api.external_secret import ExternalSecret
from bulkhead_controller.externalsecret.memory import Memory
from bulkhead_controller.externalsecret.plan import Fail
from bulkhead_controller.externalsecret.status import Message
from bulkhead_controller.externalsecret.wording import Wording
from bulkhead_controller.patches import Postpone
from bulkhead_target.content import TargetContent


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What is known of the target without writing to it."""

    valid: bool
    """Whether it holds what was written; a target that cannot be read counts as valid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The target is as it should be."""

    resource_version: str
    uid: str = ""
    """Of the target; empty while unknown."""
    created: bool = False
    """Whether it did not exist before."""
    changed: bool
    """Whether it is known to hold something else than before."""
    failure: Fail | None = None
    """What could not be brought along."""


@dataclass(frozen=True, slots=True)
class Missing:
    """There is no target, and the creationPolicy lets us make none."""


@dataclass(frozen=True, slots=True)
class Deleted:
    """The target is deleted."""


@dataclass(frozen=True, slots=True)
class Absent:
    """There was nothing to delete."""


@dataclass(frozen=True, slots=True)
class NotOurs:
    """There is an object of this name, and it does not belong to this ExternalSecret."""


class TargetWriter(Protocol):
    """Looks at and writes the target of an ExternalSecret, within the rights that the profile gives."""

    def wording(self, external_secret: ExternalSecret) -> Wording:
        """Give the words in which the outcome is told."""

    async def check(self, external_secret: ExternalSecret) -> Postpone | Fail | None:
        """Say what stands in the way of every write, before the provider is asked; None means nothing is known to."""

    async def look(self, external_secret: ExternalSecret, memory: Memory) -> Look | Postpone | Fail:
        """Say what is known of the target; may read it, and notes in `memory` which version was found good."""

    async def write(
        self, external_secret: ExternalSecret, content: TargetContent, memory: Memory
    ) -> Written | Missing | Postpone | Fail:
        """Bring the target to this content."""

    async def delete(
        self, external_secret: ExternalSecret, name: str, memory: Memory, *, failure: Message
    ) -> Deleted | Absent | NotOurs | Postpone | Fail:
        """Delete the object `name` if it belongs to this ExternalSecret; `failure` is how messages begin."""

    def orphans(self, external_secret: ExternalSecret, bound: str) -> list[str]:
        """Name the objects that were targets of this ExternalSecret under other names; `bound` is status.binding."""
