"""What an object of another kind than Secret holds: where the values go, and how ESO hashes it. Pure."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Final, cast

from bulkhead_api.external_secret import ManifestRef
from bulkhead_api.secret_value import SecretValue
from bulkhead_target.content import Placement, TargetContent
from bulkhead_target.gotext import go_text
from bulkhead_target.hashing import hash_text
from bulkhead_target.keys import quoted
from bulkhead_target.manifest import CONFIG_MAP
from bulkhead_templating.kubeyaml.json_value import Json
from bulkhead_templating.kubeyaml.setting import PathConflictError, set_at

Content = dict[str, object]
"""Fields of an object beside apiVersion, kind and metadata, as JSON has them."""

_DATA: Final = "data"
_SPEC: Final = "spec"
_STATUS: Final = "status"


class ContentError(ValueError):
    """The values cannot be put into an object of this kind; the text names the key and holds no value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The values that go into an object."""

    texts: Mapping[str, str] = field(repr=False)
    """By key; they go where the kind has its values."""
    placements: Sequence[Placement] = ()
    """What goes elsewhere, afterwards."""


def wanted_from(content: TargetContent) -> Wanted:
    """Give the values as text, which is all that fields of other kinds hold.

    Raises:
        ContentError: a value is not UTF-8. ESO writes it with its bytes replaced, which nobody can use.
    """
    return Wanted(texts={key: _text(key, value) for key, value in content.data.items()}, placements=content.placements)


def fresh_content(kind: ManifestRef, wanted: Wanted, live: Content | None = None) -> Content:
    """Build an object that holds these values and nothing else of the user's.

    Args:
        kind: says where they go.
        wanted: the values.
        live: what is there; its status stays, as it is the kind's own controller's.

    Raises:
        ContentError: a placement leads through a value of another type.
    """
    kept = {_STATUS: live[_STATUS]} if live is not None and _STATUS in live else {}
    if wanted.placements and not wanted.texts:
        # Source: ESO, which begins with an empty object of this form.
        top = _DATA if kind.kind == CONFIG_MAP else _SPEC
        return _with_placements({**kept, top: {}}, wanted.placements)
    return _with_placements({**kept, **_placed(kind, {}, dict(wanted.texts))}, wanted.placements)


def merged_content(kind: ManifestRef, wanted: Wanted, live: Content, own: AbstractSet[str]) -> Content:
    """Put these values into an object that exists; of the values that are there, those named by `own` go.

    Raises:
        ContentError: there is something else where the values should be.
    """
    present = entries_of(kind, live)
    if present is None:
        raise ContentError(f"the object holds something else in {place_of(kind)} than entries by key")
    entries = {**{key: value for key, value in present.items() if key not in own}, **wanted.texts}
    is_used = entries or present or not wanted.placements
    return _with_placements(_placed(kind, live, entries) if is_used else live, wanted.placements)


def dropped_places(kind: ManifestRef, wanted: Wanted, sent: Content, stored: Content) -> list[str]:
    """Name the places whose values were sent and not stored: a schema takes fields away that it does not know."""
    # A placement may have replaced the entries, which then were not sent.
    entries = wanted.texts.keys() & (entries_of(kind, sent) or {}).keys()
    dropped = [place_of(kind)] if entries - (entries_of(kind, stored) or {}).keys() else []
    for placement in wanted.placements:
        steps = placement.path.steps
        if _is_there(sent, steps) and not _is_there(stored, steps):
            dropped.append(placement.path.text)
    return list(dict.fromkeys(dropped))


def entries_of(kind: ManifestRef, content: Content) -> dict[str, object] | None:
    """Give the entries where the values stand; none if that place is not there, None if it holds no entries."""
    holder: object = content
    for name in place_of(kind).split("."):
        if not isinstance(holder, dict):
            return None
        found = holder.get(name)
        holder = {} if found is None else found
    return dict(holder) if isinstance(holder, dict) else None


def place_of(kind: ManifestRef) -> str:
    """Give the path of the entries."""
    return _DATA if kind.kind == CONFIG_MAP else f"{_SPEC}.{_DATA}"


def hash_content(content: Content) -> str:
    """Hash an object as ESO does, for the data-hash annotation.

    Returns:
        The hash; empty if the object has neither spec nor data, or is nested too deeply for Python to print.

    Source: ESO, genericTargetContentHash: the spec if there is one, else the data.
    """
    for name in (_SPEC, _DATA):
        if name in content:
            return _hash(content[name])
    return ""


def _text(key: str, value: SecretValue) -> str:
    try:
        return value.reveal().decode()
    except UnicodeDecodeError:
        # Not as the cause: the decoder's error holds the value.
        problem = f"the value of {quoted(key)} is not UTF-8 text; only a Secret holds other bytes"
    raise ContentError(problem)


def _with_placements(content: Content, placements: Sequence[Placement]) -> Content:
    document = cast("dict[str, Json]", content)
    for placement in placements:
        try:
            changed = set_at(document, placement.path, placement.value, merge=placement.merges)
        except PathConflictError as error:
            raise ContentError(str(error)) from None
        document = cast("dict[str, Json]", changed)
    return cast("Content", document)


def _is_there(node: object, steps: Sequence[str | int]) -> bool:
    for step in steps:
        match node, step:
            case dict(), str() if step in node:
                node = node[step]
            case list(), int() if step < len(node):
                node = node[step]
            case _:
                return False
    return True


def _hash(value: object) -> str:
    try:
        return hash_text(go_text(value))
    except RecursionError:
        return ""


def _placed(kind: ManifestRef, content: Content, entries: dict[str, object] | dict[str, str]) -> Content:
    if place_of(kind) == _DATA:
        return {**content, _DATA: entries}
    spec = content.get(_SPEC)
    return {**content, _SPEC: {**(spec if isinstance(spec, dict) else {}), _DATA: entries}}
