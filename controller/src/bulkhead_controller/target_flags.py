"""The flags that say how targets are read, written and shown; most defaults depend on the profile."""

import argparse
import re
from datetime import timedelta
from typing import Final

from bulkhead_api.duration import duration_from_go
from bulkhead_controller.profile import Profile, Rights

# Source: RFC 1123, as Kubernetes wants names of namespaces.
_NAMESPACE: Final = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
ON_CHANGE: Final = "on-change"
ALWAYS: Final = "always"


def add_target_flags(parser: argparse.ArgumentParser) -> None:
    """Describe the flags to the command line."""
    parser.add_argument(
        "--profile",
        type=Profile,
        choices=list(Profile),
        default=Profile.STRICT,
        help="rights on Secrets that the chart has given (default strict)",
    )
    parser.add_argument(
        "--read-namespaces",
        type=_namespaces,
        default=frozenset(),
        metavar="A,B",
        help="namespaces whose Secrets may be read; with --profile=namespaced only",
    )
    parser.add_argument(
        "--refresh-time",
        default=None,
        metavar=f"{ON_CHANGE}|{ALWAYS}|DURATION",
        help="when an unchanged refresh moves status.refreshTime: never, each time, or after this time "
        f"(default {ON_CHANGE}; {ALWAYS} with profile eso-compat)",
    )
    parser.add_argument(
        "--drift-check-interval",
        type=_not_negative,
        default="0",
        help="where Secrets cannot be read, least time between two writes of the same content, by which edits of "
        "others are undone (default 0: each refresh)",
    )


def rights_from(parser: argparse.ArgumentParser, parsed: argparse.Namespace) -> Rights:
    """Give the rights that the flags state; flags that contradict each other end the process."""
    profile, namespaces = parsed.profile, parsed.read_namespaces
    if (profile is Profile.NAMESPACED) != bool(namespaces):
        parser.error("--read-namespaces and --profile=namespaced go together")
    return Rights(profile=profile, read_namespaces=namespaces)


def refresh_time_after(parser: argparse.ArgumentParser, text: str | None, profile: Profile) -> timedelta | None:
    """Say after what time an unchanged refresh moves refreshTime; zero means always, None never."""
    match text or (ALWAYS if profile is Profile.ESO_COMPAT else ON_CHANGE):
        case "on-change":
            return None
        case "always":
            return timedelta(0)
        case duration:
            try:
                return _not_negative(duration)
            except argparse.ArgumentTypeError as error:
                return parser.error(f"--refresh-time: {error}, {ON_CHANGE} or {ALWAYS}")


def _namespaces(text: str) -> frozenset[str]:
    names = frozenset(text.split(",")) if text else frozenset()
    for name in sorted(names):
        if not _NAMESPACE.fullmatch(name):
            raise argparse.ArgumentTypeError(f"{name[:64]!r} is not the name of a namespace")
    return names


def _not_negative(text: str) -> timedelta:
    try:
        duration = duration_from_go(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    if duration < timedelta(0):
        raise argparse.ArgumentTypeError("must not be negative")
    return duration
