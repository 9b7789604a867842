"""What is asked for, as the command line says it."""

from dataclasses import dataclass
from enum import StrEnum

from bulkhead_templating import Delimiters


class OutputFormat(StrEnum):
    """How an object is printed."""

    YAML = "yaml"
    JSON = "json"


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateRequest:
    """Print what a template gives. Files are paths, or `-` for standard input."""

    template: str
    values: str
    name: str
    """What messages call the template; empty means as its file."""
    delimiters: Delimiters
    missing_key_is_error: bool
    show_values: bool
    """Whether messages may quote values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestRequest:
    """Print what an ExternalSecret gives. Files are paths, or `-` for standard input."""

    manifest: str
    data: str
    config_maps: tuple[str, ...]
    secrets: tuple[str, ...]
    name: str
    """Of the object in the manifest; empty where it is the only one."""
    namespace: str
    """Of an object whose manifest names none; empty means `default`."""
    delimiters: Delimiters
    output: OutputFormat
    show_values: bool
    """Whether values are printed, and may be quoted by messages."""
