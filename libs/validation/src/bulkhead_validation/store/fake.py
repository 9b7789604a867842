"""spec.provider.fake. Its values are secrets, if only in tests, and are never quoted. Pure."""

from typing import Final

from bulkhead_validation.node import Node
from bulkhead_validation.store.place import StorePlace

_NOT_MAINTAINED: Final = "store {} isn't currently maintained. Please plan and prepare accordingly."


def check_fake(provider: Node, place: StorePlace) -> None:
    """Note empty keys and values, and ESO's warning that nobody looks after the provider."""
    provider.eso_warns(_NOT_MAINTAINED.format(place.name))
    first: dict[str, int] = {}
    for index, entry in enumerate(provider.at("data").items()):
        for name in ("key", "value"):
            if not entry.at(name).text():
                entry.at(name).refused_by_eso("must not be empty")
        # The provider joins them without anything between.
        identity = entry.at("key").text() + entry.at("version").text()
        earlier = first.setdefault(identity, index)
        if earlier != index:
            entry.doubtful(f"has the key and version of data[{earlier}]: the last one counts; leave one of them out")
