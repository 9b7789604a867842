"""What a refused write of a Secret means, as a table.

The API server's own words are looked at and never repeated.
"""

from typing import Final

from bulkhead_controller.brakes.limits import Brake
from bulkhead_controller.externalsecret.plan import Fail
from bulkhead_controller.externalsecret.status import OWNED_BY_ANOTHER_MESSAGE, Message
from bulkhead_controller.patches import Postpone
from bulkhead_runtime.kube.errors import (
    ApiError,
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    RequestTooLargeError,
    ServerUnavailableError,
    TooManyRequestsError,
    UnauthorizedError,
)
from bulkhead_target.target import LABEL_MANAGED

# What the admission policies of the chart say, and what that means.
NOT_MANAGED: Final = "bulkhead:not-managed"
OWNED_BY_ANOTHER: Final = "bulkhead:owned-by-another"
# Source: Kubernetes, core validation ValidateSecretUpdate.
IMMUTABLE: Final = "field is immutable when"
# ESO's own texts, for writes of the target.
_ESO_MESSAGES: Final = {
    OWNED_BY_ANOTHER: OWNED_BY_ANOTHER_MESSAGE,
    IMMUTABLE: f"{Message.UPDATE_FAILED}, target is immutable",
}
_CAUSES: Final = {
    NOT_MANAGED: "target exists and is not managed by an ExternalSecret; delete it, or label it "
    f"{LABEL_MANAGED}=true to have it overwritten",
    "bulkhead:type-denied": "Secrets of this type are denied by an admission policy",
    "bulkhead:namespace-protected": "the namespace is protected by an admission policy",
    "bulkhead:delete-refused": "the Secret has finalizers; take them off",
    # Source: Kubernetes, core validation ValidateSecretUpdate and ValidateSecret. The more particular text comes first.
    IMMUTABLE: "the Secret is immutable",
    "field is immutable": "target exists with another type; delete it",
    "Too long": "the Secret would be larger than 1 MiB",
}
TERMINATING: Final = "because it is being terminated"


def outcome_of_refusal(error: ApiError, failure: Message) -> Postpone | Fail:
    """Say what a refusal means for the ExternalSecret.

    Args:
        error: what the API server answered.
        failure: what was tried, as the condition's message begins.
    """
    match error:
        # The namespace is gone, or somebody was faster: the next look at the copies tells.
        case NotFoundError() | ConflictError():
            return Postpone()
        case TooManyRequestsError() | ServerUnavailableError():
            return Postpone(error.retry_after_s)
        case ForbiddenError() if error.mentions(TERMINATING):
            return Postpone()
        # An API server that has just started answers so until it has read all roles and ServiceAccounts.
        case ForbiddenError():
            return Fail(f"{failure}: the controller's ServiceAccount is not allowed to (HTTP 403)", doubtful=True)
        case UnauthorizedError():
            return Fail(f"{failure}: the API server does not accept the controller's token (HTTP 401)", doubtful=True)
        case RequestTooLargeError():
            return Fail(f"{failure}: the Secret would be larger than 1 MiB")
        case InvalidError():
            return Fail(_message_of_invalid(error, failure), brake=_brake_of_invalid(error, failure))
        case _:
            return Fail(f"{failure}: the API server refused it (HTTP {error.status})")


def _brake_of_invalid(error: ApiError, failure: Message) -> Brake | None:
    # Where nothing may be read, the admission policy is the adoption guard.
    is_guarded = failure is Message.UPDATE_FAILED and error.mentions(NOT_MANAGED)
    return Brake.ADOPTION_GUARD if is_guarded else None


def _message_of_invalid(error: ApiError, failure: Message) -> str:
    if failure is Message.UPDATE_FAILED:
        for marker, message in _ESO_MESSAGES.items():
            if error.mentions(marker):
                return message
    for marker, cause in _CAUSES.items():
        if error.mentions(marker):
            return f"{failure}: {cause}"
    return f"{failure}: the API server finds the Secret invalid (HTTP 422)"
