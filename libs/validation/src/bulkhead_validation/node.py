"""A place in a decoded object: what stands there, and the path that messages name.

The decoder of this library. What has another type than its schema says counts as absent and is noted as a fault, as the
API server refuses it before any webhook is asked; only somebody who calls the webhook directly can send it.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias, TypeVar, final

from bulkhead_templating.engine import Delimiters
from bulkhead_validation.allowance import Allowance
from bulkhead_validation.fault import Fault, Verdict

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"

T = TypeVar("T")

_NAMES: Final = {str: "text", bool: "true or false", int: "a whole number", list: "a list", dict: "an object"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What holds for a place and all below it."""

    is_guarded: bool = True
    """Whether ESO's webhook looks at it; where it does not, what it would refuse is known to never work."""
    is_used: bool = True
    """Whether the object as it is makes use of it; what is never used does no harm, however wrong it is."""
    delimiters: Delimiters = field(default_factory=Delimiters)
    """What begins and ends an action of templates."""
    allowance: Allowance = field(default_factory=Allowance)
    """What the check of the whole object may still cost."""


@final
class Node:
    """What stands at one place, and where that is; absent and null are the same, as in Go."""

    # Not a dataclass, and no path before it is asked for: an object has tens of thousands of places and few faults.
    __slots__ = ("_above", "_step", "faults", "scope", "value")

    def __init__(
        self,
        value: Json,
        path: str = "",
        faults: list[Fault] | None = None,
        *,
        scope: Scope | None = None,
        above: "Node | None" = None,
    ) -> None:
        """Start at an object's root, or go on below another node.

        Args:
            value: what stands there.
            path: what the path of the node above is followed by.
            faults: where they are noted; None means a list of its own.
            scope: what holds for all of the object; None means what holds for most.
            above: None means that this is the root.
        """
        self.value: Json = value
        self.faults: list[Fault] = [] if faults is None else faults
        """All faults that were found so far in the whole object; shared by all its nodes."""
        self.scope: Scope = scope or Scope()
        self._step = path
        self._above = above

    def __repr__(self) -> str:
        # The value may be secret.
        return f"Node({self.path!r})"

    @property
    def path(self) -> str:
        """Where it is, such as `spec.data[0].secretKey`; keys that the user chose are quoted as in JSON."""
        before = self._above.path if self._above is not None else ""
        return f"{before}{'.' if before and self._step[:1] != '[' else ''}{self._step}"

    @property
    def present(self) -> bool:
        """Whether something else than null stands here."""
        return self.value is not None

    def at(self, *keys: str) -> "Node":
        """Go down by names; the node is absent if any of them is missing."""
        node = self
        for key in keys:
            value = node.value
            below = value.get(key) if isinstance(value, dict) else node.fields().get(key)
            node = Node(below, key, node.faults, scope=node.scope, above=node)
        return node

    def items(self) -> Iterator["Node"]:
        """Give the elements of a list, in order; none if it is absent."""
        for index, element in enumerate(self.elements()):
            yield self._below(element, f"[{index}]")

    def entries(self) -> Iterator[tuple[str, "Node"]]:
        """Give an object's keys and what stands there, in the order of the document."""
        for key, element in self.fields().items():
            yield key, self._below(element, f"[{json.dumps(key)}]")

    def fields(self) -> dict[str, Json]:
        """Give the object that stands here; empty if it is absent."""
        return self.value if isinstance(self.value, dict) else self._absent(dict, {})

    def elements(self) -> list[Json]:
        """Give the list that stands here; empty if it is absent."""
        return self.value if isinstance(self.value, list) else self._absent(list, [])

    def text(self, default: str = "") -> str:
        """Give the text that stands here."""
        return self.value if isinstance(self.value, str) else self._absent(str, default)

    def integer(self, default: int = 0) -> int:
        """Give the whole number that stands here."""
        if isinstance(self.value, int) and not isinstance(self.value, bool):
            return self.value
        return self._absent(int, default)

    def flag(self, *, default: bool = False) -> bool:
        """Give the true or false that stands here."""
        return self.value if isinstance(self.value, bool) else self._absent(bool, default)

    def keys_present(self, keys: Sequence[str]) -> list[str]:
        """Say which of these names something stands under, in the given order."""
        found = self.fields()
        return [key for key in keys if found.get(key) is not None]

    def unguarded(self) -> "Node":
        """Give the same place as one that ESO's webhook does not look at."""
        return self._scoped(replace(self.scope, is_guarded=False))

    def used(self, *, is_used: bool) -> "Node":
        """Give the same place as one that is made use of, or not."""
        return self if is_used else self._scoped(replace(self.scope, is_used=False))

    def with_delimiters(self, delimiters: Delimiters) -> "Node":
        """Give the same place as one whose templates have these delimiters, whatever those of others are."""
        return self._scoped(replace(self.scope, delimiters=delimiters))

    def refused_by_schema(self, message: str) -> None:
        """Note that the API server refuses what stands here, whatever the kind."""
        self._note(message, Verdict.ESO_REFUSES)

    def refused_by_eso(self, message: str) -> None:
        """Note that ESO's webhook refuses what stands here."""
        self._note(message, Verdict.ESO_REFUSES if self.scope.is_guarded else Verdict.NEVER_WORKS)

    def never_works(self, message: str) -> None:
        """Note that this cannot work, though ESO accepts it."""
        self._note(message, Verdict.NEVER_WORKS if self.scope.is_used else Verdict.DOUBTFUL)

    def doubtful(self, message: str) -> None:
        """Note that this may not be what is meant."""
        self._note(message, Verdict.DOUBTFUL)

    def eso_warns(self, message: str) -> None:
        """Note ESO's own warning."""
        self._note(message, Verdict.ESO_WARNS)

    def _below(self, value: Json, step: str) -> "Node":
        return Node(value, step, self.faults, scope=self.scope, above=self)

    def _scoped(self, scope: Scope) -> "Node":
        return Node(self.value, self._step, self.faults, scope=scope, above=self._above)

    def _note(self, message: str, verdict: Verdict) -> None:
        if self.scope.allowance.may_tell(verdict):
            self.faults.append(Fault(path=self.path, message=message, verdict=verdict))

    def _absent(self, kind: type, default: T) -> T:
        if self.value is not None:
            self.refused_by_schema(f"must be {_NAMES[kind]}")
        return default
