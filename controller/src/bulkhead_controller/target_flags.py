"""Flags about targets that are read together with the profile."""

import argparse
import re
from datetime import timedelta
from typing import Final

from bulkhead_controller.profile import EVERYWHERE, Profile, Rights
from bulkhead_runtime.flags.values import not_negative_duration

ON_CHANGE: Final = "on-change"
ALWAYS: Final = "always"

# Source: RFC 1123, as Kubernetes wants names of namespaces.
_NAMESPACE: Final = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")


def rights_from(
    parser: argparse.ArgumentParser, profile: str, namespaces: frozenset[str], config_map_namespaces: frozenset[str]
) -> Rights:
    """Give the rights that the flags state; flags that contradict each other end the process."""
    rights = Rights(profile=Profile(profile), read_namespaces=namespaces, config_map_namespaces=config_map_namespaces)
    if namespaces and rights.profile is not Profile.NAMESPACED:
        parser.error(f"--read-namespaces is for --profile=namespaced, and the profile is {profile}")
    if not namespaces and rights.profile is Profile.NAMESPACED:
        parser.error("--profile=namespaced needs --read-namespaces")
    return rights


def refresh_time_after(parser: argparse.ArgumentParser, text: str, profile: Profile) -> timedelta | None:
    """Say after what time an unchanged refresh moves refreshTime; zero means always, None never."""
    match text or (ALWAYS if profile is Profile.ESO_COMPAT else ON_CHANGE):
        case "on-change":
            return None
        case "always":
            return timedelta(0)
        case other:
            try:
                return not_negative_duration(other)
            except argparse.ArgumentTypeError as error:
                return parser.error(f"--refresh-time: {error}, {ON_CHANGE} or {ALWAYS}")


def namespaces(text: str) -> frozenset[str]:
    """Read names of namespaces, separated by commas; empty means none."""
    names = frozenset(text.split(",")) if text else frozenset()
    for name in sorted(names):
        if not _NAMESPACE.fullmatch(name):
            raise argparse.ArgumentTypeError(f"{name[:64]!r} is not the name of a namespace")
    return names


def namespaces_or_all(text: str) -> frozenset[str]:
    """Read names of namespaces, separated by commas, or a star, which means all; empty means none."""
    return frozenset({EVERYWHERE}) if text == EVERYWHERE else namespaces(text)
