"""Lays objects on an API server as ESO 2.9 leaves them when it is taken out, by the writes that ESO makes.

Nothing of the controller is used here: hashes, finalizers and field managers are said once more, so that a mistake of
the controller's is seen. Source: ESO, externalsecret_controller.go, externalsecret_controller_secret.go.
"""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import quote

import msgspec

from bulkhead_testkit.admin import Admin, Manifest, path_of
from bulkhead_testkit.eso_hashes import data_hash, made_by, manager_of, synced_version
from bulkhead_testkit.manifests import fake_provider

GROUP: Final = "external-secrets.io/v1"
EXTERNAL_SECRET_FINALIZER: Final = "externalsecrets.external-secrets.io/externalsecret-cleanup"
CLUSTER_FINALIZER: Final = "externalsecrets.external-secrets.io/clusterexternalsecret-cleanup"
NAMESPACE_FINALIZER: Final = "externalsecrets.external-secrets.io/ces-"
STORE_FINALIZER: Final = "secretstore.externalsecrets.io/finalizer"
LABEL_MANAGED: Final = "reconcile.external-secrets.io/managed"
LABEL_CREATED_BY: Final = "reconcile.external-secrets.io/created-by"
ANNOTATION_DATA_HASH: Final = "reconcile.external-secrets.io/data-hash"
_LAST_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"
_KUBECTL: Final = "kubectl-client-side-apply"
_PROGRAM: Final = "external-secrets"
"""Field manager of ESO's writes but those of targets."""
_MERGING: Final = ("Merge", "CreateOrMerge")
_MESSAGES: Final = {
    "SecretSynced": "secret synced",
    "SecretMissing": "secret will not be created due to CreationPolicy=Merge",
    "SecretDeleted": "secret deleted due to DeletionPolicy=Delete",
}
_MERGE_PATCH: Final = "application/merge-patch+json"


class _Stored(msgspec.Struct, frozen=True):
    class Metadata(msgspec.Struct, frozen=True):
        uid: str
        generation: int = 1
        labels: dict[str, str] = {}
        annotations: dict[str, str] = {}

    metadata: Metadata


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftover:
    """An ExternalSecret that ESO has synced once, and what it made of it."""

    name: str
    creation_policy: str = "Owner"
    deletion_policy: str = "Retain"
    refresh_policy: str = "Periodic"
    refresh_interval: str = "1h"
    age: timedelta = timedelta(minutes=10)
    """Since the last refresh."""
    target: str = ""
    """Name of the Secret; empty means the ExternalSecret's."""
    immutable: bool = False
    store: str = "fake"
    data: Mapping[str, str] = field(default_factory=lambda: {"password": "as ESO left it"})
    foreign: Mapping[str, str] = field(default_factory=lambda: {"theirs": "of an application"})
    """What others put into the Secret; with the policies that merge only."""
    template: Mapping[str, object] | None = None
    """spec.target.template; with one, nothing of the ExternalSecret's metadata is copied."""
    data_from: Sequence[Mapping[str, object]] = ()
    """spec.dataFrom; in place of an entry in spec.data for each key."""
    without_target: str = ""
    """Reason of the condition if there is no Secret: SecretMissing or SecretDeleted."""

    @property
    def has_secret(self) -> bool:
        """Whether ESO made a Secret, or wrote one."""
        return self.creation_policy != "None" and not self.without_target

    @property
    def secret_name(self) -> str:
        """Name of the Secret."""
        return self.target or self.name

    @property
    def secret_data(self) -> Mapping[str, bytes]:
        """All that the Secret holds."""
        foreign = self.foreign if self.creation_policy in _MERGING else {}
        return {key: value.encode() for key, value in {**foreign, **self.data}.items()}


