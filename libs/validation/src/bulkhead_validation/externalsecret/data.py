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
    keys = [each.at("secretKey") for each in entries]
    _check_duplicates(keys, is_refused=spec.at("target", "deletionPolicy").text("Retain") == "Retain")
    if facts.writes_fetched_keys:
        _check_keys(keys, facts)
    for entry in entries:
        _check_entry(spec, entry)


def _check_duplicates(keys: list[Node], *, is_refused: bool) -> None:
    first: dict[str, int] = {}
    for index, node in enumerate(keys):
        earlier = first.setdefault(node.text(), index)
        if earlier == index or not node.text():
            continue
        if is_refused:
            node.refused_by_eso(f"is that of data[{earlier}] as well: with deletionPolicy Retain each may stand once")
        else:
            node.doubtful(f"is that of data[{earlier}] as well: the last one counts; leave one of them out")


def _check_keys(keys: list[Node], facts: TargetFacts) -> None:
    try:
        # All at once, as an object may have ten thousands of them and hardly ever a wrong one.
        check_secret_keys(node.text() for node in keys)
    except KeyValueError:
        for node in keys:
            check_key(node.used(is_used=facts.is_written), node.text())


def _check_entry(spec: Node, entry: Node) -> None:
    ref = entry.at("remoteRef")
    if not ref.at("key").text():
        ref.doubtful("key is empty, which hardly any provider takes: name the secret")
    source = entry.at("sourceRef")
    if not source.present:
        check_entry_store(spec, source)
        return
    generator = source.at("generatorRef")
    if generator.present:
        check_generator_ref(generator)
        generator.doubtful("has no effect in data, which reads from a store: use dataFrom")
    check_entry_store(spec, source)
