"""PushSecret and ClusterPushSecret, external-secrets.io/v1alpha1, as far as they are answered.

Nothing is pushed yet, so only what an answer needs is read: which stores are meant, and what was said before.
"""

import msgspec

from bulkhead_api.external_secret import StoreKind
from bulkhead_api.meta import Condition, ObjectMeta

PUSH_API_VERSION = "external-secrets.io/v1alpha1"
PUSH_SECRET_PLURAL = "pushsecrets"
CLUSTER_PUSH_SECRET_PLURAL = "clusterpushsecrets"


class PushStoreRef(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Names a store to push to, or selects some by their labels. Source: PushSecret.spec.secretStoreRefs[]."""

    name: str = ""
    """Empty if stores are selected."""
    kind: StoreKind = StoreKind.SECRET_STORE


class PushSpec(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What is read of either kind's spec."""

    secret_store_refs: list[PushStoreRef] = []
    """Empty for a ClusterPushSecret, whose children name the stores."""


class PushStatus(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What is read of either kind's status."""

    conditions: list[Condition] = []


class PushSecret(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An object of either kind; a ClusterPushSecret has no namespace."""

    metadata: ObjectMeta
    spec: PushSpec = PushSpec()
    status: PushStatus = PushStatus()
