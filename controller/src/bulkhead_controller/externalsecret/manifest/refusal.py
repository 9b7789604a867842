"""What a refused call about a target of another kind than Secret means. The API server's words are never repeated."""

from typing import Final

from bulkhead_controller.externalsecret.plan import Fail
from bulkhead_controller.externalsecret.refusal import IMMUTABLE, TERMINATING, outcome_of_refusal
from bulkhead_controller.externalsecret.status import Message
from bulkhead_controller.objects import Resource
from bulkhead_controller.patches import Postpone
from bulkhead_runtime.kube.errors import ApiError, ForbiddenError, InvalidError, RequestTooLargeError

_CHART_VALUE: Final = "genericTargets.resources"
_POLICY: Final = "bulkhead:"


def outcome_of_object_refusal(error: ApiError, failure: Message, resource: Resource) -> Postpone | Fail:
    """Say what a refusal means for the ExternalSecret.

    Args:
        error: what the API server answered.
        failure: what was tried, as the condition's message begins.
        resource: what it was tried on.
    """
    kind = resource.kind.kind
    match error:
        case ForbiddenError() if not error.mentions(TERMINATING):
            return Fail(
                f"{failure}: the controller's ServiceAccount may not get, create, update and delete {resource} (HTTP "
                f"403); they have to be listed in the chart value {_CHART_VALUE}",
                doubtful=True,
            )
        case RequestTooLargeError():
            return Fail(f"{failure}: the {kind} would be larger than the API server takes")
        case InvalidError() if error.mentions(IMMUTABLE):
            return Fail(f"{failure}, target is immutable")
        # An admission policy of the chart, which is told as for Secrets.
        case InvalidError() if error.mentions(_POLICY):
            return outcome_of_refusal(error, failure)
        case InvalidError():
            return Fail(f"{failure}: the API server finds the {kind} invalid (HTTP 422)")
        case _:
            return outcome_of_refusal(error, failure)
