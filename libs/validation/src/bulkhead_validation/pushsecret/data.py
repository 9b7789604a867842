"""spec.data of a PushSecret. Pure."""

from bulkhead_validation.node import Node


def check_data(spec: Node) -> None:
    """Note the faults of all entries."""
    first: dict[tuple[str, str], int] = {}
    for index, entry in enumerate(spec.at("data").items()):
        ref = entry.at("match", "remoteRef")
        key = ref.at("remoteKey").text()
        if not key:
            (ref if ref.present else entry).doubtful(
                "remoteKey is empty, which hardly any provider takes: name the secret"
            )
        if not ref.present:
            continue
        earlier = first.setdefault((key, ref.at("property").text()), index)
        if earlier != index:
            ref.never_works(f"is that of data[{earlier}] as well: two values cannot go to one place")
