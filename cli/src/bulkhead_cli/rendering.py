"""Renders with the real clock and real chance, and says where a template fails."""

import secrets
import time
from typing import Final

from bulkhead_cli.excerpt import Excerpt
from bulkhead_cli.problems import FailedError
from bulkhead_target.template.job import Fault, Job, Outputs, RenderError
from bulkhead_target.template.render import FUNCTIONS, parse_piece, render
from bulkhead_templating import Delimiters, Environment, Meter, MissingKey, TemplateError
from bulkhead_templating.kinds import STRING
from bulkhead_templating.text import text_of
from bulkhead_templating.values import TypedMap

_TIMEOUT_S: Final = 10.0
_HAVE_MORE_TO_TELL: Final = (Fault.SYNTAX, Fault.TEMPLATE)
_HINT: Final = "--show-values prints the whole message, which may quote values"


def render_job(job: Job, *, wheres: tuple[str, ...] = (), show_values: bool) -> Outputs:
    """Render a job.

    Args:
        job: with one row.
        wheres: the place of each piece, with which a message begins; none where there is one template alone.
        show_values: whether the message of a failure may quote values, and templates that stand in Secrets.

    Raises:
        FailedError: it fails.
    """
    try:
        return render(job, _environment())
    except RenderError as error:
        failed = error
    piece = job.pieces[failed.piece]
    message, hint = _told(job, failed, show_values=show_values)
    where = wheres[failed.piece] if wheres else ""
    place = None
    if failed.line and (show_values or not piece.is_sensitive):
        place = Excerpt(name=where or piece.name, text=piece.text, line=failed.line, column=failed.column)
    raise FailedError(f"{where}: {message}" if where else message, place, hint=hint)


def _told(job: Job, failed: RenderError, *, show_values: bool) -> tuple[str, str]:
    message = str(failed)
    whole = _whole_message(job, failed.piece) if failed.fault in _HAVE_MORE_TO_TELL else None
    if whole is None or whole == message:
        return message, ""
    return (whole, "") if show_values else (message, _HINT)


def _whole_message(job: Job, index: int) -> str | None:
    """Give Go's whole message by rendering once more; None if it does not fail again."""
    environment = _environment()
    missing_key = MissingKey.ERROR if job.missing_key_is_error else MissingKey.DEFAULT
    data = TypedMap(STRING, STRING, {key: text_of(value) for key, value in job.rows[0].items()})
    try:
        template = parse_piece(job.pieces[index], Delimiters(left=job.left, right=job.right), environment.meter)
        template.execute(data, functions=FUNCTIONS, environment=environment, missing_key=missing_key)
    except TemplateError as error:
        return str(error)
    return None


def _environment() -> Environment:
    meter = Meter(monotonic=time.monotonic, deadline_s=time.monotonic() + _TIMEOUT_S)
    return Environment(now_ns=time.time_ns(), random_bytes=secrets.token_bytes, meter=meter)
