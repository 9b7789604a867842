"""From the provider's answers to what becomes of the target. Pure."""

from collections.abc import Iterable, Mapping, Sequence

from bulkhead_api.errors import ProviderError, SecretNotFoundError
from bulkhead_api.external_secret import CreationPolicy, DataFromItem, DataItem, DeletionPolicy, ExternalSecret
from bulkhead_api.secret_value import SecretValue
from bulkhead_controller.backends import Fields, Outcome, Value
from bulkhead_controller.externalsecret.plan import (
    DeleteTarget,
    Fail,
    KeepTarget,
    LeaveTarget,
    Refuse,
    TargetPlan,
    WriteTarget,
)
from bulkhead_controller.externalsecret.rewrite import Asking, rewrite
from bulkhead_controller.externalsecret.sources import Source
from bulkhead_controller.externalsecret.status import Message
from bulkhead_target.keys import (
    KeyValueError,
    convert_keys,
    entries_from_fields,
    value_from_data,
)
from bulkhead_target.manifest import manifest_of

_MAX_CAUSES = 3


def decide_target(
    external_secret: ExternalSecret, sources: Sequence[Source], outcomes: Sequence[Outcome]
) -> Asking[TargetPlan]:
    """Say what becomes of the target; `outcomes` answers the sources of the plan, in their order.

    Asks for the names that transforms of keys give. A `KeyValueError` thrown into it says that one gave none.
    """
    target = external_secret.spec.target
    failure = _failure_of_outcomes(outcomes, deletion_policy=target.deletion_policy)
    if failure is not None:
        return failure
    try:
        data = yield from _data_from_outcomes(sources, outcomes)
    except KeyValueError as error:
        return Fail(f"{Message.GET_FAILED}: {error}")
    if not data and target.deletion_policy is not DeletionPolicy.MERGE:
        return _decide_empty(external_secret)
    if target.creation_policy is CreationPolicy.NONE:
        return LeaveTarget()
    return WriteTarget(data)


def missing_entries(sources: Sequence[Source], outcomes: Sequence[Outcome]) -> tuple[str, ...]:
    """Name the entries whose secrets the provider does not have."""
    return tuple(
        source.where
        for source, outcome in zip(sources, outcomes, strict=True)
        if isinstance(outcome, SecretNotFoundError)
    )


def failure_from_errors(errors: Sequence[ProviderError]) -> Fail:
    """Give one failure that names the first few causes; the longest of the waits that were asked for counts."""
    causes = sorted({error.message for error in errors})
    shown = [*causes[:_MAX_CAUSES], *(["and others"] if len(causes) > _MAX_CAUSES else [])]
    waits = [error.retry_after_s for error in errors if error.retry_after_s is not None]
    return Fail(f"{Message.GET_FAILED}: {'; '.join(shown)}", retry_after_s=max(waits, default=None))


def _decide_empty(external_secret: ExternalSecret) -> DeleteTarget | KeepTarget | Refuse:
    target = external_secret.spec.target
    if target.deletion_policy is DeletionPolicy.RETAIN:
        return KeepTarget()
    if target.creation_policy is CreationPolicy.OWNER:
        return DeleteTarget()
    failure = Message.DELETE_FAILED if manifest_of(target) is None else Message.DELETE_TARGET_FAILED
    return Refuse(f"{failure}: deletionPolicy Delete needs creationPolicy Owner, not {target.creation_policy.value}")


def _failure_of_outcomes(outcomes: Iterable[Outcome], *, deletion_policy: DeletionPolicy) -> Fail | None:
    errors = [
        outcome
        for outcome in outcomes
        if isinstance(outcome, ProviderError) and not _is_skipped(outcome, deletion_policy)
    ]
    return failure_from_errors(errors) if errors else None


def _is_skipped(outcome: Outcome, deletion_policy: DeletionPolicy) -> bool:
    return isinstance(outcome, SecretNotFoundError) and deletion_policy is not DeletionPolicy.RETAIN


def _data_from_outcomes(sources: Sequence[Source], outcomes: Sequence[Outcome]) -> Asking[dict[str, SecretValue]]:
    data: dict[str, SecretValue] = {}
    for source, outcome in zip(sources, outcomes, strict=True):
        if isinstance(outcome, ProviderError):
            continue
        try:
            data.update((yield from _entries(source.item, outcome)))
        except KeyValueError as error:
            raise KeyValueError(f"{source.where}: {error}") from None
    return data


def _entries(item: DataItem | DataFromItem, outcome: Value | Fields) -> Asking[Mapping[str, SecretValue]]:
    match item, outcome:
        case DataItem(secret_key=key, remote_ref=ref), Value(value):
            return {key: value_from_data(value, ref)}
        case DataFromItem(), Fields(fields):
            return (yield from _entries_of_fields(item, fields))
        case DataItem(), _:
            raise KeyValueError("the provider server answered with fields instead of a value")
        case _:
            raise KeyValueError("the provider server answered with a value instead of fields")


def _entries_of_fields(item: DataFromItem, fields: Mapping[str, SecretValue]) -> Asking[Mapping[str, SecretValue]]:
    wanted = item.find or item.extract
    if wanted is None:
        return {}
    # Whoever rewrites names says what they become; nothing is converted behind their back. Source: ESO.
    if item.rewrite:
        renamed = yield from rewrite(fields, item.rewrite)
    else:
        renamed = convert_keys(fields, wanted.conversion_strategy)
    return entries_from_fields(renamed, wanted)
