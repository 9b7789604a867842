"""Logs as lines of JSON, from which no secret can leak by way of an exception or a foreign library's text.

Our own messages are constants with key-values. Of an exception that is not ours only the type and the places in the
code are logged, since its text may hold anything. Of a library's message only the constant part is.
"""

import errno
import logging
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime, timedelta
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec

from bulkhead_api.secret_value import SecretValue

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"

LEVELS: Final = ("debug", "info", "warn", "error")
"""What `configure` takes. Source: ESO's flag --loglevel."""

TIME_ENCODINGS: Final = ("epoch", "millis", "nano", "iso8601", "rfc3339", "rfc3339nano")
"""Forms of the time in a line, UTC. Source: ESO's flag --zap-time-encoding; zap, package zapcore, TimeEncoder."""

_ROOT: Final = "bulkhead"
_FIELDS: Final = "bulkhead_fields"
_OURS: Final = "bulkhead_"
_LEVEL_NAMES: Final[Mapping[int, str]] = {
    logging.DEBUG: "debug",
    logging.INFO: "info",
    logging.WARNING: "warn",
    logging.ERROR: "error",
    logging.CRITICAL: "error",
}
_MAX_FRAMES: Final = 40
_MAX_TEXT_CHARS: Final = 4096


class Logger:
    """Logs constant messages with key-values; a thin layer over the standard library's logger."""

    def __init__(self, name: str) -> None:
        """Log as `name`; see `get_logger`."""
        self._logger = logging.getLogger(f"{_ROOT}.{name}")

    def debug(self, message: str, **fields: object) -> None:
        """Log what only matters while looking for a defect."""
        self._log(logging.DEBUG, message, None, fields)

    def info(self, message: str, **fields: object) -> None:
        """Log what happened."""
        self._log(logging.INFO, message, None, fields)

    def warning(self, message: str, **fields: object) -> None:
        """Log what is not as it should be and will be tried again."""
        self._log(logging.WARNING, message, None, fields)

    def error(self, message: str, **fields: object) -> None:
        """Log what somebody has to look at."""
        self._log(logging.ERROR, message, None, fields)

    def failure(self, message: str, error: BaseException, **fields: object) -> None:
        """Log a defect with the places in the code that `error` came through."""
        self._log(logging.ERROR, message, error, fields)

    def _log(self, level: int, message: str, error: BaseException | None, fields: Mapping[str, object]) -> None:
        if self._logger.isEnabledFor(level):
            self._logger.log(level, message, exc_info=error, extra={_FIELDS: fields})


def get_logger(name: str) -> Logger:
    """Give the logger of one part of a process, such as `externalsecret`."""
    return Logger(name)


def configure(level: str, component: str, *, time_encoding: str = "epoch") -> None:
    """Log to standard error from now on, and let nothing else write tracebacks there.

    Args:
        level: one of LEVELS.
        component: the process, such as `controller`; stands in every line.
        time_encoding: one of TIME_ENCODINGS.

    Raises:
        ValueError: there is no such level or encoding.
    """
    if level not in LEVELS:
        raise ValueError(f"log level {level[:32]!r} is not one of {', '.join(LEVELS)}")
    if time_encoding not in TIME_ENCODINGS:
        raise ValueError(f"time encoding {time_encoding[:32]!r} is not one of {', '.join(TIME_ENCODINGS)}")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter(component, time_encoding=time_encoding))
    logging.raiseExceptions = False
    logging.captureWarnings(capture=True)
    # Libraries speak up only when something is wrong; our own level is ours.
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger(_ROOT).setLevel("WARNING" if level == "warn" else level.upper())
    _replace_hooks()


class JsonFormatter(logging.Formatter):
    """Writes a record as one line of JSON. Source: the keys level, ts, logger and msg are ESO's (zap's)."""

    def __init__(self, component: str, *, time_encoding: str = "epoch") -> None:
        """Name the process in every line, and write the time as `time_encoding` says."""
        super().__init__()
        self._component = component
        self._time_encoding = time_encoding

    def format(self, record: logging.LogRecord) -> str:
        """Write one line, without its end."""
        line: dict[str, Json] = {
            "level": _LEVEL_NAMES.get(record.levelno, "info"),
            "ts": time_in_log(record.created, self._time_encoding),
            "logger": record.name.removeprefix(f"{_ROOT}."),
            "msg": _message(record),
            "component": self._component,
        }
        fields = getattr(record, _FIELDS, None)
        for name, value in fields.items() if isinstance(fields, Mapping) else ():
            line.setdefault(str(name), json_from(value))
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            line.setdefault("error", describe_error(error))
            line.setdefault("stacktrace", list(code_locations(error)))
        return msgspec.json.encode(line).decode()


