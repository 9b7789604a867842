"""What a Kubernetes object is made of."""

from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
"""A whole number that fits an int64 is an `int`, every other one a `float`."""
