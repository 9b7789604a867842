"""Our values as a file, with what a person has to know at its head. Pure."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from textwrap import wrap
from typing import Final

from bulkhead_cli.chart_values.decide import Conversion
from bulkhead_cli.chart_values.rules import Note, NoteKind
from bulkhead_cli.excerpt import safe_text
from bulkhead_cli.problems import FailedError
from bulkhead_cli.values import reading_meter
from bulkhead_templating import LimitError
from bulkhead_templating.goyaml.writing import YamlWriteError, yaml_text_of
from bulkhead_templating.text import bytes_of

_WIDTH: Final = 118
_HEAD: Final = """\
# Values of Bulkhead's chart, from values of ESO's chart 2.9 by `bulkhead chart-values`.
# ESO's values say nothing of backends: add to each provider server that you use, in providers, its credential and the
# hosts and keys of its policy. docs/takeover.md says how to go over, and why the profile is as wide as ESO's at first.
"""


def file_of(conversion: Conversion) -> bytes:
    """Give the file: comments that list what is not carried over as it is, then the values with their keys sorted.

    Raises:
        FailedError: a text holds what YAML cannot.
    """
    comments = "".join(f"# {line}".rstrip() + "\n" for line in _listed(conversion.notes))
    try:
        return bytes_of(_HEAD + comments + yaml_text_of(conversion.values, meter=reading_meter()))
    except (LimitError, YamlWriteError):
        # Its words may quote a value.
        pass
    raise FailedError("the values cannot be written: a text holds what YAML cannot")


def summary_of(conversion: Conversion) -> str:
    """Count, on one line, what the head of the file lists."""
    counts = {kind: sum(note.kind is kind for note in conversion.notes) for kind in NoteKind}
    told = ", ".join(f"{count} {kind.value[0].lower()}{kind.value[1:]}" for kind, count in counts.items() if count)
    return (
        f"chart-values: {told}; the head of the output lists them"
        if told
        else "chart-values: all is carried over as it is"
    )


def _listed(notes: Sequence[Note]) -> Iterator[str]:
    order = list(NoteKind)
    for kind, of_kind in groupby(
        sorted(notes, key=lambda note: (order.index(note.kind), note)), key=lambda note: note.kind
    ):
        yield ""
        yield f"{kind.value}:"
        for note in of_kind:
            # A name of the user's could break out of the comment.
            lines = wrap(
                f"{safe_text(note.path, keep='')}: {note.says}", _WIDTH, break_long_words=True, break_on_hyphens=False
            )
            yield f"  {lines[0]}"
            yield from (f"      {line}" for line in lines[1:])
