"""Values with the places that hold them."""

from dataclasses import dataclass

from bulkhead_templating.values import type_of


@dataclass(frozen=True, slots=True)
class Held:
    """A value in a place: the cursor, a variable, an element."""

    value: object
    boxed: bool
    """Whether the place has the type `interface {}`, which messages then name instead of the value's own."""

    @property
    def type_name(self) -> str:
        """The type that messages name."""
        return "interface {}" if self.boxed else type_of(self.value).name
