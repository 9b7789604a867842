"""Messages of the protocol and the values of `provider.py`, from one into the other, with every rule of a request.

Beside `servicer.py` the only module that knows protobuf. Messages are never formatted or logged: in Python their text
shows fields marked debug_redact.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from bulkhead.provider.v1 import provider_service_pb2 as pb
from bulkhead.provider.v1 import store_pb2
from bulkhead_api.errors import InternalError, InvalidRequestError, ProviderError
from bulkhead_api.external_secret import MetadataPolicy, StoreKind
from bulkhead_api.provider import Maintenance, Retry, Shape, StoreCapability, ValidationResult
from bulkhead_provider_sdk.provider import (
    Call,
    Capability,
    Consumer,
    Fields,
    Found,
    NotModified,
    Outcome,
    ProviderInfo,
    Query,
    Ref,
    Store,
    StoreRef,
    Validation,
    Value,
)
from bulkhead_runtime.limits import (
    MAX_BATCH_REFS,
    MAX_MESSAGE_BYTES,
    MAX_REQUEST_ID_BYTES,
    MAX_TEXT_BYTES,
    PROTOCOL_VERSION,
)
from bulkhead_runtime.rpc_status import error_info_from

# The length prefix and the tag of an item in a repeated field, and room for the response's other fields.
_ITEM_OVERHEAD_BYTES: Final = 8
# An error's message at its limit, with its other fields.
_MAX_ERROR_BYTES: Final = 1200

_KINDS: Final[Mapping[int, StoreKind]] = {
    store_pb2.STORE_KIND_SECRET_STORE: StoreKind.SECRET_STORE,
    store_pb2.STORE_KIND_CLUSTER_SECRET_STORE: StoreKind.CLUSTER_SECRET_STORE,
}
_SHAPES: Final[Mapping[int, Shape]] = {pb.SHAPE_VALUE: Shape.VALUE, pb.SHAPE_MAP: Shape.MAP}
_METADATA_POLICIES: Final[Mapping[int, MetadataPolicy]] = {
    pb.METADATA_POLICY_UNSPECIFIED: MetadataPolicy.NONE,
    pb.METADATA_POLICY_NONE: MetadataPolicy.NONE,
    pb.METADATA_POLICY_FETCH: MetadataPolicy.FETCH,
}
_CAPABILITIES: Final[Mapping[Capability, pb.Capability.ValueType]] = {
    Capability.READ: pb.CAPABILITY_READ,
    Capability.MAP: pb.CAPABILITY_MAP,
    Capability.FIND_BY_NAME: pb.CAPABILITY_FIND_BY_NAME,
    Capability.FIND_BY_TAG: pb.CAPABILITY_FIND_BY_TAG,
    Capability.NOT_MODIFIED: pb.CAPABILITY_NOT_MODIFIED,
}
_MAINTENANCE: Final[Mapping[Maintenance, pb.Maintenance.ValueType]] = {
    Maintenance.MAINTAINED: pb.MAINTENANCE_MAINTAINED,
    Maintenance.NOT_MAINTAINED: pb.MAINTENANCE_NOT_MAINTAINED,
    Maintenance.DEPRECATED: pb.MAINTENANCE_DEPRECATED,
}
_RESULTS: Final[Mapping[ValidationResult, pb.ValidationResult.ValueType]] = {
    ValidationResult.READY: pb.VALIDATION_RESULT_READY,
    ValidationResult.UNKNOWN: pb.VALIDATION_RESULT_UNKNOWN,
}
_STORE_CAPABILITIES: Final[Mapping[StoreCapability, pb.StoreCapability.ValueType]] = {
    StoreCapability.READ_ONLY: pb.STORE_CAPABILITY_READ_ONLY,
    StoreCapability.WRITE_ONLY: pb.STORE_CAPABILITY_WRITE_ONLY,
    StoreCapability.READ_WRITE: pb.STORE_CAPABILITY_READ_WRITE,
}


def call_from(context: store_pb2.RequestContext) -> Call:
    """Read what every request carries.

    Raises:
        InvalidRequestError: a required field is missing, a text is too long, or the consumer is not one whom the store
            can serve.
    """
    ref, consumer = context.store.ref, context.consumer
    call = Call(
        request_id=_required("request_id", context.request_id, MAX_REQUEST_ID_BYTES),
        store=Store(
            ref=_store_ref_from(ref),
            provider=_required("store.provider", context.store.provider),
            spec_json=context.store.spec_json,
            retry=_retry_from(context.store.retry_settings) if context.store.HasField("retry_settings") else None,
        ),
        consumer=Consumer(
            kind=_required("consumer.kind", consumer.kind),
            namespace=_limited("consumer.namespace", consumer.namespace),
            name=_required("consumer.name", consumer.name),
            uid=_required("consumer.uid", consumer.uid),
        ),
    )
    if not call.store.spec_json:
        raise _invalid("store.spec_json: is required")
    _check_consumer(call)
    return call


def refs_from(request: pb.BatchGetRequest) -> tuple[Ref, ...]:
    """Read the references.

    Raises:
        InvalidRequestError: there are none or too many, or one of them breaks a rule.
    """
    if not 1 <= len(request.refs) <= MAX_BATCH_REFS:
        raise _invalid(f"refs: there are {len(request.refs)}, and 1 to {MAX_BATCH_REFS} are allowed")
    return tuple(_ref_from(f"refs[{index}]", ref) for index, ref in enumerate(request.refs))


def query_from(request: pb.FindRequest) -> Query:
    """Read what to find.

    Raises:
        InvalidRequestError: a text is too long.
    """
    return Query(
        path=_limited("path", request.path),
        name_regexp=_limited("name_regexp", request.name_regexp),
        tags={_required("tags", key): _limited("tags", value) for key, value in request.tags.items()},
    )


def echo_from(context: store_pb2.RequestContext) -> store_pb2.ResponseContext:
    """Make what every response repeats."""
    return store_pb2.ResponseContext(request_id=context.request_id, store=context.store.ref)


def info_response_from(info: ProviderInfo) -> pb.GetInfoResponse:
    """Say what this server is."""
    return pb.GetInfoResponse(
        min_protocol_version=PROTOCOL_VERSION,
        max_protocol_version=PROTOCOL_VERSION,
        provider_version=info.version,
        store_providers=sorted(info.store_providers),
        capabilities=sorted(_CAPABILITIES[each] for each in info.capabilities),
        max_batch_refs=MAX_BATCH_REFS,
        max_message_bytes=MAX_MESSAGE_BYTES,
        maintenance=_MAINTENANCE[info.maintenance],
    )


def validation_response_from(validation: Validation, echo: store_pb2.ResponseContext) -> pb.ValidateStoreResponse:
    """Say that a store can work."""
    return pb.ValidateStoreResponse(
        context=echo,
        result=_RESULTS[validation.result],
        store_capability=_STORE_CAPABILITIES[validation.capability],
        warnings=validation.warnings,
    )


def result_from(where: str, ref: Ref, outcome: Outcome) -> pb.BatchGetResult:
    """Make one item's result; an outcome that was not asked for is a defect and becomes the item's error.

    Args:
        where: names store and key.
        ref: what was asked for.
        outcome: what came of it.
    """
    match outcome:
        case ProviderError():
            return pb.BatchGetResult(error=error_info_from(outcome))
        case Value() if ref.shape is Shape.VALUE:
            return pb.BatchGetResult(value=pb.SecretValue(data=outcome.data.reveal()), version=outcome.version)
        case Fields() if ref.shape is Shape.MAP:
            fields = [pb.SecretField(name=name, data=data.reveal()) for name, data in sorted(outcome.fields.items())]
            return pb.BatchGetResult(fields=pb.SecretFields(fields=fields), version=outcome.version)
        case NotModified() if ref.known_version:
            return pb.BatchGetResult(not_modified=pb.NotModified(), version=ref.known_version)
        case _:
            defect = InternalError(f"{where}: the provider answered {type(outcome).__name__} to a {ref.shape}")
            return pb.BatchGetResult(error=error_info_from(defect))


class ResponseBudget:
    """Says which results still fit into one BatchGetResponse.

    Room for an error is kept free for every item to come, so that each of them gets an answer whatever the sizes are.
    """

    def __init__(self, echo: store_pb2.ResponseContext, items: int) -> None:
        """Start a response with this context and so many items."""
        item_bytes = _MAX_ERROR_BYTES + _ITEM_OVERHEAD_BYTES
        self._free = MAX_MESSAGE_BYTES - echo.ByteSize() - _ITEM_OVERHEAD_BYTES - items * item_bytes

    def takes(self, result: pb.BatchGetResult) -> bool:
        """Say whether the result fits, and if so count it in. An error always fits."""
        extra = max(0, result.ByteSize() - _MAX_ERROR_BYTES)
        if extra > self._free:
            return False
        self._free -= extra
        return True


def found_from(found: Found) -> pb.FoundSecret:
    """Make one secret of a Find's stream."""
    return pb.FoundSecret(name=found.name, data=found.data.reveal())


