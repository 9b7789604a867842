"""The order in which maps are printed and ranged over: by their keys.

Source: Go, package fmt, "printing maps".
"""

from bulkhead_templating.text import sort_key
from bulkhead_templating.values import kind_of


def sorted_items(items: dict[object, object]) -> list[tuple[object, object]]:
    """Give the keys and values, ordered by keys: strings by their bytes, numbers by size, false before true."""
    if all(isinstance(key, str) and key.isascii() for key in items):
        return sorted(items.items(), key=lambda item: str(item[0]))
    return sorted(items.items(), key=lambda item: _order(item[0]))


def _order(key: object) -> tuple[str, float | int, bytes]:
    if isinstance(key, str):
        return "string", 0, sort_key(key)
    if isinstance(key, int | float):
        return kind_of(key).value, key, b""
    return kind_of(key).value, 0, b""
