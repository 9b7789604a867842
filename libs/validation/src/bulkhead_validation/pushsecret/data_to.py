"""spec.dataTo of a PushSecret. Pure."""

from bulkhead_validation.expressions import check_expression
from bulkhead_validation.node import Node
from bulkhead_validation.pushsecret.stores import StoreName, check_store_ref, store_names
from bulkhead_validation.rewrites import check_name_rewrite


def check_data_to(spec: Node) -> None:
    """Note the faults of all entries."""
    if not spec.at("dataTo").elements():
        return
    known = store_names(spec)
    bundles: dict[tuple[StoreName, str], int] = {}
    for index, entry in enumerate(spec.at("dataTo").items()):
        store = _check_entry(entry)
        if store is None:
            continue
        if store not in known:
            entry.at("storeRef").never_works("names a store that secretStoreRefs does not: name it there, too")
        key = entry.at("remoteKey").text()
        # Whether both find keys to push is not known, and without any there is no conflict.
        if key and bundles.setdefault((store, key), index) != index:
            entry.at("remoteKey").doubtful(
                f"is that of dataTo[{bundles[store, key]}] as well: two cannot go to one place"
            )


def _check_entry(entry: Node) -> StoreName | None:
    ref = entry.at("storeRef")
    store = check_store_ref(ref)
    if store is None and not ref.at("labelSelector").present:
        (ref if ref.present else entry).refused_by_schema("storeRef needs a name or a labelSelector")
    steps = list(entry.at("rewrite").items())
    if steps and entry.at("remoteKey").present:
        entry.at("rewrite").refused_by_schema("has no meaning beside remoteKey: leave one of them out")
    check_expression(entry.at("match", "regexp"))
    for step in steps:
        if step.at("regexp").present == step.at("transform").present:
            step.refused_by_schema("needs one of regexp and transform, and not both")
        check_name_rewrite(step)
    return store
