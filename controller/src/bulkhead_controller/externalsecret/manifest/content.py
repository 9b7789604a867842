"""What an object of another kind than Secret holds: where the values go, and how ESO hashes it. Pure."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Final

from bulkhead_api.external_secret import ManifestRef
from bulkhead_api.secret_value import SecretValue
from bulkhead_controller.externalsecret.manifest.gotext import go_text
from bulkhead_controller.externalsecret.manifest.kind import CONFIG_MAP
from bulkhead_target.hashing import hash_text
from bulkhead_target.keys import quoted

Content = dict[str, object]
"""Fields of an object beside apiVersion, kind and metadata, as JSON has them."""

_DATA: Final = "data"
_SPEC: Final = "spec"
_STATUS: Final = "status"


class ContentError(ValueError):
    """The values cannot be put into an object of this kind; the text names the key and holds no value."""


def texts_from_data(data: Mapping[str, SecretValue]) -> dict[str, str]:
    """Give the values as text, which is all that fields of other kinds hold.

    Raises:
        ContentError: a value is not UTF-8. ESO writes it with its bytes replaced, which nobody can use.
    """
    texts: dict[str, str] = {}
    for key, value in data.items():
        try:
            texts[key] = value.reveal().decode()
        except UnicodeDecodeError:
            # Not as the cause: the decoder's error holds the value.
            problem = f"the value of {quoted(key)} is not UTF-8 text; only a Secret holds other bytes"
        else:
            continue
        raise ContentError(problem)
    return texts


def fresh_content(kind: ManifestRef, texts: Mapping[str, str], live: Content | None = None) -> Content:
    """Build an object that holds these values and nothing else of the user's.

    Args:
        kind: says where they go.
        texts: the values.
        live: what is there; its status stays, as it is the kind's own controller's.
    """
    kept = {_STATUS: live[_STATUS]} if live is not None and _STATUS in live else {}
    return {**kept, **_placed(kind, {}, dict(texts))}


def merged_content(kind: ManifestRef, texts: Mapping[str, str], live: Content, own: AbstractSet[str]) -> Content:
    """Put these values into an object that exists; of the values that are there, those named by `own` go.

    Raises:
        ContentError: there is something else where the values should be.
    """
    present = entries_of(kind, live)
    if present is None:
        raise ContentError(f"the object holds something else in {place_of(kind)} than entries by key")
    return _placed(kind, live, {**{key: value for key, value in present.items() if key not in own}, **texts})


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
