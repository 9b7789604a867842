"""What both sides of the provider protocol call things.

The controller and the provider servers may not import each other, so the words they share stand here.
"""

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


class ValidationResult(StrEnum):
    """What validation found. A store that cannot work is an error, not a result."""

    READY = "Ready"
    UNKNOWN = "Unknown"
    """It cannot be told; the store counts as usable. Source: ESO's ValidationUnknown."""
