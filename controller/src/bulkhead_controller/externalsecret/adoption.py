"""Whether a target that exists and that nobody manages may be taken over. Pure."""

from typing import Final

from bulkhead_api.external_secret import CreationPolicy, ExternalSecret
from bulkhead_api.meta import ObjectMeta
from bulkhead_api.owners import controller_of
from bulkhead_controller.brakes.limits import Brake
from bulkhead_controller.externalsecret.plan import Fail
from bulkhead_controller.externalsecret.status import Message
from bulkhead_controller.externalsecret.update import is_managed
from bulkhead_target.target import ADOPT

# A policy that keeps what is there takes nothing over.
_REPLACES: Final = (CreationPolicy.OWNER, CreationPolicy.ORPHAN)


def refusal_of_adoption(external_secret: ExternalSecret, live: ObjectMeta, *, failure: Message) -> Fail | None:
    """Say why the target is left alone where the adoption guard is on; None means that it may be written.

    Args:
        external_secret: whose target it is.
        live: metadata of the target.
        failure: how the message begins.
    """
    target, annotations = external_secret.spec.target, external_secret.metadata.annotations
    if _is_known(external_secret, live) or target.creation_policy not in _REPLACES or annotations.get(ADOPT) == "true":
        return None
    return Fail(
        f"{failure}: target exists and is not managed by an ExternalSecret; delete it, or "
        f'annotate this ExternalSecret {ADOPT}="true" to have it overwritten',
        brake=Brake.ADOPTION_GUARD,
    )


def _is_known(external_secret: ExternalSecret, live: ObjectMeta) -> bool:
    # One that lost its label is still ours if we own it.
    owner = controller_of(live)
    return is_managed(live) or (owner is not None and owner.uid == external_secret.metadata.uid)
