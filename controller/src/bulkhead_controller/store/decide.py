"""What is to be said about a store. Pure. Source: ESO, secretstore/common.go, reconcile and validateStore."""

from datetime import datetime, timedelta
from typing import Final

from bulkhead_api.errors import DeadlineError, InvalidStoreError, ProviderError, UnavailableError
from bulkhead_api.meta import ObjectMeta
from bulkhead_api.provider import Maintenance, ValidationResult
from bulkhead_api.secret_store import SecretStoreStatus
from bulkhead_controller.backends import Validation
from bulkhead_controller.store.plan import Ignore, MaintenanceWarning, Plan, Seen, Validate, Verdict
from bulkhead_controller.store.status import Message, Reason, is_ready

IGNORE_MAINTENANCE: Final = "external-secrets.io/ignore-maintenance-checks"
"""Annotation of a store whose users know that nobody looks after its provider; its presence alone counts."""
PATIENCE: Final = timedelta(seconds=30)
"""How long a usable store's backend may be out of reach before the store counts as broken: the restart of a node."""


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
            doubtful=isinstance(answer, UnavailableError | DeadlineError),
        )
    match answer.result:
        case ValidationResult.READY:
            return Verdict(
                ready=True,
                reason=Reason.VALID,
                message=Message.VALID,
                capabilities=answer.capability.value,
                warnings=answer.warnings,
                maintenance=answer.maintenance,
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


def decide_patience(verdict: Verdict, old: SecretStoreStatus, *, doubted_since: datetime, now: datetime) -> bool:
    """Say whether to keep quiet about a verdict for now, so that a store does not flap while something restarts.

    Args:
        verdict: the one in question.
        old: what is stored of the store.
        doubted_since: when the first of an unbroken row of doubtful verdicts came, UTC.
        now: UTC.
    """
    return verdict.doubtful and is_ready(old) and now - doubted_since < PATIENCE


def maintenance_warning(metadata: ObjectMeta, maintenance: Maintenance) -> MaintenanceWarning | None:
    """Give the event about a provider that nobody looks after; None if there is nothing to say.

    Source: ESO, secretstore/common.go, reconcile, which says it on every pass.
    """
    if IGNORE_MAINTENANCE in metadata.annotations:
        return None
    match maintenance:
        case Maintenance.MAINTAINED:
            return None
        case Maintenance.NOT_MAINTAINED:
            return MaintenanceWarning.UNMAINTAINED
        case Maintenance.DEPRECATED:
            return MaintenanceWarning.DEPRECATED


def _invalid(problem: str) -> Verdict:
    return Verdict(ready=False, reason=Reason.INVALID, message=f"{Message.NO_CLIENT}: {problem}")
