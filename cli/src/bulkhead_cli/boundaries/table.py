"""A report as text for people. Pure."""

from collections.abc import Iterator, Sequence
from typing import Final

from bulkhead_cli.boundaries.grants import (
    Account,
    Admits,
    ApiRight,
    Backend,
    Credential,
    Grant,
    Identity,
    Metadata,
    Privilege,
    Reaches,
    Serves,
    Shares,
)
from bulkhead_cli.boundaries.phrases import RightsLine, lines_of_flows, lines_of_rights, object_phrase, phrase_of
from bulkhead_cli.boundaries.report import Pod, Process, Report, SecretAccess

OVERVIEW: Final = (
    "PROCESS",
    "USER",
    "CREDENTIALS",
    "IDENTITIES",
    "API RIGHTS",
    "READS SECRETS",
    "WRITES SECRETS",
    "NETWORK",
)
"""Titles of what `summary_of` gives."""

_NONE: Final = "none"
_WIDTH: Final = 118


def text_of_report(report: Report) -> str:
    """Write a report as text; a line break ends it."""
    lines = [*_overview(report), *(line for pod in report.pods for line in ("", *_pod(pod, report)))]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def sections_of(process: Process) -> list[tuple[str, list[str]]]:
    """Give what a process has of its own, as titles with entries; what its whole Pod has is not among it."""
    return [
        ("credentials", [_plain(each) for each in process.having(Credential)]),
        ("identities", [_plain(each) for each in process.having(Identity)]),
        ("accounts", [_plain(each) for each in process.having(Account)]),
        ("API rights", [_right(each) for each in lines_of_rights(process.having(ApiRight))]),
        ("reads Secrets", secret_lines(process.secrets, "read")),
        ("writes Secrets", secret_lines(process.secrets, "write")),
        ("backends", [each.host if each.host != "*" else "any" for each in process.having(Backend)]),
        ("serves", [_plain(each) for each in process.having(Serves)]),
        ("shares", [phrase_of(each) for each in process.having(Shares)]),
        ("privileges", [phrase_of(each) for each in process.having(Privilege)]),
    ]


def network_of(pod: Pod, report: Report) -> list[tuple[str, list[str]]]:
    """Give what the network of a Pod permits, as titles with entries; all its processes have the same."""
    process = next(report.in_pod(pod))
    metadata = [f"{each.address} ({each.cloud})" for each in process.having(Metadata)]
    return [
        ("reaches", lines_of_flows(process.having(Reaches))),
        ("is reached by", lines_of_flows(process.having(Admits))),
        ("metadata", metadata),
    ]


def secret_lines(secrets: Sequence[SecretAccess], access: str) -> list[str]:
    """Give Secrets by namespace; those that are all alike in one line."""
    groups: dict[tuple[str, str, tuple[str, ...], tuple[str, ...]], list[str]] = {}
    for each in secrets:
        if each.access == access:
            groups.setdefault((each.how, each.namespace, each.verbs, each.fenced_by), []).append(each.name)
    lines = []
    for (how, namespace, verbs, fenced_by), names in groups.items():
        what = "every Secret" if names == ["*"] else ", ".join(names)
        where = "in every namespace" if namespace == "*" else f"in {namespace}"
        by = f"by {', '.join(verbs)}" if how == "api" else f"({how})"
        lines.append(f"{what} {where} {by}{_fenced(fenced_by)}")
    return lines


def _overview(report: Report) -> Iterator[str]:
    header = [
        "PROCESS",
        "USER",
        "CREDENTIALS",
        "IDENTITIES",
        "API RIGHTS",
        "READS SECRETS",
        "WRITES SECRETS",
        "NETWORK",
    ]
    yield from _columns([header, *(summary_of(each) for each in report.processes)])


def summary_of(process: Process) -> list[str]:
    """Give one row of the overview: what a process has, in numbers and single words."""
    identities = process.having(Identity)
    any_identity = any(each.uri.endswith("/*") for each in identities)
    companions = sum(each.what == "network" for each in process.having(Shares))
    return [
        process.id,
        "image's" if process.user is None else str(process.user),
        str(len(process.having(Credential)) or _NONE),
        "any" if any_identity else str(len(identities) or _NONE),
        str(len(process.having(ApiRight)) or _NONE),
        *(_extent([each for each in process.secrets if each.access == access]) for access in ("read", "write")),
        f"shared with {companions}" if companions else "its own",
    ]


def _extent(secrets: Sequence[SecretAccess]) -> str:
    if any(each.name == each.namespace == "*" for each in secrets):
        fenced = all(each.fenced_by for each in secrets if each.name == "*")
        return "all, fenced" if fenced else "all"
    by_namespace = sorted({each.namespace for each in secrets if each.name == "*"})
    named = len({(each.namespace, each.name) for each in secrets if each.name != "*"})
    return " + ".join([*(f"all in {each}" for each in by_namespace), *([str(named)] if named else [])]) or _NONE


def _pod(pod: Pod, report: Report) -> Iterator[str]:
    yield f"Pod of {pod.id}"
    for process in report.in_pod(pod):
        yield f"  {process.id}, user {'as its image says' if process.user is None else process.user}"
        yield from _sections(sections_of(process), indent=4)
    yield "  network of this Pod"
    yield from _sections(network_of(pod, report), indent=4)
    yield "  not isolated in this Pod"
    yield from _sections([(each.what, [each.says]) for each in pod.not_isolated], indent=4)


def _sections(sections: Sequence[tuple[str, list[str]]], *, indent: int) -> Iterator[str]:
    for title, entries in sections:
        lead = f"{' ' * indent}{title:<16}"
        for entry in entries or [_NONE]:
            for line in _wrapped(entry, _WIDTH - len(lead)):
                yield lead + line
                lead = " " * len(lead)


def _wrapped(text: str, width: int) -> list[str]:
    lines, words = [""], text.split(" ")
    for word in words:
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            # What goes on is set in, so that each entry is seen to be one.
            lines.append(f"  {word}")
        else:
            lines[-1] = f"{lines[-1]} {word}" if lines[-1] else word
    return lines


def _right(line: RightsLine) -> str:
    verbs = "everything with" if "*" in line.verbs else ", ".join(line.verbs)
    return f"{verbs} {object_phrase(line)}{_fenced(line.fenced_by)}"


def _fenced(policies: Sequence[str]) -> str:
    return f" [fenced by {', '.join(policies)}]" if policies else ""


def _plain(grant: Grant) -> str:
    phrase = phrase_of(grant)
    for start in ("the credential in ", "the identity ", "the ServiceAccount ", "a rule of its policy to "):
        phrase = phrase.removeprefix(start)
    return phrase


def _columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
