"""What is to be said about a store. Pure. Source: ESO, secretstore/common.go, reconcile and validateStore."""

from datetime import timedelta

from bulkhead_api.errors import InvalidStoreError, ProviderError
from bulkhead_api.provider import ValidationResult
from bulkhead_controller.backends import Validation
from bulkhead_controller.store.plan import Ignore, Plan, Seen, Validate, Verdict
from bulkhead_controller.store.status import Message, Reason


def decide(seen: Seen) -> Plan:
    """Say what is to be done before the provider server is asked."""
    if not seen.is_ours or seen.store.metadata.deletion_timestamp is not None:
        return Ignore()
    if isinstance(seen.binding, str):
        return _invalid(seen.binding)
    if isinstance(seen.interval, str):
        return _invalid(seen.interval)
    return Validate(store=seen.binding, interval=seen.interval)


def decide_verdict(answer: Validation | ProviderError, *, interval: timedelta) -> Verdict:
    """Say what the provider server's answer means; `interval` is the time to the next validation of a usable store."""
    if isinstance(answer, ProviderError):
        begin = Message.NO_CLIENT if isinstance(answer, InvalidStoreError) else Message.NOT_VALIDATED
        return Verdict(
            ready=False,
            reason=Reason.INVALID,
            message=f"{begin}: {answer.message}",
            retries=True,
            retry_after_s=answer.retry_after_s,
        )
    match answer.result:
        case ValidationResult.READY:
            return Verdict(
                ready=True,
                reason=Reason.VALID,
                message=Message.VALID,
                capabilities=answer.capability.value,
                warnings=answer.warnings,
                again_after=interval,
            )
        case ValidationResult.UNKNOWN:
            return Verdict(
                ready=True,
                reason=Reason.UNKNOWN,
                message=Message.UNKNOWN,
                warnings=answer.warnings,
                again_after=interval,
            )


def _invalid(problem: str) -> Verdict:
    return Verdict(ready=False, reason=Reason.INVALID, message=f"{Message.NO_CLIENT}: {problem}")
