"""Where the target of an ExternalSecret is. Pure."""

from bulkhead_api.external_secret import ExternalSecret
from bulkhead_runtime.kube.events import ObjectKey
from bulkhead_target.target import target_name


def target_key(external_secret: ExternalSecret) -> ObjectKey:
    """Name the target with its namespace, which is that of the ExternalSecret."""
    return ObjectKey(external_secret.metadata.namespace, target_name(external_secret))
