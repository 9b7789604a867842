"""Tests that documents name as `file.py::test_name`, so that a document cannot promise what nothing shows any more."""

import re
from collections.abc import Sequence
from functools import cache
from typing import Final

from bulkhead_testkit.toolchain import CHECKOUT

REFERENCE: Final = re.compile(r"`([\w/.-]+\.py)::(\w+)`")
"""How a document names a test: the file's path in the checkout, and the function."""


def missing_tests(text: str) -> Sequence[str]:
    """Give the tests that a text names and that are not there, as `file.py::test_name`, in the text's order."""
    return [f"{path}::{name}" for path, name in REFERENCE.findall(text) if name not in _names_in(path)]


@cache
def _names_in(path: str) -> frozenset[str]:
    file = CHECKOUT / path
    return frozenset(re.findall(r"def (test_\w+)\(", file.read_text())) if file.is_file() else frozenset()
