"""The objects of a release in a cluster, as far as the demo and the tests on a node look at them."""

from collections.abc import Iterator, Sequence

import msgspec

from bulkhead_testkit.admin import Admin, Manifest, path_of, wait_for


class _Name(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    name: str
    deletion_timestamp: str = ""


class _HasName(msgspec.Struct, frozen=True, kw_only=True):
    metadata: _Name


class _Named(msgspec.Struct, frozen=True, kw_only=True):
    items: list[_HasName]


class _Version(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    group_version: str


class _Group(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    preferred_version: _Version


class _Groups(msgspec.Struct, frozen=True, kw_only=True):
    groups: list[_Group]


class _Resource(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    kind: str
    verbs: list[str]


class _Resources(msgspec.Struct, frozen=True, kw_only=True):
    resources: list[_Resource]


class _Condition(msgspec.Struct, frozen=True, kw_only=True):
    type: str
    status: str


class _PodStatus(msgspec.Struct, frozen=True, kw_only=True):
    conditions: list[_Condition] = []


class _Container(msgspec.Struct, frozen=True, kw_only=True):
    name: str


class _PodSpec(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    init_containers: list[_Container] = []
    containers: list[_Container] = []


class Pod(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked at of a Pod."""

    metadata: _Name
    spec: _PodSpec
    status: _PodStatus = _PodStatus()

    @property
    def name(self) -> str:
        """Its name."""
        return self.metadata.name

    @property
    def ready(self) -> bool:
        """Whether it serves, and nobody has deleted it."""
        return not self.metadata.deletion_timestamp and any(
            each.type == "Ready" and each.status == "True" for each in self.status.conditions
        )


class _Pods(msgspec.Struct, frozen=True, kw_only=True):
    items: list[Pod]


class _Replicas(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    observed_generation: int = 0
    updated_replicas: int = 0
    available_replicas: int = 0
    replicas: int = 0


class _Wanted(msgspec.Struct, frozen=True, kw_only=True):
    replicas: int = 1


class _Generation(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    generation: int = 0


class Deployment(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked at of a Deployment."""

    metadata: _Generation
    spec: _Wanted
    status: _Replicas = _Replicas()

    @property
    def name(self) -> str:
        """Its name."""
        return self.metadata.name

    @property
    def available(self) -> bool:
        """Whether all its Pods serve, and are of its newest generation."""
        seen, wanted = self.status, self.spec.replicas
        return (
            seen.observed_generation >= self.metadata.generation
            and seen.updated_replicas == seen.available_replicas == seen.replicas == wanted
        )


class _Deployments(msgspec.Struct, frozen=True, kw_only=True):
    items: list[Deployment]


def namespace(name: str, *, enforced: str = "") -> Manifest:
    """Give a namespace; `enforced` is the level of Pod Security that it enforces, empty for what the cluster does."""
    labels = {"labels": {"pod-security.kubernetes.io/enforce": enforced}} if enforced else {}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, **labels}}


def has_namespace(admin: Admin, name: str) -> bool:
    """Say whether there is such a namespace, be it one that ends."""
    return admin.get(path_of(namespace(name)), dict) is not None


def wait_until_gone(admin: Admin, name: str, *, timeout_s: float) -> None:
    """Wait until a namespace is gone; raises AdminError if it is not in time."""
    wait_for(
        lambda: None if has_namespace(admin, name) else True, what=f"namespace {name} is gone", timeout_s=timeout_s
    )


def pods_of(admin: Admin, namespace: str, **labels: str) -> Sequence[Pod]:
    """Give the Pods of a namespace whose `app.kubernetes.io` labels have these values."""
    path = f"/api/v1/namespaces/{namespace}/pods?labelSelector={_selector(labels)}"
    return msgspec.json.decode(admin.request("GET", path), type=_Pods).items


def deployments_of(admin: Admin, namespace: str, *, instance: str) -> Sequence[Deployment]:
    """Give the Deployments of a release."""
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments?labelSelector={_selector({'instance': instance})}"
    return msgspec.json.decode(admin.request("GET", path), type=_Deployments).items


def labelled(admin: Admin, *, instance: str) -> Sequence[str]:
    """Name every object of the cluster that carries a release's label, as `Kind name`, sorted; no definition."""
    selector = _selector({"instance": instance})
    return sorted(
        f"{kind} {each.metadata.name}"
        for kind, path in _listable(admin)
        for each in msgspec.json.decode(admin.request("GET", f"{path}?labelSelector={selector}"), type=_Named).items
    )


def _selector(labels: dict[str, str]) -> str:
    return "%2C".join(f"app.kubernetes.io%2F{name}%3D{value}" for name, value in labels.items())


def _listable(admin: Admin) -> Iterator[tuple[str, str]]:
    """Give the kinds that can be listed, with their paths; definitions stay on purpose, and events are no objects."""
    groups = msgspec.json.decode(admin.request("GET", "/apis"), type=_Groups).groups
    for root in ("/api/v1", *(f"/apis/{each.preferred_version.group_version}" for each in groups)):
        for kind in msgspec.json.decode(admin.request("GET", root), type=_Resources).resources:
            if "list" in kind.verbs and kind.kind not in {"CustomResourceDefinition", "Event"}:
                yield kind.kind, f"{root}/{kind.name}"
