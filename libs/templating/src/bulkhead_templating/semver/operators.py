"""What each operator of a constraint allows.

Source: Masterminds/semver 3.4, the functions of constraints.go.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bulkhead_templating.semver.version import Version, compare, compare_prereleases


class Missing(StrEnum):
    """From which part on a bound leaves its version open, as `1.x` does from the minor on."""

    NOTHING = "nothing"
    MAJOR = "major"
    MINOR = "minor"
    PATCH = "patch"


@dataclass(frozen=True, slots=True)
class Bound:
    """An operator and its version."""

    operator: str
    version: Version
    missing: Missing

    @property
    def is_open(self) -> bool:
        """Whether a part of its version is left open."""
        return self.missing is not Missing.NOTHING


def allows(bound: Bound, version: Version) -> bool:
    """Say whether a version is within a bound."""
    return _OPERATORS[bound.operator](bound, version)


def _not_equal(bound: Bound, version: Version) -> bool:
    if not bound.is_open:
        return compare(version, bound.version) != 0
    if bound.version.major != version.major:
        return True
    if bound.missing is Missing.MINOR:
        return False
    if bound.version.minor != version.minor:
        return True
    if bound.missing is Missing.PATCH:
        return compare_prereleases(version.prerelease, bound.version.prerelease) != 0
    # A wildcard for everything is compared like the version zero.
    return bound.version.patch != version.patch or compare(version, bound.version) != 0


def _greater(bound: Bound, version: Version) -> bool:
    if not bound.is_open:
        return compare(version, bound.version) > 0
    if version.major != bound.version.major:
        return version.major > bound.version.major
    match bound.missing:
        case Missing.MINOR:
            return False
        case Missing.PATCH:
            return version.minor > bound.version.minor
        case _:
            return compare(version, bound.version) > 0


def _less(bound: Bound, version: Version) -> bool:
    return compare(version, bound.version) < 0


def _greater_or_equal(bound: Bound, version: Version) -> bool:
    return compare(version, bound.version) >= 0


def _less_or_equal(bound: Bound, version: Version) -> bool:
    if not bound.is_open:
        return compare(version, bound.version) <= 0
    if version.major > bound.version.major:
        return False
    return not (
        version.major == bound.version.major
        and version.minor > bound.version.minor
        and bound.missing is not Missing.MINOR
    )


def _tilde(bound: Bound, version: Version) -> bool:
    """Allow what changes no more than the last part that is given."""
    if compare(version, bound.version) < 0:
        return False
    least = bound.version
    is_zero = (least.major, least.minor, least.patch) == (0, 0, 0)
    if is_zero and bound.missing not in (Missing.MINOR, Missing.PATCH):
        return True
    if version.major != least.major:
        return False
    return version.minor == least.minor or bound.missing is Missing.MINOR


def _equal(bound: Bound, version: Version) -> bool:
    return _tilde(bound, version) if bound.is_open else compare(version, bound.version) == 0


def _caret(bound: Bound, version: Version) -> bool:
    """Allow what does not change the first part that is not zero."""
    least = bound.version
    if compare(version, least) < 0:
        return False
    if least.major > 0 or bound.missing is Missing.MINOR:
        return version.major == least.major
    if version.major > 0:
        return False
    if least.minor > 0 or bound.missing is Missing.PATCH:
        return version.minor == least.minor
    return version.minor == 0 and version.patch == least.patch


_OPERATORS: Final[dict[str, Callable[[Bound, Version], bool]]] = {
    "": _equal,
    "=": _equal,
    "!=": _not_equal,
    ">": _greater,
    "<": _less,
    ">=": _greater_or_equal,
    "=>": _greater_or_equal,
    "<=": _less_or_equal,
    "=<": _less_or_equal,
    "~": _tilde,
    "~>": _tilde,
    "^": _caret,
}
