"""Regular expressions in objects: what RE2 takes. Pure."""

from enum import StrEnum
from typing import Final

from bulkhead_regexp import RegexpError, regexp_from
from bulkhead_validation.allowance import INSTRUCTIONS_OF_NONE, INSTRUCTIONS_OF_TOO_LARGE
from bulkhead_validation.node import Node

_TOO_LARGE: Final = "too large"
_CLASS: Final = ("\\p", "\\P")


class BrokenMeans(StrEnum):
    """What comes of an expression that is none."""

    REFUSED_BY_ESO = "RefusedByEso"
    NEVER_WORKS = "NeverWorks"


def check_expression(node: Node, broken: BrokenMeans = BrokenMeans.NEVER_WORKS) -> None:
    """Note what RE2 does not take; an absent expression is fine."""
    text = node.text()
    if not text:
        return
    allowance = node.scope.allowance
    if allowance.regexp_instructions <= 0:
        node.doubtful("was not checked: the expressions of this object together are too large")
        return
    try:
        allowance.spend_on_regexp(regexp_from(text).size)
    except RegexpError as error:
        is_too_large = _TOO_LARGE in str(error)
        allowance.spend_on_regexp(INSTRUCTIONS_OF_TOO_LARGE if is_too_large else INSTRUCTIONS_OF_NONE)
        _note(node, str(error), broken, is_ours=is_too_large or str(error).endswith(_class_of(text)))


def _note(node: Node, reason: str, broken: BrokenMeans, *, is_ours: bool) -> None:
    message = f"is no RE2 expression: {reason}"
    # ESO's engine is Go's own, which has other bounds and knows more names of classes.
    if is_ours:
        node.doubtful(f"{message}; ESO may take it, Bulkhead does not")
    elif broken is BrokenMeans.REFUSED_BY_ESO:
        node.refused_by_eso(message)
    else:
        node.never_works(message)


def _class_of(text: str) -> tuple[str, ...]:
    """Give the names of Unicode classes in an expression, which RE2 ends its reason with when it knows one not."""
    return tuple(f"{mark}{{{part.partition('}')[0]}}}" for mark in _CLASS for part in text.split(f"{mark}{{")[1:])
