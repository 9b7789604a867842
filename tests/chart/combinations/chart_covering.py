"""A covering design: few rows, in which every allowed choice of a few axes occurs together at least once. Pure.

Not all products of the options can be tried, and what breaks is nearly always the meeting of two or three of them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, product
from random import Random
from typing import Final, TypeAlias

Row: TypeAlias = Mapping[str, str]
"""The option of each axis."""

_TRIES: Final = 12
"""How many rows are made for each that is kept: the one with most that is new."""


@dataclass(frozen=True, kw_only=True)
class Design:
    """What is to be covered."""

    axes: Mapping[str, Sequence[str]]
    """The options of each axis, by its name; the first is the default."""
    forbidden: Sequence[Row]
    """Options that do not go together: no row may have all of one of these."""

    def is_allowed(self, row: Row) -> bool:
        """Say whether a row, or a part of one, has no options that do not go together."""
        return not any(row.items() >= each.items() for each in self.forbidden)

    def tuples(self, axes: Sequence[str], strength: int) -> Iterator[frozenset[tuple[str, str]]]:
        """Give every choice of `strength` axes that some row could have."""
        for names in combinations(axes, strength):
            for options in product(*(self.axes[name] for name in names)):
                if self._can_be_completed(dict(zip(names, options, strict=True))):
                    yield frozenset(zip(names, options, strict=True))

    def _can_be_completed(self, part: Row) -> bool:
        # Nearly every part goes together with the defaults of the other axes.
        if self.is_allowed({**self._defaults, **part}):
            return True
        return self.is_allowed(part) and self.completed(part, sorted(self.axes), _chance(0)) is not None

    @cached_property
    def _defaults(self) -> Row:
        return {name: options[0] for name, options in self.axes.items()}

    def completed(self, part: Row, order: Sequence[str], random: Random) -> dict[str, str] | None:
        """Fill in the axes that are missing with any options that go together; None if a dead end is reached."""
        row = dict(part)
        for name in order:
            if name in row:
                continue
            fitting = [option for option in self.axes[name] if self.is_allowed({**row, name: option})]
            if not fitting:
                return None
            row[name] = random.choice(fitting)
        return row


def _chance(seed: int) -> Random:
    return Random(seed)  # noqa: S311 - nothing secret is chosen, and the same seed has to give the same


def missing(design: Design, rows: Sequence[Row], axes: Sequence[str], strength: int) -> set[frozenset[tuple[str, str]]]:
    """Give what no row has of that which should occur together."""
    wanted = set(design.tuples(axes, strength))
    for row in rows:
        wanted.difference_update(
            frozenset(zip(names, (row[name] for name in names), strict=True)) for names in combinations(axes, strength)
        )
    return wanted


def covering(design: Design, wanted: set[frozenset[tuple[str, str]]], *, least: int, seed: int) -> list[dict[str, str]]:
    """Make rows until all that is wanted occurs, and then until there are enough.

    Args:
        design: the axes.
        wanted: choices of several axes, see `Design.tuples`.
        least: how many rows there have to be.
        seed: the same rows come from the same seed.
    """
    random = _chance(seed)
    rows = [{name: options[0] for name, options in design.axes.items()}]
    left = [each for each in sorted(wanted, key=sorted) if not each <= rows[0].items()]
    while left or len(rows) < least:
        candidates = [_candidate(design, left, random) for _ in range(_TRIES)]
        best = max(candidates, key=lambda row: sum(each <= row.items() for each in left))
        if best in rows:
            continue
        rows.append(best)
        left = [each for each in left if not each <= best.items()]
    return rows


def _candidate(design: Design, left: Sequence[frozenset[tuple[str, str]]], random: Random) -> dict[str, str]:
    """Make a row out of wanted choices that go together, as far as they do, and fill the rest up."""
    row: dict[str, str] = {}
    for each in random.sample(left, min(len(left), 400)):
        joined = {**row, **dict(each)}
        if all(joined[name] == option for name, option in row.items()) and design.is_allowed(joined):
            row = joined
    while True:
        order = random.sample(sorted(design.axes), len(design.axes))
        done = design.completed(row, order, random)
        if done is not None:
            return done
        # A dead end: options that fit in pairs and not all together. Less is kept of it.
        row = dict(random.sample(sorted(row.items()), max(0, len(row) - 1)))
