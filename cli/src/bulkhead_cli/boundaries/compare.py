"""What differs between two reports: what is won and what is lost. Pure.

A change widens where the new report has a grant that the old one's do not cover, or lacks a fence around a right that
is still there. It narrows where the same holds the other way round, so whatever widens one way narrows the other.
"""

from dataclasses import dataclass

from bulkhead_cli.boundaries.fences import concerns
from bulkhead_cli.boundaries.grants import ApiRight, Fence, Grant
from bulkhead_cli.boundaries.report import Process, Report

_NOBODY = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A grant, or a fence that went, of a process."""

    process: str
    what: Grant | Fence
    reads_differently: bool = False
    """Of a fence: the other side has one of the same policy and message, so it is the rule that changed."""

    @property
    def id(self) -> str:
        """That of the grant or fence in the report that has it."""
        return f"{self.process}/{self.what.key}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """All that differs; each in order of ids."""

    widened: tuple[Change, ...]
    narrowed: tuple[Change, ...]


def compare(old: Report, new: Report) -> Comparison:
    """Say what the new report has more and less than the old one."""
    return Comparison(widened=_won(old, new), narrowed=_won(new, old))


def _won(before: Report, after: Report) -> tuple[Change, ...]:
    earlier = {each.id: each for each in before.processes}
    changes = [
        change
        for process in after.processes
        for change in (
            *_new_grants(earlier.get(process.id), process),
            *_lost_fences(earlier.get(process.id), process),
        )
    ]
    return tuple(sorted(changes, key=lambda change: change.id))


def _new_grants(before: Process | None, after: Process) -> list[Change]:
    had = before.grants if before is not None else _NOBODY
    return [
        Change(process=after.id, what=grant) for grant in after.grants if not any(_covers(each, grant) for each in had)
    ]


def _covers(one: Grant, other: Grant) -> bool:
    # Each knows its own kind alone.
    return type(one) is type(other) and one.covers(other)  # type: ignore[arg-type]  # of one kind by now


def _lost_fences(before: Process | None, after: Process) -> list[Change]:
    if before is None:
        return []
    kept = {fence.key for fence in after.fences}
    rights = after.having(ApiRight)
    return [
        Change(process=after.id, what=fence, reads_differently=_is_rewritten(fence, after))
        for fence in before.fences
        # A fence around what is no longer allowed at all is not missed.
        if fence.key not in kept and any(concerns(fence, right) for right in rights)
    ]


def _is_rewritten(fence: Fence, after: Process) -> bool:
    return any((each.policy, each.says) == (fence.policy, fence.says) for each in after.fences)
