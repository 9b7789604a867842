"""A place in a decoded object: what stands there, and the path that messages name.

The decoder of this library. What has another type than its schema says counts as absent and is noted as a fault, as the
API server refuses it before any webhook is asked; only somebody who calls the webhook directly can send it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias, TypeVar

from bulkhead_validation.fault import Fault, Verdict

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"

T = TypeVar("T")

_NAMES: Final = {str: "text", bool: "true or false", int: "a whole number", list: "a list", dict: "an object"}


@dataclass(frozen=True, slots=True)
class Node:
    """What stands at one place, and where that is; absent and null are the same, as in Go."""

    value: Json = field(repr=False)
    path: str = ""
    faults: list[Fault] = field(default_factory=list, repr=False)
    """All faults that were found so far in the whole object; shared by all its nodes."""

    @property
    def present(self) -> bool:
        """Whether something else than null stands here."""
        return self.value is not None

    def at(self, *keys: str) -> "Node":
        """Go down by names; the node is absent if any of them is missing."""
        node = self
        for key in keys:
            below = node.fields().get(key)
            node = Node(below, f"{node.path}.{key}" if node.path else key, self.faults)
        return node

    def items(self) -> Iterator["Node"]:
        """Give the elements of a list, in order; none if it is absent."""
        for index, element in enumerate(self.elements()):
            yield Node(element, f"{self.path}[{index}]", self.faults)

    def entries(self) -> Iterator[tuple[str, "Node"]]:
        """Give an object's keys and what stands there, in the order of the document."""
        for key, element in self.fields().items():
            yield key, Node(element, f'{self.path}["{key}"]', self.faults)

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
        return [key for key in keys if self.at(key).present]

    def refused_by_eso(self, message: str) -> None:
        """Note that ESO's webhook refuses what stands here."""
        self._note(message, Verdict.ESO_REFUSES)

    def never_works(self, message: str) -> None:
        """Note that this cannot work, though ESO accepts it."""
        self._note(message, Verdict.NEVER_WORKS)

    def doubtful(self, message: str) -> None:
        """Note that this may not be what is meant."""
        self._note(message, Verdict.DOUBTFUL)

    def eso_warns(self, message: str) -> None:
        """Note ESO's own warning."""
        self._note(message, Verdict.ESO_WARNS)

    def _note(self, message: str, verdict: Verdict) -> None:
        self.faults.append(Fault(path=self.path, message=message, verdict=verdict))

    def _absent(self, kind: type, default: T) -> T:
        if self.value is not None:
            self.refused_by_eso(f"must be {_NAMES[kind]}")
        return default
