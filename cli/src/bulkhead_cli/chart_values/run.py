"""Carries `bulkhead chart-values` out: read, decide, write."""

from pathlib import Path

from bulkhead_cli.chart_values.decide import Conversion, decide_values
from bulkhead_cli.chart_values.requests import ChartValuesRequest
from bulkhead_cli.chart_values.rules import NoteKind
from bulkhead_cli.chart_values.show import file_of
from bulkhead_cli.files import name_of, read
from bulkhead_cli.problems import InputError
from bulkhead_cli.values import reading_meter
from bulkhead_templating import LimitError
from bulkhead_templating.kubeyaml.decoding import YamlDecodeError, any_value


def convert(request: ChartValuesRequest) -> Conversion:
    """Read the file that is asked for and decide what becomes of it.

    Raises:
        InputError: it cannot be read, or is no map.
    """
    name = name_of(request.file)
    try:
        found = any_value(read(request.file), meter=reading_meter())
    except (YamlDecodeError, LimitError) as error:
        problem = str(error)
    else:
        if isinstance(found, dict | None):
            return decide_values(found or {}, profile=request.profile)
        problem = "it is no map"
    raise InputError(f"{name}: {problem}; a file of values of ESO's chart is needed")


def write(request: ChartValuesRequest, conversion: Conversion) -> bytes:
    """Write the file that is asked for, and give what is to be printed: nothing if it goes into a file.

    Raises:
        InputError: it cannot be written.
        FailedError: a text holds what YAML cannot.
    """
    text = file_of(conversion)
    if request.output is None:
        return text
    try:
        Path(request.output).write_bytes(text)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "no such path is possible"
        raise InputError(f"{request.output}: cannot be written: {reason}") from None
    return b""


def is_complete(conversion: Conversion) -> bool:
    """Say whether everything that changes how ESO behaves was carried over, if perhaps with another meaning."""
    return not any(note.kind in (NoteKind.LOST, NoteKind.UNKNOWN) for note in conversion.notes)
