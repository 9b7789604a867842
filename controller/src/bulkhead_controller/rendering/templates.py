"""Parsed templates that are kept for the next render, within a bound of memory. They hold no values."""

import hashlib
from collections import OrderedDict
from typing import Final

from bulkhead_target.template.job import Piece
from bulkhead_target.template.render import parse_piece
from bulkhead_templating import Delimiters, Meter, Template

_BYTES_OF_NONE: Final = 2_000
_BYTES_A_CHARACTER: Final = 60
"""What the tree of a template takes, for each character of its text, where all of it is actions."""


def fingerprint(piece: Piece, delimiters: Delimiters) -> bytes:
    """Tell apart templates that are not the same."""
    digest = hashlib.sha256()
    names = (part.encode("utf-8", "surrogatepass") for part in (piece.name, delimiters.left, delimiters.right))
    for data in (*names, piece.text):
        # With the lengths no two templates run together to the same bytes.
        digest.update(len(data).to_bytes(8))
        digest.update(data)
    return digest.digest()


class Templates:
    """The templates that were used last."""

    def __init__(self, *, max_bytes: int) -> None:
        """Begin with none, and keep about so many bytes of memory."""
        self._max_bytes = max_bytes
        self._bytes = 0
        self._kept: OrderedDict[bytes, Template] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def template(self, piece: Piece, delimiters: Delimiters, *, meter: Meter) -> Template:
        """Give a piece parsed.

        Raises:
            TemplateSyntaxError: it is no template.
            LimitError: parsing it costs more than the meter allows.
        """
        if piece.is_sensitive:
            # What came from a Secret lives no longer than its render.
            return parse_piece(piece, delimiters, meter)
        key = fingerprint(piece, delimiters)
        kept = self._kept.get(key)
        if kept is not None:
            self._kept.move_to_end(key)
            return kept
        made = parse_piece(piece, delimiters, meter)
        self._keep(key, made)
        return made

    def _keep(self, key: bytes, template: Template) -> None:
        self._kept[key] = template
        self._bytes += _bytes_of(template)
        while self._bytes > self._max_bytes:
            _, oldest = self._kept.popitem(last=False)
            self._bytes -= _bytes_of(oldest)


def _bytes_of(template: Template) -> int:
    return _BYTES_OF_NONE + len(template.text) * _BYTES_A_CHARACTER
