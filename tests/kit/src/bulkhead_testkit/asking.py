"""Runs what asks for new names of keys, where nothing asks."""

from typing import TypeVar

from bulkhead_controller.externalsecret.rewrite import Asking

T = TypeVar("T")


def settled(asking: Asking[T]) -> T:
    """Give the result of what asks for nothing.

    Raises:
        AssertionError: it asks.
    """
    try:
        asked = next(asking)
    except StopIteration as end:
        result: T = end.value
        return result
    raise AssertionError(f"asks for names: {asked.where}")
