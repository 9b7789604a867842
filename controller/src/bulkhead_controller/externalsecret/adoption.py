"""Whether a target that exists and that nobody manages may be taken over. Pure."""

from typing import Final

from bulkhead_api.external_secret import CreationPolicy, ExternalSecret
from bulkhead_controller.brakes.limits import Brake
from bulkhead_controller.externalsecret.plan import Fail
from bulkhead_controller.externalsecret.status import Message
from bulkhead_target.target import ADOPT

# A policy that keeps what is there takes nothing over.
_REPLACES: Final = (CreationPolicy.OWNER, CreationPolicy.ORPHAN)


def refusal_of_adoption(external_secret: ExternalSecret, *, is_known: bool, failure: Message) -> Fail | None:
    """Say why the target is left alone where the adoption guard is on; None means that it may be written.

    Args:
        external_secret: whose target it is.
        is_known: whether some ExternalSecret manages the target already.
        failure: how the message begins.
    """
    target, annotations = external_secret.spec.target, external_secret.metadata.annotations
    if is_known or target.creation_policy not in _REPLACES or annotations.get(ADOPT) == "true":
        return None
    return Fail(
        f"{failure}: target exists and is not managed by an ExternalSecret; delete it, or "
        f'annotate this ExternalSecret {ADOPT}="true" to have it overwritten',
        brake=Brake.ADOPTION_GUARD,
    )