def _store_ref_from(ref: store_pb2.StoreRef) -> StoreRef:
    kind = _KINDS.get(ref.kind)
    if kind is None:
        raise _invalid("store.ref.kind: is required")
    namespace = _limited("store.ref.namespace", ref.namespace)
    if bool(namespace) is not (kind is StoreKind.SECRET_STORE):
        raise _invalid("store.ref.namespace: a SecretStore has one and a ClusterSecretStore has none")
    if ref.generation < 1:
        raise _invalid("store.ref.generation: is required")
    return StoreRef(
        kind=kind,
        namespace=namespace,
        name=_required("store.ref.name", ref.name),
        uid=_required("store.ref.uid", ref.uid),
        generation=ref.generation,
    )


def _retry_from(settings: store_pb2.RetrySettings) -> Retry:
    try:
        interval = settings.retry_interval.ToTimedelta() if settings.HasField("retry_interval") else None
    except OverflowError:
        raise _invalid("store.retry_settings.retry_interval: is too long") from None
    if interval is not None and interval < timedelta(0):
        raise _invalid("store.retry_settings.retry_interval: must not be negative")
    return Retry(max_retries=settings.max_retries if settings.HasField("max_retries") else None, interval=interval)


def _check_consumer(call: Call) -> None:
    ref, consumer = call.store.ref, call.consumer
    validates_cluster_store = ref.kind is StoreKind.CLUSTER_SECRET_STORE and consumer.kind == ref.kind
    if not consumer.namespace and not validates_cluster_store:
        raise _invalid("consumer.namespace: is required")
    # Source: ESO's scoping, by which a SecretStore serves its own namespace only. The policy's rules on namespaces
    # rest on it.
    if ref.kind is StoreKind.SECRET_STORE and consumer.namespace != ref.namespace:
        raise _invalid("consumer.namespace: a SecretStore serves its own namespace only")


def _ref_from(where: str, ref: pb.Ref) -> Ref:
    shape, metadata_policy = _SHAPES.get(ref.shape), _METADATA_POLICIES.get(ref.metadata_policy)
    if shape is None:
        raise _invalid(f"{where}.shape: is required")
    if metadata_policy is None:
        raise _invalid(f"{where}.metadata_policy: is not known here")
    return Ref(
        key=_required(f"{where}.key", ref.key),
        property=_limited(f"{where}.property", ref.property),
        version=_limited(f"{where}.version", ref.version),
        metadata_policy=metadata_policy,
        shape=shape,
        known_version=_limited(f"{where}.known_version", ref.known_version),
    )


def _required(field: str, text: str, max_bytes: int = MAX_TEXT_BYTES) -> str:
    if not text:
        raise _invalid(f"{field}: is required")
    return _limited(field, text, max_bytes)


def _limited(field: str, text: str, max_bytes: int = MAX_TEXT_BYTES) -> str:
    if len(text.encode()) > max_bytes:
        raise _invalid(f"{field}: is longer than {max_bytes} bytes")
    return text


def _invalid(why: str) -> InvalidRequestError:
    return InvalidRequestError(f"request: {why}")
