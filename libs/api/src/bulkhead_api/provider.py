"""What both sides of the provider protocol call things.

The controller and the provider servers may not import each other, so the words they share stand here.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Shape(StrEnum):
    """Which form of a secret is wanted."""

    VALUE = "Value"
    MAP = "Map"


class StoreCapability(StrEnum):
    """What a store lets its users do. Source: SecretStore status.capabilities."""

    READ_ONLY = "ReadOnly"
    WRITE_ONLY = "WriteOnly"
    READ_WRITE = "ReadWrite"


class Maintenance(StrEnum):
    """Whether somebody looks after a provider. Source: ESO's MaintenanceStatus."""

    MAINTAINED = "Maintained"
    NOT_MAINTAINED = "NotMaintained"
    DEPRECATED = "Deprecated"
    """It is going to be removed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """How a provider tries a failed call to its backend again. Source: SecretStore spec.retrySettings."""

    max_retries: int | None = None
    """How many times after the first; None means the provider's own number, below 0 means 0."""
    interval: timedelta | None = None
    """Between two tries, never negative; None means the provider's own."""


class ValidationResult(StrEnum):
    """What validation found. A store that cannot work is an error, not a result."""

    READY = "Ready"
    UNKNOWN = "Unknown"
    """It cannot be told; the store counts as usable. Source: ESO's ValidationUnknown."""
