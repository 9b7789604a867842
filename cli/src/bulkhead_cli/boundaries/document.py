"""The report and the comparison as JSON, of a stable schema. Pure.

A reader must take fields and kinds of grants that it does not know. What stands here keeps its name and meaning while
the schema's number stays.
"""

from typing import Final

import msgspec

from bulkhead_cli.boundaries.compare import Change, Comparison
from bulkhead_cli.boundaries.grants import Fence, Grant
from bulkhead_cli.boundaries.phrases import phrase_of
from bulkhead_cli.boundaries.report import Pod, Process, Report, SecretAccess
from bulkhead_cli.boundaries.sentences import sentence_of
from bulkhead_cli.problems import InputError

SCHEMA: Final = "bulkhead.dev/boundaries/v1"
"""Marks a report."""
DIFF_SCHEMA: Final = "bulkhead.dev/boundaries-diff/v1"
"""Marks a comparison."""


class _Marked(msgspec.Struct, frozen=True, kw_only=True):
    schema: str = ""


def json_of_report(report: Report) -> bytes:
    """Write a report; each grant has its `id` and says in `text` what it is."""
    data = {
        "schema": SCHEMA,
        "pods": [_pod(each) for each in report.pods],
        "processes": [_process(each) for each in report.processes],
    }
    return _written(data)


def json_of_comparison(comparison: Comparison) -> bytes:
    """Write a comparison; ids are those of the report that has the grant or the fence."""
    data = {
        "schema": DIFF_SCHEMA,
        "widens": bool(comparison.widened),
        "widened": [_change(each, widens=True) for each in comparison.widened],
        "narrowed": [_change(each, widens=False) for each in comparison.narrowed],
    }
    return _written(data)


def is_report(data: bytes) -> bool:
    """Say whether a file is a report rather than manifests or values."""
    try:
        return msgspec.json.decode(data, type=_Marked).schema.startswith("bulkhead.dev/boundaries")
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False


def report_from_json(file: str, data: bytes) -> Report:
    """Read a report.

    Raises:
        InputError: it is another document, or of a newer schema.
    """
    marked = msgspec.json.decode(data, type=_Marked).schema
    if marked != SCHEMA:
        raise InputError(f"{file}: its schema is {marked!r}, and this command reads {SCHEMA!r}")
    try:
        return msgspec.json.decode(data, type=Report)
    except msgspec.ValidationError as error:
        problem = str(error)
    raise InputError(f"{file}: {problem}")


def _pod(pod: Pod) -> dict[str, object]:
    fields: dict[str, object] = msgspec.to_builtins(pod)
    missing = [{"id": f"{pod.id}/not-isolated/{each.what}", **msgspec.to_builtins(each)} for each in pod.not_isolated]
    return fields | {"notIsolated": missing}


def _process(process: Process) -> dict[str, object]:
    return {
        "id": process.id,
        "pod": process.pod,
        "user": process.user,
        "grants": [_identified(process, each) | {"text": phrase_of(each)} for each in process.grants],
        "fences": [_identified(process, each) for each in process.fences],
        "secrets": [_identified(process, each) for each in process.secrets],
    }


def _identified(process: Process, what: Grant | Fence | SecretAccess) -> dict[str, object]:
    fields: dict[str, object] = msgspec.to_builtins(what)
    return {"id": process.grant_id(what), **fields}


def _change(change: Change, *, widens: bool) -> dict[str, object]:
    kind = "fence" if isinstance(change.what, Fence) else change.what.__struct_config__.tag
    return {
        "id": change.id,
        "process": change.process,
        "kind": kind,
        "sentence": sentence_of(change, widens=widens),
    }


def _written(data: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(data), indent=2) + b"\n"
