"""Which check belongs to which kind."""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from bulkhead_validation.node import Node

Check: TypeAlias = Callable[[Node], None]
"""Notes the faults of one whole object at its root node."""

CHECKS: Final[Mapping[str, Check]] = {}
"""By kind, such as `ExternalSecret`."""
