"""Whether one scope includes another: names, resources, patterns, ranges of addresses, ports. Pure."""

from fnmatch import fnmatchcase
from ipaddress import ip_network
from typing import Final

ALL: Final = "*"
"""Stands for every verb, resource, name or namespace, as in RBAC."""


def covers_resource(have: str, want: str) -> bool:
    """Say whether a resource of a rule includes another, both as kubectl writes them."""
    if have.startswith("/") or want.startswith("/"):
        return have == want or (have.endswith(ALL) and want.startswith(have[:-1]))
    mine, theirs = _parts(have), _parts(want)
    if not among(mine[1], theirs[1]):
        return False
    if mine[0] == ALL and not mine[2]:
        return True
    return among(mine[0], theirs[0]) and (mine[2] == theirs[2] or (mine[2] == ALL and theirs[2] != ""))


def _parts(resource: str) -> tuple[str, str, str]:
    whole, _, sub = resource.partition("/")
    name, _, group = whole.partition(".")
    return name, group, sub


def among(have: str, want: str) -> bool:
    """Say whether a word is meant, or all are."""
    return have in (ALL, want)


def pattern_covers(have: str, want: str) -> bool:
    """Say whether a pattern matches whatever another does. Of the shell's patterns only the star is meant."""
    # A star of the other pattern can only be taken by a star of this, which takes whatever it would stand for.
    return fnmatchcase(want, have.replace("[", "[[]").replace("?", "[?]"))


def is_inside(inner: str, outer: str) -> bool:
    """Say whether a range of addresses is a part of another, or all of it. Raises: ValueError, one is no range."""
    one, two = ip_network(inner, strict=False), ip_network(outer, strict=False)
    return one.version == two.version and one.subnet_of(two)  # type: ignore[arg-type]  # of one version by now


def ports_cover(have: str, want: str) -> bool:
    """Say whether ports include others; a name is only itself."""
    if have in (ALL, want):
        return True
    mine, theirs = port_range(have), port_range(want)
    return mine is not None and theirs is not None and mine[0] <= theirs[0] and theirs[1] <= mine[1]


def port_range(port: str) -> tuple[int, int] | None:
    """Give first and last of a port or a range; None for a name and for `*`."""
    first, _, last = port.partition("-")
    return (int(first), int(last or first)) if first.isdigit() and (last or first).isdigit() else None
