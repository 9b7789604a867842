"""What is asked for on the command line of `bulkhead boundaries`."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias


class BoundariesFormat(StrEnum):
    """How a report is printed."""

    TEXT = "text"
    JSON = "json"
    SVG = "svg"


@dataclass(frozen=True, slots=True, kw_only=True)
class FromManifests:
    """Rendered manifests, or a report that was written as JSON."""

    file: str
    """A path, or `-` for standard input."""
    namespace: str
    """Of objects that name none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FromValues:
    """A chart with values, which Helm renders."""

    chart: str
    values: tuple[str, ...]
    """Files, the later over the earlier; one may be `-`."""
    release: str
    namespace: str
    helm: str
    """The program, by path or by name on PATH."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FromCluster:
    """What is installed."""

    kubeconfig: str | None
    """None means as kubectl finds it."""
    context: str | None
    """None means the kubeconfig's current one."""
    namespace: str
    release: str


Source: TypeAlias = FromManifests | FromValues | FromCluster


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowBoundaries:
    """Print the report of an installation."""

    source: Source
    output: BoundariesFormat


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareBoundaries:
    """Print what differs between two installations."""

    old: Source
    new: Source
    output: BoundariesFormat
    """Text or JSON."""


BoundariesRequest: TypeAlias = ShowBoundaries | CompareBoundaries
