"""From the provider's answers to what becomes of the target. Pure."""

from collections.abc import Iterable, Sequence

from bulkhead_api.errors import ProviderError, SecretNotFoundError
from bulkhead_api.external_secret import DeletionPolicy, ExternalSecret, ExternalSecretSpec, RemoteRef
from bulkhead_api.provider import Shape
from bulkhead_api.secret_value import SecretValue
from bulkhead_controller.backends import Fields, Outcome, Ref, Value
from bulkhead_controller.externalsecret.keys import (
    KeyValueError,
    check_secret_keys,
    fields_from_extract,
    value_from_data,
)
from bulkhead_controller.externalsecret.plan import DeleteTarget, Fail, KeepTarget, TargetPlan, WriteTarget
from bulkhead_controller.externalsecret.status import Message
from bulkhead_controller.externalsecret.target import is_too_large

_MAX_CAUSES = 3


def refs_from_spec(spec: ExternalSecretSpec) -> list[Ref]:
    """List what is to be read: first for dataFrom, then for data, in the order of the spec."""
    return [
        *(_ref(item.extract, Shape.MAP) for item in spec.data_from if item.extract is not None),
        *(_ref(item.remote_ref, Shape.VALUE) for item in spec.data),
    ]


def _ref(ref: RemoteRef, shape: Shape) -> Ref:
    return Ref(
        key=ref.key, property=ref.property, version=ref.version, metadata_policy=ref.metadata_policy, shape=shape
    )


def decide_target(external_secret: ExternalSecret, outcomes: Sequence[Outcome]) -> TargetPlan:
    """Say what becomes of the target; `outcomes` answers the refs of the plan, in their order."""
    spec = external_secret.spec
    failure = _failure_of_outcomes(outcomes, deletion_policy=spec.target.deletion_policy)
    if failure is not None:
        return failure
    try:
        data = _data_from_outcomes(spec, outcomes)
        if not data:
            match spec.target.deletion_policy:
                case DeletionPolicy.DELETE:
                    return DeleteTarget()
                case DeletionPolicy.RETAIN:
                    return KeepTarget()
                case DeletionPolicy.MERGE:
                    pass
    except KeyValueError as error:
        return Fail(f"{Message.GET_FAILED}: {error}")
    try:
        check_secret_keys(data)
    except KeyValueError as error:
        return Fail(f"{Message.UPDATE_FAILED}: {error}")
    if is_too_large(data):
        return Fail(f"{Message.UPDATE_FAILED}: the Secret would be larger than 1 MiB")
    return WriteTarget(data)


def _failure_of_outcomes(outcomes: Iterable[Outcome], *, deletion_policy: DeletionPolicy) -> Fail | None:
    errors = [
        outcome
        for outcome in outcomes
        if isinstance(outcome, ProviderError) and not _is_skipped(outcome, deletion_policy)
    ]
    return failure_from_errors(errors) if errors else None


def failure_from_errors(errors: Sequence[ProviderError]) -> Fail:
    """Give one failure that names the first few causes; the longest of the waits that were asked for counts."""
    causes = sorted({error.message for error in errors})
    shown = [*causes[:_MAX_CAUSES], *(["and others"] if len(causes) > _MAX_CAUSES else [])]
    waits = [error.retry_after_s for error in errors if error.retry_after_s is not None]
    return Fail(f"{Message.GET_FAILED}: {'; '.join(shown)}", retry_after_s=max(waits, default=None))


def _is_skipped(outcome: Outcome, deletion_policy: DeletionPolicy) -> bool:
    return isinstance(outcome, SecretNotFoundError) and deletion_policy is not DeletionPolicy.RETAIN


def _data_from_outcomes(spec: ExternalSecretSpec, outcomes: Sequence[Outcome]) -> dict[str, SecretValue]:
    remaining = iter(outcomes)
    data: dict[str, SecretValue] = {}
    for index, item in enumerate(spec.data_from):
        if item.extract is not None:
            data.update(_entries_of_extract(item.extract, next(remaining), where=f"spec.dataFrom[{index}].extract"))
    for index, entry in enumerate(spec.data):
        value = _value_of_data(entry.remote_ref, next(remaining), where=f"spec.data[{index}]")
        if value is not None:
            data[entry.secret_key] = value
    return data


def _entries_of_extract(ref: RemoteRef, outcome: Outcome, *, where: str) -> dict[str, SecretValue]:
    match outcome:
        case Fields(fields):
            try:
                return fields_from_extract(fields, ref)
            except KeyValueError as error:
                raise KeyValueError(f"{where}: {error}") from None
        case Value():
            raise KeyValueError(f"{where}: the provider server answered with a value instead of fields")
        case ProviderError():
            return {}


def _value_of_data(ref: RemoteRef, outcome: Outcome, *, where: str) -> SecretValue | None:
    match outcome:
        case Value(data):
            try:
                return value_from_data(data, ref)
            except KeyValueError as error:
                raise KeyValueError(f"{where}: {error}") from None
        case Fields():
            raise KeyValueError(f"{where}: the provider server answered with fields instead of a value")
        case ProviderError():
            return None
