"""Readers of the values of flags, as Go's flags write them; each raises argparse's error with what is wrong."""

import argparse
from datetime import timedelta
from pathlib import Path
from typing import Final

from bulkhead_api.duration import duration_from_go
from bulkhead_runtime.health import AddressError, address_from_text
from bulkhead_runtime.logging import LEVELS

_MAX_NAME: Final = 253
_MAX_PORT: Final = 65535
_FATAL_LEVELS: Final = ("dpanic", "panic", "fatal")


def truth(text: str) -> bool:
    """Read a switch. Source: Go, strconv.ParseBool."""
    match text.lower():
        case "true" | "1" | "t":
            return True
        case "false" | "0" | "f":
            return False
        case _:
            raise argparse.ArgumentTypeError("must be true or false")


def truth_or_unset(text: str) -> bool | None:
    """Read a switch whose default depends on another flag; empty means that nothing was said."""
    return truth(text) if text else None


def duration(text: str) -> timedelta:
    """Read a duration of any sign, such as `1h30m`."""
    try:
        return duration_from_go(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def positive_duration(text: str) -> timedelta:
    """Read a duration of more than zero."""
    value = duration(text)
    if value <= timedelta(0):
        raise argparse.ArgumentTypeError("must be more than zero")
    return value


def not_negative_duration(text: str) -> timedelta:
    """Read a duration of zero or more."""
    value = duration(text)
    if value < timedelta(0):
        raise argparse.ArgumentTypeError("must not be negative")
    return value


def whole(text: str) -> int:
    """Read a whole number of any sign."""
    try:
        return int(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError("must be a whole number") from error


def number(text: str) -> float:
    """Read a number."""
    try:
        return float(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError("must be a number") from error


def address(text: str) -> str:
    """Read HOST:PORT or :PORT; empty stays empty."""
    if not text:
        return text
    try:
        address_from_text(text)
    except AddressError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return text


def port(text: str) -> int:
    """Read a port; 0 means any free one."""
    if is_within(text, 0, _MAX_PORT):
        return int(text)
    raise argparse.ArgumentTypeError("must be a port")


def names(text: str) -> tuple[str, ...]:
    """Read names, separated by commas."""
    return tuple(filter(None, (name.strip() for name in text.split(","))))


def path_or_none(text: str) -> Path | None:
    """Read a path; empty means that nothing was said."""
    return Path(text) if text else None


def level(text: str) -> str:
    """Read a level of the log, in any case; those above error, which nothing is logged with, count as error.

    Source: zap, zapcore.ParseLevel.
    """
    name = text.lower()
    if name in _FATAL_LEVELS:
        return "error"
    if name not in LEVELS:
        raise argparse.ArgumentTypeError(f"must be one of {', '.join((*LEVELS, *_FATAL_LEVELS))}")
    return name


def file_name(text: str) -> str:
    """Read the name of a file in a folder."""
    if not text or "/" in text or text in {".", ".."}:
        raise argparse.ArgumentTypeError("must be the name of a file, without its folder")
    return text


def object_name(text: str) -> str:
    """Read the name of a Kubernetes object."""
    allowed = set("abcdefghijklmnopqrstuvwxyz0123456789.-")
    if not text or len(text) > _MAX_NAME or set(text) - allowed or not (text[0].isalnum() and text[-1].isalnum()):
        raise argparse.ArgumentTypeError("must be a name of an object, such as external-secrets-controller")
    return text


def delimiter(text: str) -> str:
    """Read a delimiter of templates."""
    if not text:
        raise argparse.ArgumentTypeError("must not be empty")
    return text


def is_within(text: str, least: int, most: int) -> bool:
    """Say whether the text is a whole number, in digits alone, from `least` to `most`."""
    # With more digits than that it is refused even if they are zeros.
    return text.isascii() and text.isdigit() and len(text) <= len(str(most)) and least <= int(text) <= most
