"""What is wrong with a template before anything is rendered. Pure.

Source: ESO, ValidateSecretTemplate and validateTemplateFromTargets.
"""

from typing import Final

from bulkhead_api.external_secret import Target
from bulkhead_target.keys import quoted
from bulkhead_target.manifest import manifest_of
from bulkhead_target.template.places import place_from
from bulkhead_target.template.steps import TEMPLATE

SERVICE_ACCOUNT_TOKEN: Final = "kubernetes.io/service-account-token"
BOOTSTRAP_TOKEN: Final = "bootstrap.kubernetes.io/token"
DENIED_TYPES: Final = (SERVICE_ACCOUNT_TOKEN, BOOTSTRAP_TOKEN)
"""Types of Secrets that are credentials of the cluster itself; whoever could make one could take more rights."""


def problem_of_template(target: Target) -> str | None:
    """Say why the target's template can never be used, with its place; None means that nothing is known."""
    template = target.template
    if template is None:
        return None
    if template.type in DENIED_TYPES:
        return f"{TEMPLATE}.type: Secrets of type {template.type} are credentials of the cluster and are never written"
    is_secret = manifest_of(target) is None
    for index, entry in enumerate(template.template_from):
        try:
            place_from(entry.target, is_secret=is_secret)
        except ValueError as error:
            return f"{TEMPLATE}.templateFrom[{index}].target: {error}"
    for name in sorted(template.metadata.finalizers):
        if "/" not in name:
            return f"{TEMPLATE}.metadata.finalizers: {quoted(name)} has no domain, as in example.com/name"
    return None
