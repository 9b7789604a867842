"""Versions as values of templates, with the methods that templates can call.

`semver` gives a pointer, which has all methods. What steps to another version gives one that is no pointer: it lacks
those that Go declares on the pointer alone.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Final

from bulkhead_templating import kinds
from bulkhead_templating.errors import TemplateFunctionError
from bulkhead_templating.functions import Function
from bulkhead_templating.kinds import GoType, Kind
from bulkhead_templating.numbers import Uint64
from bulkhead_templating.semver.version import (
    Version,
    VersionError,
    check_length,
    check_metadata,
    check_prerelease,
    compare,
)
from bulkhead_templating.values import GoObject

_LARGEST: Final = (1 << 64) - 1
_DRIVER_VALUE: Final = GoType("driver.Value", Kind.INTERFACE)


@dataclass(frozen=True, slots=True)
class VersionValue(GoObject):
    """Go's `semver.Version`."""

    go_type: ClassVar[GoType] = GoType("semver.Version", Kind.STRUCT)

    version: Version

    def go_text(self) -> str:
        """Give the version without a `v`."""
        return str(self.version)

    def go_fields(self) -> Mapping[str, object]:
        """Give the fields, all of them unexported: templates can only be told so."""
        version = self.version
        return {
            "major": Uint64(version.major),
            "minor": Uint64(version.minor),
            "patch": Uint64(version.patch),
            "pre": version.prerelease,
            "metadata": version.metadata,
            "original": version.original,
        }

    def go_json(self) -> str:
        """Give it as a string of JSON."""
        return f'"{self.version}"'

    def go_method(self, name: str) -> Function | None:
        """Give a method."""
        return _plain(self.version, name)


@dataclass(frozen=True, slots=True)
class VersionPointer(VersionValue):
    """Go's `*semver.Version`."""

    go_type: ClassVar[GoType] = GoType("*semver.Version", Kind.POINTER, VersionValue.go_type)

    def go_method(self, name: str) -> Function | None:
        """Give a method, also of those that take or need the pointer."""
        if name == "Original":
            return Function(name=name, call=lambda: self.version.original, returns=kinds.STRING)
        if name not in _COMPARISONS:
            return _plain(self.version, name)
        decide = _COMPARISONS[name]
        return Function(
            name=name,
            call=lambda other: decide(compare(self.version, other.version)),
            parameters=(VersionPointer.go_type,),
            returns=kinds.INT if name == "Compare" else kinds.BOOL,
        )


_COMPARISONS: Final[dict[str, Callable[[int], object]]] = {
    "Compare": lambda order: order,
    "Equal": lambda order: order == 0,
    "LessThan": lambda order: order < 0,
    "LessThanEqual": lambda order: order <= 0,
    "GreaterThan": lambda order: order > 0,
    "GreaterThanEqual": lambda order: order >= 0,
}


def _plain(version: Version, name: str) -> Function | None:
    getters: dict[str, tuple[GoType, Callable[[], object]]] = {
        "String": (kinds.STRING, version.__str__),
        "Value": (_DRIVER_VALUE, lambda: str(version)),
        "Major": (kinds.UINT64, lambda: Uint64(version.major)),
        "Minor": (kinds.UINT64, lambda: Uint64(version.minor)),
        "Patch": (kinds.UINT64, lambda: Uint64(version.patch)),
        "Prerelease": (kinds.STRING, lambda: version.prerelease),
        "Metadata": (kinds.STRING, lambda: version.metadata),
        "MarshalJSON": (kinds.BYTES, f'"{version}"'.encode),
        "MarshalText": (kinds.BYTES, str(version).encode),
        "IncPatch": (VersionValue.go_type, lambda: _next_patch(version)),
        "IncMinor": (VersionValue.go_type, lambda: _stepped(version, minor=version.minor + 1, patch=0)),
        "IncMajor": (VersionValue.go_type, lambda: _stepped(version, major=version.major + 1, minor=0, patch=0)),
    }
    if name in getters:
        returns, call = getters[name]
        return Function(name=name, call=call, returns=returns)
    setters: dict[str, Callable[[str], object]] = {
        "SetPrerelease": lambda text: _with_prerelease(version, text),
        "SetMetadata": lambda text: _with_metadata(version, text),
    }
    if name in setters:
        return Function(name=name, call=setters[name], parameters=(kinds.STRING,), returns=VersionValue.go_type)
    return None


def _next_patch(version: Version) -> VersionValue:
    # A prerelease comes before its release, which is therefore the next one.
    return _stepped(version, patch=version.patch if version.prerelease else version.patch + 1)


def _stepped(version: Version, *, patch: int, major: int | None = None, minor: int | None = None) -> VersionValue:
    return VersionValue(
        Version(
            major=(version.major if major is None else major) & _LARGEST,
            minor=(version.minor if minor is None else minor) & _LARGEST,
            patch=patch & _LARGEST,
        )
    )


def _with_prerelease(version: Version, text: str) -> VersionValue:
    check_length(text, "prerelease")
    try:
        check_prerelease(text)
    except VersionError as error:
        raise TemplateFunctionError(str(error)) from error
    return VersionValue(replace(version, prerelease=text))


def _with_metadata(version: Version, text: str) -> VersionValue:
    check_length(text, "part of a version")
    try:
        check_metadata(text)
    except VersionError as error:
        raise TemplateFunctionError(str(error)) from error
    return VersionValue(replace(version, metadata=text))
