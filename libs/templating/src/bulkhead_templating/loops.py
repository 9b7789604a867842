"""What `range` goes through.

Source: Go, package text/template, "Actions", range.
"""

from collections.abc import Iterator

from bulkhead_templating.held import Held
from bulkhead_templating.kinds import INTEGER_KINDS
from bulkhead_templating.limits import Meter
from bulkhead_templating.numbers import Uint8
from bulkhead_templating.ordering import sorted_items
from bulkhead_templating.values import NO_VALUE, TypedMap, TypedSlice, kind_of


def is_counted(value: object) -> bool:
    """Say whether it is a number to count up to."""
    return isinstance(value, int) and kind_of(value) in INTEGER_KINDS


def elements_of(value: object, meter: Meter) -> Iterator[tuple[Held, Held]] | None:
    """Give the index and the element of each step; None if there is no way through such a value.

    What has no value is empty. A map goes in the order of its keys, a number counts from zero and has no indexes.

    Raises:
        LimitError: to sort or copy it is more than there may be.
    """
    if value is NO_VALUE:
        return iter(())
    if isinstance(value, bytes):
        return ((_plain(index), _plain(Uint8(byte))) for index, byte in enumerate(value))
    if isinstance(value, list | dict):
        boxed = not isinstance(value, TypedSlice | TypedMap) or (value.go_type.element or value.go_type).is_any
        meter.walk(len(value))
        # A copy, as functions may change the value on the way.
        steps = sorted_items(value) if isinstance(value, dict) else enumerate(list(value))
        return ((_plain(index), Held(element, boxed)) for index, element in steps)
    if isinstance(value, int) and is_counted(value):
        sized = type(value)
        return ((_plain(NO_VALUE), _plain(sized(number))) for number in range(value))
    return None


def _plain(value: object) -> Held:
    return Held(value, boxed=False)
