"""spec.dataFrom of an ExternalSecret. Pure."""

from collections.abc import Sequence
from typing import Final

from bulkhead_validation.expressions import check_expression
from bulkhead_validation.externalsecret.stores import check_entry_store
from bulkhead_validation.generator_refs import check_generator_ref
from bulkhead_validation.node import Node
from bulkhead_validation.rewrites import check_name_rewrite

_READS: Final = ("extract", "find")


def check_data_from(spec: Node) -> None:
    """Note the faults of all entries."""
    for entry in spec.at("dataFrom").items():
        reads = entry.keys_present(_READS)
        _check_sources(entry, reads)
        if reads:
            check_entry_store(spec, entry.at("sourceRef"))
        if "find" in reads:
            _check_find(entry.at("find"))
        if "extract" in reads and not entry.at("extract", "key").text():
            entry.at("extract").doubtful("key is empty, which hardly any provider takes: name the secret")
        for step in entry.at("rewrite").items():
            check_name_rewrite(step)
            _check_merge(step.at("merge"))


def _check_sources(entry: Node, reads: Sequence[str]) -> None:
    source = entry.at("sourceRef")
    generator, store = source.at("generatorRef"), source.at("storeRef")
    named = [*reads, *(["sourceRef.generatorRef"] if generator.present else [])]
    if len(named) > 1:
        entry.refused_by_eso(f"has {' and '.join(named)}: make an entry of each")
    if not reads and not source.present:
        entry.refused_by_eso("has none of extract, find and sourceRef: say what to read")
    if source.present and not generator.present and not store.present:
        source.refused_by_eso("has neither storeRef nor generatorRef: name one of them")
    if generator.present:
        check_generator_ref(generator)
    elif store.present and not reads:
        entry.doubtful("has neither extract nor find, so nothing is read from the store")


def _check_find(find: Node) -> None:
    expression = find.at("name", "regexp")
    if not expression.present and not find.at("tags").fields():
        find.doubtful("has neither name nor tags: what it finds differs from provider to provider")
    check_expression(expression)


def _check_merge(merge: Node) -> None:
    if merge.at("strategy").text() == "JSON" and not merge.at("into").text():
        merge.never_works("strategy JSON needs into, the key for the result")
    priority = merge.at("priority")
    names = [name for name in priority.elements() if isinstance(name, str)]
    if len(set(names)) < len(names):
        priority.doubtful("names a key twice, which then conflicts with itself")
