"""Versions: read loosely, compared by the rules of SemVer 2.

Source: Masterminds/semver 3.4, version.go.
"""

import re
from dataclasses import dataclass
from typing import Final

from bulkhead_templating.errors import StepLimitError
from bulkhead_templating.quoting import quote

_LOOSE: Final = re.compile(
    r"v?([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?"
    r"(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?"
    r"(?:\+([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?"
)
_LARGEST: Final = (1 << 64) - 1
_DIGITS_OF_LARGEST: Final = 20


MAX_LENGTH: Final = 1_024
"""Of a version, a part of one, or a constraint."""


class VersionError(ValueError):
    """A text is no version; the message is the original's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A version."""

    major: int
    minor: int = 0
    patch: int = 0
    prerelease: str = ""
    metadata: str = ""
    original: str = ""
    """As it was written."""

    def __str__(self) -> str:
        text = f"{self.major}.{self.minor}.{self.patch}"
        if self.prerelease:
            text += f"-{self.prerelease}"
        return f"{text}+{self.metadata}" if self.metadata else text


def parse_version(text: str) -> Version:
    """Read a version; minor and patch may be left out, a `v` may stand before it.

    Raises:
        VersionError: it is none.
        StepLimitError: it is longer than any that somebody wrote by hand.
    """
    check_length(text, "version")
    found = _LOOSE.fullmatch(text)
    if found is None:
        raise VersionError("invalid semantic version")
    major, minor, patch, prerelease, metadata = (part or "" for part in found.groups())
    version = Version(
        major=_number(major),
        minor=_number(minor or "0"),
        patch=_number(patch or "0"),
        prerelease=prerelease,
        metadata=metadata,
        original=text,
    )
    check_prerelease(prerelease)
    return version


def check_length(text: str, what: str) -> None:
    """Refuse what nobody wrote by hand: much of what is done here goes through a text part by part, and again.

    Raises:
        StepLimitError: it is longer than that.
    """
    if len(text) > MAX_LENGTH:
        raise StepLimitError(f"a {what} is longer than {MAX_LENGTH} characters")


def check_prerelease(prerelease: str) -> None:
    """Refuse what is no prerelease; an empty one is none at all and fine.

    Raises:
        VersionError: a part is empty, has a wrong character or is a number that begins with a zero.
    """
    for part in prerelease.split(".") if prerelease else ():
        if part.isascii() and part.isdigit() and len(part) > 1 and part[0] == "0":
            raise VersionError("version segment starts with 0")
        if not re.fullmatch("[0-9A-Za-z-]+", part):
            raise VersionError("invalid prerelease string")


def check_metadata(metadata: str) -> None:
    """Refuse what is no metadata; empty metadata is none at all and fine.

    Raises:
        VersionError: a part is empty or has a wrong character.
    """
    if metadata and not all(re.fullmatch("[0-9A-Za-z-]+", part) for part in metadata.split(".")):
        raise VersionError("invalid metadata string")


def compare(left: Version, right: Version) -> int:
    """Give -1, 0 or 1; metadata does not count, and a prerelease comes before its release."""
    ours, theirs = (left.major, left.minor, left.patch), (right.major, right.minor, right.patch)
    if ours != theirs:
        return -1 if ours < theirs else 1
    if left.prerelease == right.prerelease:
        return 0
    if not left.prerelease or not right.prerelease:
        return -1 if left.prerelease else 1
    return compare_prereleases(left.prerelease, right.prerelease)


def compare_prereleases(left: str, right: str) -> int:
    """Compare part by part: a missing part comes before all, numbers by value before words."""
    ours, theirs = left.split("."), right.split(".")
    for position in range(max(len(ours), len(theirs))):
        part = ours[position] if position < len(ours) else ""
        other = theirs[position] if position < len(theirs) else ""
        if part != other:
            return -1 if _order(part) < _order(other) else 1
    return 0


def _order(part: str) -> tuple[int, int, str]:
    if not part:
        return (0, 0, "")
    number = _as_number(part)
    return (1, number, "") if number is not None else (2, 0, part)


def _as_number(part: str) -> int | None:
    """Read a number of 64 bits; what is larger counts as a word."""
    digits = part.lstrip("0")
    if not (part.isascii() and part.isdigit()) or len(digits) > _DIGITS_OF_LARGEST:
        return None
    number = int(part[-_DIGITS_OF_LARGEST:])
    return number if number <= _LARGEST else None


def _number(digits: str) -> int:
    number = _as_number(digits)
    if number is None:
        raise VersionError(
            f"error parsing version segment: strconv.ParseUint: parsing {quote(digits)}: value out of range"
        )
    return number
