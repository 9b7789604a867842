"""spec.secretStoreRefs of a PushSecret. Pure."""

from typing import Final, NamedTuple

from bulkhead_validation.names import check_object_name
from bulkhead_validation.node import Node
from bulkhead_validation.selectors import check_selector

DEFAULT_KIND: Final = "SecretStore"


class StoreName(NamedTuple):
    """One store by its name."""

    kind: str
    name: str


def check_stores(spec: Node) -> None:
    """Note references that name no store."""
    refs = spec.at("secretStoreRefs")
    if not refs.elements():
        refs.never_works("is empty, so nothing is pushed: name a store")
    seen: set[StoreName] = set()
    for ref in refs.items():
        named = check_store_ref(ref)
        if named is None:
            if not ref.at("labelSelector").present:
                ref.never_works("names no store: give its name, or a labelSelector")
        elif named in seen:
            ref.doubtful("names a store that is there already: leave one of them out")
        else:
            seen.add(named)


def check_store_ref(ref: Node) -> StoreName | None:
    """Note what is wrong with one reference, but for one that names nothing, and give the store that it names."""
    check_object_name(ref.at("name"))
    named = store_name(ref)
    if ref.keys_present(("labelSelector",)):
        check_selector(ref.at("labelSelector"))
        if named is not None:
            ref.at("labelSelector").doubtful("has no effect beside a name: leave one of them out")
    return named


def store_name(ref: Node) -> StoreName | None:
    """Give the store that a reference names; None if it names none."""
    name = ref.at("name").text()
    return StoreName(ref.at("kind").text(DEFAULT_KIND), name) if name else None


def store_names(spec: Node) -> frozenset[StoreName]:
    """Give all stores that secretStoreRefs names."""
    found = (store_name(ref) for ref in spec.at("secretStoreRefs").items())
    return frozenset(each for each in found if each is not None)
