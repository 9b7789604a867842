"""Where the output of a template goes. Pure.

Source: external-secrets.io/v1 ExternalSecret, templateFrom[].target; ESO, applyToTarget, mapScopeApply.
"""

from enum import StrEnum
from typing import Final, TypeAlias

from bulkhead_target.keys import quoted
from bulkhead_templating.kubeyaml.paths import Path, PathSyntaxError, path_from_text


class Part(StrEnum):
    """A part of the target that has a name of its own, in any case."""

    DATA = "data"
    LABELS = "labels"
    ANNOTATIONS = "annotations"
    SPEC = "spec"
    """Of other kinds than Secret only."""


Place: TypeAlias = Part | Path
"""A path is any other field of a target that is no Secret."""


_PARTS: Final = {part.value: part for part in Part}


def place_from(target: str, *, is_secret: bool) -> Place:
    """Read a templateFrom[].target; an empty one means Data.

    Args:
        target: as it stands in the object.
        is_secret: whether the target is a Secret, which has no other fields than the named ones.

    Raises:
        ValueError: it is no place in such a target; the message says what would be.
    """
    name = target.lower() or Part.DATA.value
    part = _PARTS.get(name)
    if is_secret and part in (None, Part.SPEC):
        raise ValueError(f"{quoted(target)} is none of Data, Labels and Annotations, which alone a Secret has")
    if part is not None:
        return part
    try:
        return path_from_text(target)
    except PathSyntaxError as error:
        raise ValueError(str(error)) from None
