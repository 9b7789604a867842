"""spec.data of an ExternalSecret. Pure."""

from bulkhead_target.keys import KeyValueError, check_secret_keys
from bulkhead_validation.externalsecret.stores import check_entry_store
from bulkhead_validation.externalsecret.target import TargetFacts, target_facts
from bulkhead_validation.generator_refs import check_generator_ref
from bulkhead_validation.names import check_key
from bulkhead_validation.node import Node


def check_data(spec: Node) -> None:
    """Note the faults of all entries."""
    entries = list(spec.at("data").items())
    if not entries:
        return
    facts = target_facts(spec)
    keys = [_secret_key(each) for each in entries]
    is_refused = spec.at("target", "deletionPolicy").text("Retain") == "Retain"
    _check_duplicates(entries, keys, is_refused=is_refused)
    if facts.writes_fetched_keys:
        _check_keys(entries, keys, facts)
    for entry in entries:
        _check_entry(spec, entry)


def _secret_key(entry: Node) -> str:
    # Without a node of its own where nothing is wrong: an object may have tens of thousands of entries.
    key = entry.fields().get("secretKey")
    return key if isinstance(key, str) else entry.at("secretKey").text()


def _check_duplicates(entries: list[Node], keys: list[str], *, is_refused: bool) -> None:
    first: dict[str, int] = {}
    for index, key in enumerate(keys):
        earlier = first.setdefault(key, index)
        if earlier == index or not key:
            continue
        node = entries[index].at("secretKey")
        if is_refused:
            node.refused_by_eso(f"is that of data[{earlier}] as well: with deletionPolicy Retain each may stand once")
        else:
            node.doubtful(f"is that of data[{earlier}] as well: the last one counts; leave one of them out")


def _check_keys(entries: list[Node], keys: list[str], facts: TargetFacts) -> None:
    try:
        # All at once, as hardly ever one is wrong.
        check_secret_keys(keys)
    except KeyValueError:
        for entry, key in zip(entries, keys, strict=True):
            check_key(entry.at("secretKey").used(is_used=facts.is_written), key)


def _check_entry(spec: Node, entry: Node) -> None:
    ref = entry.at("remoteRef")
    if not ref.at("key").text():
        (ref if ref.present else entry).doubtful(
            "remoteRef names no key, which hardly any provider takes: name the secret"
        )
    source = entry.at("sourceRef")
    generator = source.at("generatorRef")
    if generator.present:
        check_generator_ref(generator)
        generator.never_works("is not taken in data, which reads from a store: use dataFrom")
        # Beside it no store is read from either, not even that of the whole object.
        return
    check_entry_store(spec, source)
