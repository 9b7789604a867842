"""What is to be rendered, in a form that can be sent to another process, and what came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, TypeAlias

import msgspec

from bulkhead_api.decoding_strategy import DecodingStrategy
from bulkhead_target.keys import quoted
from bulkhead_templating.kubeyaml.json_value import Json

_MAX_MESSAGE: Final = 1_000


class Form(StrEnum):
    """What a template's output is read as."""

    BYTES = "bytes"
    """Nothing: it is the value."""
    STRING_MAP = "string-map"
    """YAML, values by key."""
    YAML = "yaml"
    """YAML of any shape."""
    YAML_OR_TEXT = "yaml-or-text"
    """The same, and a text where it is no YAML."""


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """One template."""

    name: str
    """What messages call it."""
    text: bytes
    is_sensitive: bool = False
    """Whether it stands in a Secret, so that not even its text may be shown."""
    form: Form = Form.BYTES
    decoding: DecodingStrategy = DecodingStrategy.NONE
    """How the values of the output are decoded; of YAML at a path only in the scope Values. Source: ESO."""

    def __repr__(self) -> str:
        return f"Piece({self.name!r})"

    def name_of(self, key: str) -> str:
        """Name a key of the output in a message.

        It is quoted only where the template has it word for word: any other may be made of a value, and what stands in
        a Secret is not shown at all.
        """
        return f"key {quoted(key)}" if self.shows(key) else "a key that the template makes"

    def shows(self, key: str) -> bool:
        """Say whether a message may quote a key of the output; see `name_of`."""
        return not self.is_sensitive and key.encode() in self.text


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """Templates that are rendered together: all of them, or none."""

    pieces: tuple[Piece, ...]
    rows: tuple[dict[str, bytes], ...]
    """Each piece is rendered with each row: the values that `.` holds, a map[string]string."""
    missing_key_is_error: bool = True
    """Whether a template fails at a key that `.` or a map below lacks; else it prints `<no value>`."""
    left: str = "{{"
    """What begins an action."""
    right: str = "}}"

    def __repr__(self) -> str:
        # Rows are values.
        return f"Job({self.pieces!r})"


@dataclass(frozen=True, slots=True)
class Yaml:
    """An output that was read as YAML of any shape."""

    value: Json = field(repr=False)


Output: TypeAlias = bytes | Mapping[str, bytes] | Yaml
"""What a piece gave, decoded: `Form.BYTES` bytes, `Form.STRING_MAP` a map, the others YAML."""
Outputs: TypeAlias = Sequence[Output]
"""Of all pieces with the first row, then with the second, and so on."""


class Fault(StrEnum):
    """Why a render failed."""

    SYNTAX = "syntax"
    """A text is no template; no values will change that."""
    TEMPLATE = "template"
    """A template fails with these values."""
    OUTPUT = "output"
    """The output is not what is wanted in its place."""
    LIMIT = "limit"
    """It costs more than it may."""
    UNAVAILABLE = "unavailable"
    """It was not done in time, or could not be tried; later it may be."""


class RenderError(Exception):
    """A job failed; the message may be shown, as it holds no value."""

    def __init__(self, message: str, *, fault: Fault, piece: int = 0, line: int = 0, column: int | None = None) -> None:
        """Keep what failed.

        Args:
            message: for people.
            fault: of which sort it is.
            piece: place of the piece in the job.
            line: in the piece's text, counted from one; 0 if it is not known.
            column: in bytes from the start of the line, counted from zero; None if it is not known.
        """
        # Names and expressions are quoted from a template, which may be long and no UTF-8.
        short = message if len(message) <= _MAX_MESSAGE else f"{message[:_MAX_MESSAGE]}…"
        super().__init__(short.encode("utf-8", "replace").decode())
        self.fault = fault
        self.piece = piece
        self.line = line
        self.column = column