class EsoLeftovers:
    """What ESO leaves in one namespace."""

    def __init__(self, admin: Admin, namespace: str) -> None:
        """Lay objects into a namespace that exists."""
        self._admin = admin
        self._namespace = namespace

    def store(
        self,
        values: Mapping[str, str],
        *,
        name: str = "fake",
        finalizers: tuple[str, ...] = (),
        capabilities: str = "ReadWrite",
    ) -> Manifest:
        """A SecretStore of the fake provider that was found good."""
        manifest = self._object("SecretStore", name, {"provider": fake_provider(values)})
        self._post(manifest, manager=_KUBECTL)
        if finalizers:
            self._patch(manifest, {"metadata": {"finalizers": list(finalizers)}})
        status = {"capabilities": capabilities, "conditions": [_ready("Valid", "store validated", _now())]}
        self._patch(manifest, {"status": status}, subresource="/status")
        return manifest

    def external_secret(self, leftover: Leftover) -> Manifest:
        """An ExternalSecret, its target and its status, in the order in which they come to be."""
        manifest = self._manifest(leftover)
        self._post(manifest, manager=_KUBECTL)
        self.sync(manifest, leftover)
        return manifest

    def sync(self, manifest: Manifest, leftover: Leftover) -> None:
        """Do to an ExternalSecret that exists what ESO does in its first pass."""
        self._patch(manifest, {"metadata": {"finalizers": [EXTERNAL_SECRET_FINALIZER]}})
        seen = self._stored(manifest)
        if leftover.has_secret:
            self._target(leftover, seen)
        refreshed_at = _now() - leftover.age
        reason = leftover.without_target or "SecretSynced"
        status = {
            "refreshTime": _time(refreshed_at),
            "syncedResourceVersion": synced_version(seen.generation, labels=seen.labels, annotations=seen.annotations),
            "binding": {"name": leftover.secret_name if leftover.has_secret else ""},
            "conditions": [_ready(reason, _MESSAGES[reason], refreshed_at)],
        }
        self._patch(manifest, {"status": status}, subresource="/status")

    def stray(self, leftover: Leftover, name: str) -> None:
        """A Secret of a former name of the target, which ESO had not come to delete."""
        seen = self._stored(self._manifest(leftover))
        self._post(self._secret(leftover, seen, name=name), manager=manager_of(leftover.name))

    def _target(self, leftover: Leftover, seen: _Stored.Metadata) -> None:
        secret, manager = self._secret(leftover, seen), manager_of(leftover.name)
        if leftover.creation_policy not in _MERGING:
            self._post(secret, manager=manager)
            return
        # There was a Secret of somebody else; ESO first labels it and then writes it.
        theirs = self._secret_of_others(leftover)
        self._post(theirs, manager="an-application")
        self._patch(theirs, {"metadata": {"labels": {LABEL_MANAGED: "true"}}}, manager=manager)
        self._admin.request("PUT", f"{path_of(secret)}?fieldManager={quote(manager, safe='')}", body=secret)

    def _secret(self, leftover: Leftover, seen: _Stored.Metadata, *, name: str = "") -> Manifest:
        owned = leftover.creation_policy == "Owner"
        copied = seen if leftover.template is None else _Stored.Metadata(uid=seen.uid)
        metadata: dict[str, object] = {
            "name": name or leftover.secret_name,
            "namespace": self._namespace,
            # Without a template ESO copies all labels and annotations, kubectl's own among them.
            "labels": {
                **copied.labels,
                LABEL_MANAGED: "true",
                **({LABEL_CREATED_BY: made_by(self._namespace, leftover.name)} if owned else {}),
            },
            "annotations": {**copied.annotations, ANNOTATION_DATA_HASH: data_hash(leftover.secret_data)},
        }
        if owned:
            metadata["ownerReferences"] = [_owner("ExternalSecret", leftover.name, seen.uid)]
        secret = self._secret_of_others(leftover) | {
            "metadata": metadata,
            "data": {key: b64encode(value).decode() for key, value in leftover.secret_data.items()},
        }
        return {**secret, "immutable": True} if leftover.immutable else secret

    def _secret_of_others(self, leftover: Leftover) -> dict[str, object]:
        return {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": leftover.secret_name, "namespace": self._namespace},
            "type": "Opaque",
            "data": {key: b64encode(value.encode()).decode() for key, value in leftover.foreign.items()},
        }

    def _manifest(self, leftover: Leftover) -> Manifest:
        target: dict[str, object] = {
            "creationPolicy": leftover.creation_policy,
            "deletionPolicy": leftover.deletion_policy,
        }
        if leftover.target:
            target["name"] = leftover.target
        if leftover.immutable:
            target["immutable"] = True
        if leftover.template is not None:
            target["template"] = leftover.template
        spec = {
            "secretStoreRef": {"name": leftover.store, "kind": "SecretStore"},
            "refreshPolicy": leftover.refresh_policy,
            "refreshInterval": leftover.refresh_interval,
            "target": target,
            **_sources(leftover),
        }
        plain = self._object("ExternalSecret", leftover.name, spec)
        metadata = {
            "name": leftover.name,
            "namespace": self._namespace,
            "labels": {"app.kubernetes.io/name": leftover.name},
            "annotations": {_LAST_APPLIED: msgspec.json.encode(plain).decode() + "\n"},
        }
        return {**plain, "metadata": metadata}

    def _object(self, kind: str, name: str, spec: Mapping[str, object]) -> Manifest:
        metadata = {"name": name, "namespace": self._namespace}
        return {"apiVersion": GROUP, "kind": kind, "metadata": metadata, "spec": dict(spec)}

    def _stored(self, manifest: Manifest) -> _Stored.Metadata:
        return msgspec.json.decode(self._admin.request("GET", path_of(manifest)), type=_Stored).metadata

    def _post(self, manifest: Manifest, *, manager: str) -> None:
        _post(self._admin, manifest, manager=manager)

    def _patch(
        self, manifest: Manifest, patch: Mapping[str, object], *, subresource: str = "", manager: str = _PROGRAM
    ) -> None:
        _patch(self._admin, manifest, patch, subresource=subresource, manager=manager)


