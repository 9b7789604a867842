"""The rows of a table of flags, and the parser that is made from them. Flags are written as Go's are."""

import argparse
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from bulkhead_runtime.flags import values


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """One flag that means something."""

    name: str
    help: str
    """Without the default, which is added."""
    default: str | None = ""
    """As it would be written; None means that the flag is required."""
    read: Callable[[str], object] = str
    choices: tuple[str, ...] = ()
    """Empty means that `read` decides."""
    repeated: bool = False
    """Whether it may be given several times; without it the list is empty."""
    eso_default: str = ""
    """ESO's default where it is another one on purpose."""
    pending: str = ""
    """Why it has no effect yet; empty where it has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IgnoredFlag:
    """One flag of ESO that changes nothing. Its value must still be one that ESO would take."""

    name: str
    default: str
    """ESO's, as it would be written."""
    because: str
    """Why it changes nothing."""
    instead: str
    """What to do for the same end."""
    read: Callable[[str], object] = str


@dataclass(frozen=True, slots=True)
class Notice:
    """One flag that was given and has no effect."""

    flag: str
    because: str
    instead: str


def switch(name: str, text: str, *, default: bool = True, pending: str = "") -> Flag:
    """Describe a flag that is true or false."""
    return Flag(name=name, help=text, default=str(default).lower(), read=values.truth, pending=pending)


def ignored_switch(name: str, because: str, instead: str, *, default: bool = False) -> IgnoredFlag:
    """Describe a flag that is true or false and changes nothing."""
    return IgnoredFlag(name=name, read=values.truth, default=str(default).lower(), because=because, instead=instead)


def add_flags(parser: argparse.ArgumentParser, flags: Iterable[Flag], ignored: Iterable[IgnoredFlag] = ()) -> None:
    """Let the parser read what the tables describe, in their order."""
    for flag in flags:
        _add(parser, flag)
    for each in ignored:
        parser.add_argument(
            each.name,
            type=each.read,
            # Only what was given is there afterwards.
            default=argparse.SUPPRESS,
            nargs="?" if _is_switch(each) else None,
            const="true" if _is_switch(each) else None,
            help=f"accepted, no effect: {each.because}".replace("%", "%%"),
        )


def notices_from(
    parsed: argparse.Namespace, flags: Iterable[Flag], ignored: Iterable[IgnoredFlag]
) -> tuple[Notice, ...]:
    """Say which of the flags that were given have no effect, each once, in the order of the tables."""
    given: Mapping[str, object] = vars(parsed)
    without_meaning = [Notice(flag.name, flag.because, flag.instead) for flag in ignored if _key(flag.name) in given]
    pending = [
        Notice(flag.name, flag.pending, "leave it out until then")
        for flag in flags
        if flag.pending and given[_key(flag.name)] != flag.read(flag.default or "")
    ]
    return (*without_meaning, *pending)


def _add(parser: argparse.ArgumentParser, flag: Flag) -> None:
    eso = f"; ESO's is {flag.eso_default}" if flag.eso_default else ""
    default = f" (default {flag.default}{eso})" if flag.default else ""
    pending = f"; no effect yet: {flag.pending}" if flag.pending else ""
    parser.add_argument(
        flag.name,
        action="append" if flag.repeated else "store",
        type=flag.read,
        choices=flag.choices or None,
        required=flag.default is None,
        default=[] if flag.repeated else flag.default,
        help=f"{flag.help}{default}{pending}".replace("%", "%%"),
        # As Go's flags: a switch is written `--flag`, `--flag=true` or `--flag=false`.
        nargs="?" if _is_switch(flag) else None,
        const="true" if _is_switch(flag) else None,
    )


def _is_switch(flag: Flag | IgnoredFlag) -> bool:
    return flag.read in (values.truth, values.truth_or_unset)


def _key(name: str) -> str:
    return name.removeprefix("--").replace("-", "_")
