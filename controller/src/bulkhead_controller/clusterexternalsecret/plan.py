"""What is known of a ClusterExternalSecret, and what can be done about it: between gather, decide and apply."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import msgspec

from bulkhead_api.cluster_external_secret import ClusterExternalSecret, FailedNamespace
from bulkhead_api.external_secret import ExternalSecret
from bulkhead_api.meta import ObjectMeta
from bulkhead_api.namespace import Namespace
from bulkhead_runtime.kube.events import ObjectKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Everything that is known of a ClusterExternalSecret, all from copies."""

    owner: ClusterExternalSecret
    namespaces: Sequence[Namespace]
    """All of the cluster."""
    owned: Mapping[ObjectKey, ExternalSecret]
    """The ExternalSecrets that it controls, whatever their name and wherever they are."""
    named: Mapping[str, ExternalSecret]
    """The ExternalSecrets that have the children's name, by namespace, whoever controls them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """An ExternalSecret as it is to be stored."""

    metadata: ObjectMeta
    """With a resourceVersion if it exists, so that a change of somebody else in between is not lost."""
    spec: msgspec.Raw


@dataclass(frozen=True, slots=True)
class Create:
    """Store a child that does not exist."""

    child: Child


@dataclass(frozen=True, slots=True)
class Replace:
    """Store a child that differs from what it should be."""

    child: Child


@dataclass(frozen=True, slots=True)
class Delete:
    """Delete a child, if it is still the one that was seen."""

    key: ObjectKey
    uid: str


Write = Create | Replace | Delete


@dataclass(frozen=True, slots=True)
class Ignore:
    """It is being deleted and nothing of ours holds it: the garbage collector deletes the children."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remove:
    """It is being deleted and waits for us: delete the children, then set the finalizers."""

    deletes: Sequence[Delete]
    finalizers: Sequence[str]
    """Those that stay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Converge:
    """Bring all children to what they should be."""

    renamed: Sequence[Delete]
    """Children under an earlier name; nothing else is done before they are gone."""
    writes: Sequence[Write]
    """One for each child that is not as it should be, sorted by namespace."""
    targets: Sequence[str]
    """The namespaces that are to have a child, sorted; those of `failed` are not among them."""
    failed: Sequence[FailedNamespace]
    """Where no child can be, known before anything is written; sorted."""
    again_after: timedelta


Plan = Ignore | Remove | Converge
