"""What is to be read for an ExternalSecret, entry by entry. Pure. Source: ESO, GetProviderSecretData."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bulkhead_api.external_secret import (
    DataFromItem,
    DataItem,
    ExternalSecretSpec,
    Find,
    RemoteRef,
    SecretStoreRef,
    SourceRef,
)
from bulkhead_api.provider import Shape
from bulkhead_controller.backends import Query, Ref


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One thing to read."""

    where: str
    """Path in the spec, for messages."""
    store: SecretStoreRef
    request: Ref | Query
    item: DataItem | DataFromItem
    """The entry that wants it."""


def sources_from_spec(spec: ExternalSecretSpec) -> Sequence[Source]:
    """List what is to be read: first for dataFrom, then for data, in the order of the spec.

    An entry that names nothing to read, such as a sourceRef alone, is not there. Source: ESO, webhook and reconciler.
    """
    return [*_of_data_from(spec), *_of_data(spec)]


def store_refs_from_spec(spec: ExternalSecretSpec) -> list[SecretStoreRef]:
    """Name each store that the spec mentions, once, whether anything is read from it or not."""
    own = [item.source_ref for item in spec.data_from] + [item.source_ref for item in spec.data]
    mentioned = [spec.secret_store_ref, *(source.store_ref for source in own if source is not None)]
    return list(dict.fromkeys(ref for ref in mentioned if ref is not None and ref.name))


def _of_data_from(spec: ExternalSecretSpec) -> Iterator[Source]:
    for index, item in enumerate(spec.data_from):
        where = f"spec.dataFrom[{index}]"
        store = _store(spec, item.source_ref)
        # A find goes before an extract in the same entry, as in ESO.
        if item.find is not None:
            yield Source(where=f"{where}.find", store=store, request=_query(item.find), item=item)
        elif item.extract is not None:
            yield Source(where=f"{where}.extract", store=store, request=_ref(item.extract, Shape.MAP), item=item)


def _of_data(spec: ExternalSecretSpec) -> Iterator[Source]:
    for index, item in enumerate(spec.data):
        request = _ref(item.remote_ref, Shape.VALUE)
        yield Source(where=f"spec.data[{index}]", store=_store(spec, item.source_ref), request=request, item=item)


def _store(spec: ExternalSecretSpec, source: SourceRef | None) -> SecretStoreRef:
    own = source.store_ref if source is not None else None
    return spec.secret_store_ref if own is None else own


def _ref(ref: RemoteRef, shape: Shape) -> Ref:
    return Ref(
        key=ref.key, property=ref.property, version=ref.version, metadata_policy=ref.metadata_policy, shape=shape
    )


def _query(find: Find) -> Query:
    return Query(path=find.path or "", name_regexp=find.name.regexp if find.name else "", tags=find.tags)
