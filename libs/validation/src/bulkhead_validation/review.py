"""The one entry: a decoded object in, all of its faults out, in the order of their paths."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from bulkhead_templating.engine import Delimiters
from bulkhead_validation.fault import Fault, Verdict
from bulkhead_validation.kinds import CHECKS
from bulkhead_validation.node import Json, Node, Scope

_DELETED: Final[Mapping[str, str]] = dict.fromkeys(
    ("ClusterSecretStore", "SecretStore"), "what was synced through this store stays, and is not refreshed any more"
)


def faults_of(
    kind: str,
    document: dict[str, Json],
    old: dict[str, Json] | None = None,
    *,
    delimiters: Delimiters | None = None,
) -> list[Fault]:
    """Say everything that is wrong with an object, each thing once.

    Args:
        kind: the object's kind; one without a check has no faults.
        document: the object as JSON gives it.
        old: what it takes the place of; None means that it is new. Where the spec stays as it was, what never works is
            only told: it works no worse than before, and finalizers and labels must be free to change. What ESO
            refuses stays refused, as ESO looks at the new object alone.
        delimiters: what begins and ends an action in templates of targets; None means Go's own.
    """
    root = Node(document, scope=Scope(delimiters=delimiters or Delimiters()))
    check = CHECKS.get(kind)
    if check is not None:
        check(root)
    faults = sorted(dict.fromkeys(root.faults), key=lambda fault: fault.path)
    if old is not None and _is_same_spec(old, document):
        return [_softened(fault) for fault in faults]
    return faults


def faults_of_deletion(kind: str) -> list[Fault]:
    """Say what becomes of others when an object is deleted; nothing of it ever stands in the way."""
    message = _DELETED.get(kind)
    return [] if message is None else [Fault(path="metadata", message=message, verdict=Verdict.DOUBTFUL)]


def _softened(fault: Fault) -> Fault:
    return replace(fault, verdict=Verdict.DOUBTFUL) if fault.verdict is Verdict.NEVER_WORKS else fault


def _is_same_spec(old: dict[str, Json], new: dict[str, Json]) -> bool:
    try:
        return old.get("spec") == new.get("spec")
    except RecursionError:
        return False
