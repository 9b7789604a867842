"""spec.secretStoreRefs of a PushSecret. Pure."""

from dataclasses import dataclass
from typing import Final

from bulkhead_validation.names import check_object_name
from bulkhead_validation.node import Node
from bulkhead_validation.selectors import check_selector

DEFAULT_KIND: Final = "SecretStore"


@dataclass(frozen=True, slots=True)
class StoreName:
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
        check_store_ref(ref)
        named = store_name(ref)
        if named is None and not ref.at("labelSelector").present:
            ref.never_works("names no store: give its name, or a labelSelector")
        if named is not None and named in seen:
            ref.doubtful("names a store that is there already: leave one of them out")
        if named is not None:
            seen.add(named)


def check_store_ref(ref: Node) -> None:
    """Note what is wrong with one reference, but for one that names nothing."""
    check_object_name(ref.at("name"))
    check_selector(ref.at("labelSelector"))
    if ref.at("name").text() and ref.at("labelSelector").present:
        ref.at("labelSelector").doubtful("has no effect beside a name: leave one of them out")


def store_name(ref: Node) -> StoreName | None:
    """Give the store that a reference names; None if it names none."""
    name = ref.at("name").text()
    return StoreName(ref.at("kind").text(DEFAULT_KIND), name) if name else None


def store_names(spec: Node) -> frozenset[StoreName]:
    """Give all stores that secretStoreRefs names."""
    found = (store_name(ref) for ref in spec.at("secretStoreRefs").items())
    return frozenset(each for each in found if each is not None)
