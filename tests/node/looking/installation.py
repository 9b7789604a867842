"""What tests on the node look at in an installation."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import msgspec

from bulkhead_cluster.cluster import Cluster
from bulkhead_demo.cluster_demo.openbao_pod import OpenBaoPod
from bulkhead_demo.cluster_demo.release import NAMESPACE, Release
from bulkhead_testkit.admin import Admin


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """An installation with the examples on it."""

    cluster: Cluster
    admin: Admin
    bao: OpenBaoPod
    release: Release
    providers: tuple[str, ...] = ("vault", "fake")


class _Terminated(msgspec.Struct, frozen=True, kw_only=True):
    reason: str = ""


class _State(msgspec.Struct, frozen=True, kw_only=True):
    waiting: _Terminated | None = None
    terminated: _Terminated | None = None


class _Container(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    name: str
    container_id: str = msgspec.field(name="containerID", default="")
    restart_count: int = 0
    state: _State = _State()
    last_state: _State = _State()


class _PodStatus(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    container_statuses: list[_Container] = []
    init_container_statuses: list[_Container] = []


class _Metadata(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    name: str
    deletion_timestamp: str = ""


class _Pod(msgspec.Struct, frozen=True, kw_only=True):
    metadata: _Metadata
    status: _PodStatus = _PodStatus()


class _Pods(msgspec.Struct, frozen=True, kw_only=True):
    items: list[_Pod]


def _containers(admin: Admin) -> Sequence[_Container]:
    found = msgspec.json.decode(admin.request("GET", f"/api/v1/namespaces/{NAMESPACE}/pods"), type=_Pods)
    return [
        each
        for pod in found.items
        # One that ends has its successor beside it, with containers of the same names.
        if not pod.metadata.deletion_timestamp
        for each in (*pod.status.init_container_statuses, *pod.status.container_statuses)
    ]


def container_ids(admin: Admin) -> Mapping[str, str]:
    """Give the ids of the containers by name; a restarted one has another."""
    return {each.name: each.container_id for each in _containers(admin)}


def reasons(admin: Admin) -> frozenset[str]:
    """Give why containers of the release wait, or ended last, such as OOMKilled."""
    states = [state for each in _containers(admin) for state in (each.state, each.last_state)]
    return frozenset(part.reason for state in states for part in (state.waiting, state.terminated) if part is not None)


def pods(admin: Admin, namespace: str = NAMESPACE) -> Sequence[str]:
    """Name the Pods of a namespace."""
    return [
        each.metadata.name
        for each in msgspec.json.decode(admin.request("GET", f"/api/v1/namespaces/{namespace}/pods"), type=_Pods).items
    ]


def with_fake(release: Release, **values: object) -> Release:
    """Give the release with other values of the fake provider."""
    providers = release.values["providers"]
    assert isinstance(providers, Mapping)
    return replace(release, values={**release.values, "providers": {**providers, "fake": values}})


@contextmanager
def upgraded(shop: Shop, release: Release) -> Iterator[None]:
    """Give the installation other values, and its own again at the end."""
    release.install()
    try:
        yield
    finally:
        shop.release.install()
        shop.release.wait_ready()
