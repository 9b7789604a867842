"""What comes in place of a match: literal text with references to groups.

Source: Go, package regexp, Expand.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

_MAX_DIGITS: Final = 9
_KEPT: Final = 32


@dataclass(frozen=True, slots=True)
class Group:
    """A reference to a group: by its number, or by its name."""

    key: int | str


@dataclass(frozen=True, slots=True)
class Template:
    """A target, taken apart."""

    parts: tuple[str | Group, ...]

    def expand(self, text_of: Callable[[int | str], str]) -> Iterator[str]:
        """Give the parts with each reference replaced by what `text_of` says about its group."""
        for part in self.parts:
            yield text_of(part.key) if isinstance(part, Group) else part


@lru_cache(maxsize=_KEPT)
def template_from(target: str) -> Template:
    """Take a target apart; a `$` that begins no reference stands for itself."""
    return Template(tuple(_parts(target)))


def _parts(target: str) -> Iterator[str | Group]:
    position = 0
    while (dollar := target.find("$", position)) >= 0:
        yield target[position:dollar]
        position = dollar + 1
        if target.startswith("$", position):
            yield "$"
            position += 1
            continue
        braced = target.startswith("{", position)
        start = position + braced
        end = _name_end(target, start)
        if end == start or (braced and not target.startswith("}", end)):
            yield "$"
            continue
        yield Group(_key(target[start:end]))
        position = end + braced
    yield target[position:]


def _name_end(target: str, start: int) -> int:
    end = start
    while end < len(target) and (target[end].isalpha() or target[end].isdecimal() or target[end] == "_"):
        end += 1
    return end


def _key(name: str) -> int | str:
    is_number = name.isascii() and name.isdecimal() and (len(name) == 1 or name[0] != "0")
    return int(name) if is_number and len(name) <= _MAX_DIGITS else name
