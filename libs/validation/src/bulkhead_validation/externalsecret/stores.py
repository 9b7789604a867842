"""From which store an entry reads. Pure. Source: ESO, the client manager's choice of a store."""

from bulkhead_validation.names import check_object_name
from bulkhead_validation.node import Node


def check_entry_store(spec: Node, source: Node) -> None:
    """Note an entry that has to read from a store and names none.

    Args:
        spec: of the ExternalSecret.
        source: the entry's own sourceRef.
    """
    own = source.at("storeRef")
    if own.present:
        if not own.at("name").text():
            own.never_works("has no name: name the store")
        check_object_name(own.at("name"))
    elif not spec.at("secretStoreRef", "name").text():
        spec.never_works("secretStoreRef names no store, and there are entries that name none of their own")
