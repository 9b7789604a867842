"""What is asked of `bulkhead chart-values`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartValuesRequest:
    """Turn a file of values of ESO's chart into one of ours."""

    file: str
    """A path, or `-` for standard input."""
    output: str | None
    """A path; None means standard output."""
    profile: str
    """For our value `profile`."""
