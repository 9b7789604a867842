"""Constraints on versions: `^1.2`, `~1.2.x`, `>=1, <2 || 3.x`, `1 - 2`.

Source: Masterminds/semver 3.4, constraints.go.
"""

import re
from dataclasses import dataclass
from typing import Final

from bulkhead_templating.semver.operators import Bound, Missing, allows
from bulkhead_templating.semver.version import Version, VersionError, check_length, parse_version

_SPACE: Final = r"[\t\n\f\r ]"
_PART: Final = r"[0-9|xX*]+"
_VERSION: Final = (
    rf"v?(?P<major>{_PART})(?P<minor>\.{_PART})?(?P<patch>\.{_PART})?"
    r"(?P<prerelease>-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
)
_UNNAMED: Final = re.sub(r"\(\?P<\w+>", "(?:", _VERSION)
_OPERATOR: Final = r"(?>!=|>=|=>|<=|=<|~>|=|>|<|~|\^|)"
_BOUND: Final = re.compile(rf"(?P<operator>{_OPERATOR}){_SPACE}*+(?P<version>{_VERSION})")
# Whitespace, a comma or both stand between two bounds; nothing here can be read in two ways, so that no text is slow.
_GROUP: Final = re.compile(
    rf"{_SPACE}*+{_OPERATOR}{_SPACE}*+(?>{_UNNAMED})"
    rf"(?:(?>{_SPACE}*+,{_SPACE}*+|{_SPACE}++){_OPERATOR}{_SPACE}*+(?>{_UNNAMED}))*+{_SPACE}*+"
)
_RANGE: Final = re.compile(rf"{_SPACE}*+({_UNNAMED}){_SPACE}++-{_SPACE}++({_UNNAMED}){_SPACE}*+")


class ConstraintError(ValueError):
    """A text is no constraint; the message is the original's."""


@dataclass(frozen=True, slots=True)
class Group:
    """Bounds that must all hold."""

    bounds: tuple[Bound, ...]

    @property
    def allows_prereleases(self) -> bool:
        """Whether one of the bounds is a prerelease, without which none is allowed."""
        return any(bound.version.prerelease for bound in self.bounds)

    def allows(self, version: Version) -> bool:
        """Say whether a version is within all bounds."""
        if version.prerelease and not self.allows_prereleases:
            return False
        return all(allows(bound, version) for bound in self.bounds)


@dataclass(frozen=True, slots=True)
class Constraints:
    """Groups of which one must hold."""

    groups: tuple[Group, ...]

    def allows(self, version: Version) -> bool:
        """Say whether a version is allowed."""
        return any(group.allows(version) for group in self.groups)


def parse_constraints(text: str) -> Constraints:
    """Read constraints.

    Raises:
        ConstraintError: there are none.
        StepLimitError: they are longer than any that somebody wrote by hand.
    """
    # A range is looked for from each place on, which takes the square of the time.
    check_length(text, "version constraint")
    return Constraints(tuple(_group(part) for part in _without_ranges(text).split("||")))


def _without_ranges(text: str) -> str:
    """Write `A - B` as two bounds."""
    rewritten = text
    for found in _RANGE.finditer(text):
        rewritten = rewritten.replace(found[0], f">= {found[1]}, <= {found[2]} ", 1)
    return rewritten


def _group(text: str) -> Group:
    if not _GROUP.fullmatch(text):
        raise ConstraintError(f"improper constraint: {text}")
    return Group(tuple(_bound(found) for found in _BOUND.finditer(text)))


def _bound(found: re.Match[str]) -> Bound:
    major, minor, patch = found["major"], (found["minor"] or "")[1:], (found["patch"] or "")[1:]
    prerelease = found["prerelease"] or ""
    missing = Missing.NOTHING
    written = found["version"]
    if _is_wildcard(major):
        missing, written = Missing.MAJOR, f"0.0.0{prerelease}"
    elif _is_wildcard(minor):
        missing, written = Missing.MINOR, f"{major}.0.0{prerelease}"
    elif _is_wildcard(patch):
        missing, written = Missing.PATCH, f"{major}.{minor}.0{prerelease}"
    try:
        version = parse_version(written)
    except VersionError as error:
        raise ConstraintError("constraint parser error") from error
    return Bound(found["operator"], version, missing)


def _is_wildcard(part: str) -> bool:
    return part in ("", "x", "X", "*")