def time_in_log(seconds: float, encoding: str) -> Json:
    """Write a moment, in seconds since 1970, in one of TIME_ENCODINGS.

    The clock of a log record is good for about a microsecond, so no form shows more than six digits that mean
    something.
    """
    microseconds = round(seconds * 1_000_000)
    moment = datetime.fromtimestamp(microseconds // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    match encoding:
        case "millis":
            return microseconds / 1_000
        case "nano":
            return microseconds * 1_000
        case "iso8601":
            return f"{moment}.{microseconds // 1_000 % 1_000:03}Z"
        case "rfc3339":
            return f"{moment}Z"
        case "rfc3339nano":
            fraction = f"{microseconds % 1_000_000:06}".rstrip("0")
            return f"{moment}.{fraction}Z" if fraction else f"{moment}Z"
        case _:
            return microseconds / 1_000_000


def json_from(value: object) -> Json:
    """Make a value fit for a log line; of a type that is not known to be harmless only the name remains."""
    match value:
        case Mapping():
            return {str(key): json_from(each) for key, each in value.items()}
        case bytes() | bytearray() | memoryview():
            return f"<{type(value).__name__}>"
        case Sequence() | AbstractSet() if not isinstance(value, str):
            return [json_from(each) for each in value]
        case _:
            return _scalar(value)


def _scalar(value: object) -> str | int | float | bool | None:
    match value:
        case Enum():
            return str(value.value)
        case None | bool() | int() | float():
            return value
        case str():
            # A lone surrogate, as file names may have it, is not JSON.
            return value.encode("utf-8", "replace").decode()[:_MAX_TEXT_CHARS]
        case datetime() | timedelta() | Path() | SecretValue():
            return str(value)
        case BaseException():
            return describe_error(value)
        case _:
            return f"<{type(value).__name__}>"


def describe_error(error: BaseException) -> str:
    """Say what went wrong: in its own words if the class is ours, else by its type alone, with its causes."""
    if isinstance(error, BaseExceptionGroup):
        own = f"{type(error).__name__}({'; '.join(describe_error(each) for each in error.exceptions)})"
    elif type(error).__module__.startswith(_OURS):
        own = f"{type(error).__name__}: {error}"
    elif isinstance(error, OSError) and error.errno is not None and error.errno in errno.errorcode:
        own = f"{type(error).__name__}({errno.errorcode[error.errno]})"
    else:
        own = type(error).__name__
    cause = error.__cause__
    return f"{own} caused by {describe_error(cause)}"[:_MAX_TEXT_CHARS] if cause is not None else own[:_MAX_TEXT_CHARS]


def code_locations(error: BaseException) -> Iterator[str]:
    """Name the places that the exception came through, innermost last; neither source text nor values."""
    for frame, line in list(traceback.walk_tb(error.__traceback__))[-_MAX_FRAMES:]:
        yield f"{frame.f_code.co_filename}:{line} {frame.f_code.co_name}"
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from code_locations(each)


def _message(record: logging.LogRecord) -> str:
    if hasattr(record, _FIELDS):
        return str(record.msg)
    # With arguments the text is a template, a constant of the library's code. Without, it may have been put together
    # from anything: asyncio and grpc both write exceptions' texts like that.
    if record.args and isinstance(record.msg, str):
        return record.msg.partition("\n")[0]
    return f"message withheld, see {record.pathname}:{record.lineno}"


def _replace_hooks() -> None:
    log = get_logger("process")

    def on_exception(_kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
        log.failure("process ended by an exception", error)

    def on_thread_exception(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            log.failure("thread ended by an exception", args.exc_value)

    def on_unraisable(args: "UnraisableHookArgs") -> None:
        if args.exc_value is not None:
            log.failure("exception in a place that cannot raise it", args.exc_value)

    sys.excepthook = on_exception
    threading.excepthook = on_thread_exception
    sys.unraisablehook = on_unraisable


if TYPE_CHECKING:
    from sys import UnraisableHookArgs
