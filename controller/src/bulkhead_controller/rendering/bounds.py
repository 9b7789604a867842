"""What the slow lane may cost. Pure."""

from dataclasses import dataclass, field
from typing import Final

from bulkhead_templating import Limits

_MEBIBYTE: Final = 1024 * 1024
_BASE_ADDRESS_BYTES: Final = 128 * _MEBIBYTE
"""What the interpreter and its libraries take, and some room."""
_BYTES_FOR_EACH: Final = 4
"""What Python takes for each byte of what a render makes, at worst: characters of four bytes."""

RENDER_LIMITS: Final = Limits(memory_bytes=32 * _MEBIBYTE)
"""Of one job. A Secret holds one mebibyte, so a template that needs more memory makes what nobody can store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowBounds:
    """How much is rendered aside, and for how long."""

    limits: Limits = field(default_factory=lambda: RENDER_LIMITS)
    timeout_s: float = 10.0
    """Of one job, from when it is begun."""
    workers: int = 1
    """How many processes there are at most."""
    per_tenant: int = 8
    """How many jobs of a tenant may wait: each keeps one reconcile waiting with it."""
    together: int = 16
    """How many jobs of all tenants may wait; their time together is less than the watchdog allows a reconcile."""

    @property
    def given_bytes(self) -> int:
        """How large the templates and values of one job may be; each of them takes memory several times."""
        return self.limits.memory_bytes // 2

    @property
    def address_bytes(self) -> int:
        """How many bytes of addresses a worker may have."""
        return _BASE_ADDRESS_BYTES + _BYTES_FOR_EACH * self.limits.memory_bytes
