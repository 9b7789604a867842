"""Between the wire's messages and the controller's own types. Protobuf stays in this module and in `client.py`."""

from typing import Final

from bulkhead.provider.v1 import provider_service_pb2 as pb
from bulkhead.provider.v1 import store_pb2
from bulkhead_api.errors import InternalError
from bulkhead_api.external_secret import MetadataPolicy, StoreKind
from bulkhead_api.provider import Maintenance, Retry, Shape, StoreCapability, ValidationResult
from bulkhead_api.secret_value import SecretValue
from bulkhead_controller.backends import BoundStore, Consumer, Fields, Outcome, Query, Ref, Validation, Value
from bulkhead_runtime.rpc_status import provider_error_from

_KINDS: Final = {
    StoreKind.SECRET_STORE: store_pb2.STORE_KIND_SECRET_STORE,
    StoreKind.CLUSTER_SECRET_STORE: store_pb2.STORE_KIND_CLUSTER_SECRET_STORE,
}
_SHAPES: Final = {Shape.VALUE: pb.SHAPE_VALUE, Shape.MAP: pb.SHAPE_MAP}
_METADATA: Final = {
    MetadataPolicy.NONE: pb.METADATA_POLICY_NONE,
    MetadataPolicy.FETCH: pb.METADATA_POLICY_FETCH,
}
_RESULTS: Final = {
    pb.VALIDATION_RESULT_READY: ValidationResult.READY,
    pb.VALIDATION_RESULT_UNKNOWN: ValidationResult.UNKNOWN,
}
_CAPABILITIES: Final = {
    pb.STORE_CAPABILITY_READ_ONLY: StoreCapability.READ_ONLY,
    pb.STORE_CAPABILITY_WRITE_ONLY: StoreCapability.WRITE_ONLY,
    pb.STORE_CAPABILITY_READ_WRITE: StoreCapability.READ_WRITE,
}


def context_from(store: BoundStore, consumer: Consumer, request_id: str) -> store_pb2.RequestContext:
    """Say for whom, with which store and under which id a call is made."""
    return store_pb2.RequestContext(
        request_id=request_id,
        store=store_pb2.Store(
            ref=store_pb2.StoreRef(
                kind=_KINDS[store.kind],
                namespace=store.namespace,
                name=store.name,
                uid=store.uid,
                generation=store.generation,
            ),
            provider=store.provider,
            spec_json=store.spec_json,
            retry_settings=None if store.retry is None else _settings_from(store.retry),
        ),
        consumer=store_pb2.Consumer(
            kind=consumer.kind, namespace=consumer.namespace, name=consumer.name, uid=consumer.uid
        ),
    )


def message_from_ref(ref: Ref) -> pb.Ref:
    """Put one reference on the wire."""
    return pb.Ref(
        key=ref.key,
        property=ref.property,
        version=ref.version,
        metadata_policy=_METADATA[ref.metadata_policy],
        shape=_SHAPES[ref.shape],
    )


def find_request_from(context: store_pb2.RequestContext, query: Query) -> pb.FindRequest:
    """Put a query on the wire."""
    return pb.FindRequest(context=context, path=query.path, name_regexp=query.name_regexp, tags=query.tags)


def check_echo(asked: store_pb2.RequestContext, answered: store_pb2.ResponseContext, *, server: str) -> None:
    """Refuse a reply that is not to this request: secrets of one tenant must never reach another.

    Raises:
        InternalError: names both stores.
    """
    if answered.request_id == asked.request_id and answered.store == asked.store.ref:
        return
    raise InternalError(
        f'provider server "{server}": was asked for {store_name(asked.store.ref)} and answered for '
        f"{store_name(answered.store)} or for another request: the whole reply was dropped"
    )


def outcome_from(result: pb.BatchGetResult, ref: Ref, *, server: str) -> Outcome:
    """Read what became of one reference; an answer of another form than asked for is an error of its own."""
    match result.WhichOneof("outcome"):
        case "error":
            return provider_error_from(result.error)
        case "value" if ref.shape is Shape.VALUE:
            return Value(SecretValue(result.value.data))
        case "fields" if ref.shape is Shape.MAP:
            return Fields({field.name: SecretValue(field.data) for field in result.fields.fields})
        case _:
            return InternalError(
                f'provider server "{server}": key "{ref.key}": the answer is not of the form that was asked for'
            )


def validation_from(response: pb.ValidateStoreResponse, *, maintenance: Maintenance, server: str) -> Validation:
    """Read what validation found.

    Args:
        response: what the server says of the store.
        maintenance: what it said of itself.
        server: its name.

    Raises:
        InternalError: the server said nothing that the protocol knows.
    """
    result, capability = _RESULTS.get(response.result), _CAPABILITIES.get(response.store_capability)
    if result is None or capability is None:
        raise InternalError(f'provider server "{server}": its answer to ValidateStore is not of the protocol')
    return Validation(result=result, capability=capability, warnings=tuple(response.warnings), maintenance=maintenance)


def _settings_from(retry: Retry) -> store_pb2.RetrySettings:
    settings = store_pb2.RetrySettings(max_retries=retry.max_retries)
    if retry.interval is not None:
        settings.retry_interval.FromTimedelta(retry.interval)
    return settings


def store_name(ref: store_pb2.StoreRef) -> str:
    """Name a store as in `store "team-a/vault"`."""
    # What a wrong reply says is not to be trusted with line breaks or length.
    name = f"{ref.namespace}/{ref.name}" if ref.namespace else ref.name
    return f'store "{"".join(c if c.isprintable() else "?" for c in name)[:320]}"'
