"""Objects of any kind in an API server in memory: what the controller's `Objects` promises, and a user's own edits."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import msgspec
from msgspec.structs import replace

from bulkhead_api.external_secret import ManifestRef
from bulkhead_api.manifest import LiveManifest, Manifest, decode_content, encode_content
from bulkhead_api.meta import ManagedFields, ObjectMeta, PartialObject
from bulkhead_api.secret import LiveObjectMeta
from bulkhead_controller.objects import ApiResource, Resource
from bulkhead_runtime.kube.errors import ApiError, ConflictError, NotFoundError
from bulkhead_runtime.kube.events import ObjectKey, key_of

CONFIG_MAP = ManifestRef(api_version="v1", kind="ConfigMap")
WIDGET = ManifestRef(api_version="example.com/v1", kind="Widget")
_VERBS = ["create", "delete", "get", "list", "update", "watch"]
_MANAGED = "reconcile.external-secrets.io/managed"
_Path = tuple[str, ...]


def _served() -> dict[str, list[ApiResource]]:
    return {
        "v1": [
            ApiResource(name="configmaps", kind="ConfigMap", namespaced=True, verbs=_VERBS),
            ApiResource(name="namespaces", kind="Namespace", verbs=_VERBS),
            ApiResource(name="bindings", kind="Binding", namespaced=True, verbs=["create"]),
        ],
        "example.com/v1": [
            ApiResource(name="widgets/scale", kind="Widget", namespaced=True, verbs=["get"]),
            ApiResource(name="widgets", kind="Widget", namespaced=True, verbs=_VERBS),
        ],
    }


@dataclass
class FakeObjects:
    """Implements the controller's `Objects`; an identical write stores nothing."""

    served: dict[str, list[ApiResource]] = field(default_factory=_served)
    found: dict[tuple[ManifestRef, ObjectKey], LiveManifest] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    """Verb and plural of each call, for writes only if something was stored."""
    refusals: dict[str, list[ApiError]] = field(default_factory=dict)
    """What the next calls of a verb, such as `PUT`, are refused with."""
    may_watch: bool = True
    stores: Callable[[dict[str, object]], dict[str, object]] = dict
    """What becomes of the fields that are sent: a schema has defaults, and drops what it does not know."""

    def __post_init__(self) -> None:
        """Count resourceVersions and uids from one."""
        self._numbers = itertools.count(1)
        self._owned: dict[tuple[ManifestRef, ObjectKey], dict[str, set[_Path]]] = {}

    def put(
        self, kind: ManifestRef, metadata: ObjectMeta, content: dict[str, object], *, manager: str = "kubectl"
    ) -> None:
        """Create or change an object as a user would."""
        self._store(kind, Manifest(**_head(kind), metadata=metadata, content=encode_content(content)), manager)

    def content(self, kind: ManifestRef, name: str = "app") -> dict[str, object]:
        """Give the fields of an object in the namespace `team-a`."""
        return decode_content(self.found[kind, ObjectKey("team-a", name)].content)

    def metadata(self, kind: ManifestRef, name: str = "app") -> LiveObjectMeta:
        """Give the metadata of an object in the namespace `team-a`."""
        return self.found[kind, ObjectKey("team-a", name)].metadata

    def copies(self, kind: ManifestRef) -> dict[ObjectKey, PartialObject]:
        """What an informer of managed objects would have copied."""
        return {
            key: PartialObject(metadata=live.metadata)
            for (each, key), live in self.found.items()
            if each == kind and live.metadata.labels.get(_MANAGED) == "true"
        }

    async def resources(self, api_version: str) -> Sequence[ApiResource]:
        """Say what is served."""
        self._begin("DISCOVER", api_version)
        if api_version not in self.served:
            raise NotFoundError(404, "NotFound")
        return self.served[api_version]

    async def read(self, resource: Resource, key: ObjectKey) -> LiveManifest:
        """Read an object."""
        self._begin("GET", resource.plural)
        return self._live(resource, key)

    async def create(self, resource: Resource, manifest: Manifest, *, field_manager: str) -> LiveManifest:
        """Create an object that does not exist."""
        self._begin("POST", resource.plural)
        if (resource.kind, key_of(manifest.metadata)) in self.found:
            raise ConflictError(409, "AlreadyExists")
        return self._store(resource.kind, manifest, field_manager)

    async def replace(self, resource: Resource, manifest: Manifest, *, field_manager: str) -> LiveManifest:
        """Replace an object that is as it was when it was read."""
        self._begin("PUT", resource.plural)
        live = self._live(resource, key_of(manifest.metadata))
        if manifest.metadata.resource_version != live.metadata.resource_version:
            raise ConflictError(409, "Conflict")
        return self._store(resource.kind, manifest, field_manager)

    async def delete(self, resource: Resource, key: ObjectKey, *, uid: str) -> None:
        """Delete an object of this uid."""
        self._begin("DELETE", resource.plural)
        if self._live(resource, key).metadata.uid != uid:
            raise ConflictError(409, "Conflict")
        del self.found[resource.kind, key]

    async def may_follow(self, resource: Resource, namespace: str) -> bool:
        """Say what the test has set."""
        return self.may_watch

    def _begin(self, verb: str, what: str) -> None:
        self.calls.append(f"{verb} {what}")
        if self.refusals.get(verb):
            raise self.refusals[verb].pop(0)

    def _live(self, resource: Resource, key: ObjectKey) -> LiveManifest:
        found = self.found.get((resource.kind, key))
        if found is None:
            raise NotFoundError(404, "NotFound")
        return found

    def _store(self, kind: ManifestRef, manifest: Manifest, manager: str) -> LiveManifest:
        place = kind, key_of(manifest.metadata)
        old = self.found.get(place)
        content = encode_content(self.stores(decode_content(manifest.content)))
        self._note_owners(place, old, manifest.metadata, decode_content(content), manager)
        fields = {each.name: getattr(manifest.metadata, each.name) for each in msgspec.structs.fields(ObjectMeta)} | {
            "uid": old.metadata.uid if old else f"uid-{next(self._numbers)}"
        }
        metadata = LiveObjectMeta(**fields, managed_fields=self._entries(place))
        same = old is not None and old.content == content and _bare(old.metadata) == _bare(metadata)
        version = old.metadata.resource_version if same and old else str(next(self._numbers))
        stored = LiveManifest(metadata=replace(metadata, resource_version=version), content=content)
        self.found[place] = stored
        return stored

    def _note_owners(
        self,
        place: tuple[ManifestRef, ObjectKey],
        old: LiveManifest | None,
        metadata: ObjectMeta,
        content: dict[str, object],
        manager: str,
    ) -> None:
        before = _leaves(old.metadata, decode_content(old.content)) if old else {}
        after = _leaves(metadata, content)
        changed = {path for path, value in after.items() if path not in before or before[path] != value}
        owned = self._owned.setdefault(place, {})
        for paths in owned.values():
            paths.difference_update((before.keys() - after.keys()) | changed)
        owned.setdefault(manager, set()).update(changed)

    def _entries(self, place: tuple[ManifestRef, ObjectKey]) -> list[ManagedFields]:
        return [
            ManagedFields(manager=manager, operation="Update", fields_v1=msgspec.Raw(_fields_v1(paths)))
            for manager, paths in self._owned[place].items()
        ]


def _head(kind: ManifestRef) -> dict[str, str]:
    return {"api_version": kind.api_version, "kind": kind.kind}


def _bare(metadata: LiveObjectMeta) -> LiveObjectMeta:
    return replace(metadata, resource_version="", managed_fields=[])


def _leaves(metadata: ObjectMeta, content: dict[str, object]) -> dict[_Path, object]:
    found: dict[_Path, object] = {}

    def walk(path: _Path, value: object) -> None:
        if isinstance(value, dict) and value:
            for name, each in value.items():
                walk((*path, str(name)), each)
        else:
            found[path] = value

    walk((), {**content, "metadata": {"labels": metadata.labels, "annotations": metadata.annotations}})
    return found


def _fields_v1(paths: set[_Path]) -> bytes:
    root: dict[str, object] = {}
    for path in paths:
        node = root
        for name in path:
            below = node.setdefault(f"f:{name}", {})
            node = below if isinstance(below, dict) else {}
    return msgspec.json.encode(root)
