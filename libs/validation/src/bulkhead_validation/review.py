"""The one entry: a decoded object in, all of its faults out, in the order of their paths."""

from bulkhead_validation.fault import Fault
from bulkhead_validation.kinds import CHECKS
from bulkhead_validation.node import Json, Node


def faults_of(kind: str, document: dict[str, Json]) -> list[Fault]:
    """Say everything that is wrong with an object, each thing once.

    Args:
        kind: the object's kind; one without a check has no faults.
        document: the object as JSON gives it.
    """
    root = Node(document)
    check = CHECKS.get(kind)
    if check is not None:
        check(root)
    return sorted(dict.fromkeys(root.faults), key=lambda fault: fault.path)
