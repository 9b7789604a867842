"""What the controller's own decisions say of a spec before anything is read: a third one who judges.

Everything that is not the object's own fault is as good as can be: all stores are there and admit everybody, all rights
are given, all kinds of targets are allowed.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from bulkhead_api.cluster_external_secret import ClusterExternalSecret
from bulkhead_api.external_secret import ExternalSecret, SecretStoreRef, StoreKind
from bulkhead_api.meta import ObjectMeta
from bulkhead_api.namespace import Namespace
from bulkhead_api.secret_store import SecretStore
from bulkhead_controller.backends import BoundStore
from bulkhead_controller.clusterexternalsecret.decide import NO_NAMESPACE
from bulkhead_controller.clusterexternalsecret.decide import decide as decide_cluster
from bulkhead_controller.clusterexternalsecret.plan import Converge
from bulkhead_controller.clusterexternalsecret.plan import Seen as ClusterSeen
from bulkhead_controller.externalsecret.decide import decide
from bulkhead_controller.externalsecret.plan import Fail, Refuse, Seen
from bulkhead_controller.externalsecret.sources import store_refs_from_spec
from bulkhead_controller.profile import Profile, Rights
from bulkhead_controller.store.binding import UnusableStoreError, bind_store, validation_interval
from bulkhead_controller.store.conditions import StoreConditionError, admits

NOW: Final = datetime(2026, 11, 24, 12, tzinfo=UTC)
NAMESPACE: Final = "team-a"
LABELS: Final[Mapping[str, str]] = {"kubernetes.io/metadata.name": NAMESPACE, "team": "a"}
STORE: Final = BoundStore(
    kind=StoreKind.SECRET_STORE,
    namespace=NAMESPACE,
    name="main",
    uid="s-1",
    generation=1,
    provider="fake",
    spec_json=b"{}",
)
KINDS: Final = ("ExternalSecret", "ClusterExternalSecret", "SecretStore", "ClusterSecretStore")
"""Those that the controller decides about."""


class UnreadableError(Exception):
    """The object has another form than its schema says, so that no controller ever sees it."""


def refusal_of(kind: str, document: Mapping[str, object]) -> str | None:
    """Give the controller's words about an object that it refuses for what stands in it; None if it does not.

    Raises:
        UnreadableError: it is no object of that kind.
    """
    content = msgspec.json.encode({**document, "metadata": {"name": "tried", "namespace": NAMESPACE, "uid": "u-1"}})
    try:
        match kind:
            case "ExternalSecret":
                return _of_external_secret(msgspec.json.decode(content, type=ExternalSecret))
            case "ClusterExternalSecret":
                return _of_cluster_external_secret(msgspec.json.decode(content, type=ClusterExternalSecret))
            case _:
                return _of_store(StoreKind(kind), msgspec.json.decode(content, type=SecretStore))
    except msgspec.ValidationError as error:
        raise UnreadableError from error


def _of_external_secret(wanted: ExternalSecret) -> str | None:
    # Generators come later. Until then a condition says so of an object with which nothing is wrong.
    data_from = [
        each for each in wanted.spec.data_from if each.source_ref is None or each.source_ref.generator_ref is None
    ]
    wanted = msgspec.structs.replace(wanted, spec=msgspec.structs.replace(wanted.spec, data_from=data_from))
    refs = store_refs_from_spec(wanted.spec)
    stores: dict[SecretStoreRef, BoundStore] = {ref: replace(STORE, kind=ref.kind, name=ref.name) for ref in refs}
    seen = Seen(
        external_secret=wanted,
        status=wanted.status,
        resource_version="1",
        stores=stores,
        rights=Rights(profile=Profile.ESO_COMPAT),
        target_valid=False,
        templates_changed=False,
        refreshed_at=None,
        awaiting_since=None,
        generic_targets=True,
    )
    plan = decide(seen, now=NOW)
    return plan.message if isinstance(plan, Refuse | Fail) else None


def _of_cluster_external_secret(owner: ClusterExternalSecret) -> str | None:
    namespace = Namespace(metadata=ObjectMeta(name=NAMESPACE, uid="n-1", labels=dict(LABELS)))
    plan = decide_cluster(ClusterSeen(owner=owner, namespaces=[namespace], owned={}, named={}))
    failed = plan.failed if isinstance(plan, Converge) else ()
    own = next((each.reason for each in failed if each.namespace == NO_NAMESPACE), None)
    return own or refusal_of("ExternalSecret", {"spec": owner.spec.external_secret_spec})


def _of_store(kind: StoreKind, store: SecretStore) -> str | None:
    try:
        bind_store(kind, store, lambda provider: provider)
        validation_interval(store, default=timedelta(minutes=5))
        # A SecretStore serves its own namespace, whatever its conditions say.
        if kind is StoreKind.CLUSTER_SECRET_STORE:
            admits(store.spec.conditions, NAMESPACE, LABELS)
    except (UnusableStoreError, StoreConditionError) as error:
        return str(error)
    return None