def cluster_external_secret(admin: Admin, name: str, leftovers: Mapping[str, Leftover]) -> Manifest:
    """Lay a ClusterExternalSecret with a child in each namespace, and the finalizers that ESO puts on all of them.

    Args:
        admin: with full rights.
        name: its name, and its children's.
        leftovers: what ESO made of the child, by namespace; all of the same spec and of this name.
    """
    child = next(iter(leftovers.values()))
    spec = {
        "externalSecretSpec": {
            "secretStoreRef": {"name": child.store, "kind": "SecretStore"},
            "refreshInterval": child.refresh_interval,
            "data": [{"secretKey": key, "remoteRef": {"key": key}} for key in child.data],
        },
        "namespaces": sorted(leftovers),
    }
    manifest: Manifest = {
        "apiVersion": GROUP,
        "kind": "ClusterExternalSecret",
        "metadata": {"name": name},
        "spec": spec,
    }
    _post(admin, manifest, manager=_KUBECTL)
    _patch(admin, manifest, {"metadata": {"finalizers": [CLUSTER_FINALIZER]}})
    uid = msgspec.json.decode(admin.request("GET", path_of(manifest)), type=_Stored).metadata.uid
    for namespace, leftover in leftovers.items():
        place: Manifest = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}
        _patch(admin, place, {"metadata": {"finalizers": [f"{NAMESPACE_FINALIZER}{name}"]}})
        metadata = {
            "name": name,
            "namespace": namespace,
            "ownerReferences": [_owner("ClusterExternalSecret", name, uid)],
        }
        made = {
            "apiVersion": GROUP,
            "kind": "ExternalSecret",
            "metadata": metadata,
            "spec": spec["externalSecretSpec"],
        }
        _post(admin, made, manager=_PROGRAM)
        EsoLeftovers(admin, namespace).sync(made, leftover)
    status = {
        "externalSecretName": name,
        "provisionedNamespaces": sorted(leftovers),
        "conditions": [{"type": "Ready", "status": "True"}],
    }
    _patch(admin, manifest, {"status": status}, subresource="/status")
    return manifest


def _post(admin: Admin, manifest: Manifest, *, manager: str) -> None:
    path = path_of(manifest).rpartition("/")[0]
    admin.request("POST", f"{path}?fieldManager={quote(manager, safe='')}", body=manifest)


def _patch(
    admin: Admin,
    manifest: Manifest,
    patch: Mapping[str, object],
    *,
    subresource: str = "",
    manager: str = _PROGRAM,
) -> None:
    path = f"{path_of(manifest)}{subresource}?fieldManager={quote(manager, safe='')}"
    admin.request("PATCH", path, body=patch, content_type=_MERGE_PATCH)


def _sources(leftover: Leftover) -> Mapping[str, object]:
    if leftover.data_from:
        return {"dataFrom": list(leftover.data_from)}
    return {"data": [{"secretKey": key, "remoteRef": {"key": key}} for key in leftover.data]}


def _owner(kind: str, name: str, uid: str) -> Mapping[str, object]:
    return {
        "apiVersion": GROUP,
        "kind": kind,
        "name": name,
        "uid": uid,
        "controller": True,
        "blockOwnerDeletion": True,
    }


def _ready(reason: str, message: str, since: datetime) -> Mapping[str, str]:
    return {
        "type": "Ready",
        "status": "True",
        "reason": reason,
        "message": message,
        "lastTransitionTime": _time(since),
    }


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
