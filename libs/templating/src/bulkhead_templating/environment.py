"""What a render may know of the world: passed in, never looked up.

Functions have no clock, no source of randomness and no I/O but these. The rules of the time zone database are data of
the program, so functions may load zones by `zoneinfo`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from bulkhead_templating.limits import Meter


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """The world of one render."""

    now_ns: int
    """The moment of the render, in nanoseconds since 1970, UTC; the same from its beginning to its end."""
    random_bytes: Callable[[int], bytes]
    """Gives so many random bytes; fit for keys."""
    local_zone: str = "UTC"
    """The zone that Go calls Local."""
    meter: Meter = field(default_factory=Meter)
    """What the render costs so far; each render needs a new one."""
