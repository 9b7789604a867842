"""Readers of the values of flags that only the controller has; each raises argparse's error with what is wrong."""

import argparse
from typing import Final

from bulkhead_runtime.flags.values import is_within

_MAX_CONCURRENT: Final = 1024
_ALL_PERCENT: Final = 100
_MAX_COUNT: Final = 1_000_000


def concurrent(text: str) -> int:
    """Read how much is done at once."""
    if is_within(text, 1, _MAX_CONCURRENT):
        return int(text)
    raise argparse.ArgumentTypeError(f"must be a number from 1 to {_MAX_CONCURRENT}")


def percentage(text: str) -> int:
    """Read a whole number of percent."""
    if is_within(text, 0, _ALL_PERCENT):
        return int(text)
    raise argparse.ArgumentTypeError(f"must be a whole number from 0 to {_ALL_PERCENT}")


def count(text: str) -> int:
    """Read a number of objects, zero or more."""
    if is_within(text, 0, _MAX_COUNT):
        return int(text)
    raise argparse.ArgumentTypeError(f"must be a whole number from 0 to {_MAX_COUNT}")
