"""What a target shall have, before anything is known of a present one. Pure.

Source: ESO, ApplyTemplate, setMetadata, applyTemplateToManifest.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from bulkhead_api.secret_value import SecretValue
from bulkhead_templating.kubeyaml.json_value import Json
from bulkhead_templating.kubeyaml.paths import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """A value of a target that is no Secret, and where it goes; what is missing on the way there is made."""

    path: Path
    value: Json = field(repr=False)
    merges: bool = False
    """Whether a map goes into the map that is there instead of in its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetContent:
    """What a target shall have."""

    data: Mapping[str, SecretValue]
    """By key of the target. In one that is no Secret they go where its kind has its values."""
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    hidden: AbstractSet[str] = frozenset()
    """Keys of data, labels and annotations that no message may quote, as a template may have made them of values."""
    finalizers: Sequence[str] = ()
    """To be added."""
    type: str = ""
    """Of the Secret; empty leaves that of a present one as it is."""
    placements: Sequence[Placement] = ()
    """Further values of a target that is no Secret, in their order."""
