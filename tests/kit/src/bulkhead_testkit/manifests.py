"""Manifests that tests need again and again, by what differs."""

from collections.abc import Mapping, Sequence

from bulkhead_testkit.admin import Manifest
from bulkhead_testkit.stack import VAULT_MOUNT

_API_VERSION = "external-secrets.io/v1"


def vault_store(namespace: str, *, server: str, name: str = "vault", **more: object) -> Manifest:
    """A SecretStore on the KV v2 mount of an OpenBao; `more` goes into spec.provider.vault."""
    return _object("SecretStore", namespace, name, {"provider": vault_provider(server, **more)})


def fake_store(namespace: str, values: Mapping[str, str], *, name: str = "fake") -> Manifest:
    """A SecretStore of the fake provider with these values by key."""
    return _object("SecretStore", namespace, name, {"provider": fake_provider(values)})


def cluster_store(
    name: str,
    provider: Mapping[str, object],
    *,
    conditions: Sequence[Mapping[str, object]] = (),
    controller: str = "",
    **more: object,
) -> Manifest:
    """A ClusterSecretStore.

    Args:
        name: unique in the cluster, so a test takes its namespace's.
        provider: as in spec.provider, such as that of `fake_provider`.
        conditions: which namespaces may use it; empty means all.
        controller: the class of controllers that serve it; empty means every one.
        more: further fields of the spec.
    """
    spec: dict[str, object] = {"provider": provider, **more}
    if conditions:
        spec["conditions"] = [dict(condition) for condition in conditions]
    if controller:
        spec["controller"] = controller
    return _object("ClusterSecretStore", "", name, spec)


def fake_provider(values: Mapping[str, str]) -> Mapping[str, object]:
    """A spec.provider of the fake provider with these values by key."""
    return {"fake": {"data": [{"key": key, "value": value} for key, value in values.items()]}}


def vault_provider(server: str, **more: object) -> Mapping[str, object]:
    """A spec.provider on the KV v2 mount of an OpenBao; `more` goes into it."""
    return {"vault": {"server": server, "path": VAULT_MOUNT, "version": "v2", **more}}


def target(
    *,
    name: str = "",
    creation_policy: str = "",
    deletion_policy: str = "",
    immutable: bool = False,
    **more: object,
) -> Mapping[str, object]:
    """A spec.target; what is not given is left to the API server's defaults.

    Args:
        name: the Secret's; empty means the ExternalSecret's.
        creation_policy: Owner, Orphan, Merge, CreateOrMerge or None.
        deletion_policy: Retain, Delete or Merge.
        immutable: whether the Secret is.
        more: further fields, such as `template`.
    """
    given = {"name": name, "creationPolicy": creation_policy, "deletionPolicy": deletion_policy, "immutable": immutable}
    return {field: value for field, value in given.items() if value} | more


def external_secret(
    namespace: str,
    name: str,
    *,
    store: str = "vault",
    store_kind: str = "SecretStore",
    data: Mapping[str, Mapping[str, str]] | None = None,
    data_from: Sequence[Mapping[str, object]] = (),
    refresh_interval: str = "1h",
    **more: object,
) -> Manifest:
    """An ExternalSecret.

    Args:
        namespace: its namespace, and its store's.
        name: its name, and its target's.
        store: a store's name.
        store_kind: SecretStore or ClusterSecretStore.
        data: the remoteRef of each key of the Secret.
        data_from: entries of spec.dataFrom.
        refresh_interval: a Go duration.
        more: further fields of the spec, such as `target=target(deletion_policy="Delete")`.
    """
    spec = {
        "refreshInterval": refresh_interval,
        "secretStoreRef": {"name": store, "kind": store_kind},
        "data": [{"secretKey": key, "remoteRef": dict(ref)} for key, ref in (data or {}).items()],
        "dataFrom": list(data_from),
        **more,
    }
    return _object("ExternalSecret", namespace, name, spec)


def _object(kind: str, namespace: str, name: str, spec: Mapping[str, object]) -> Manifest:
    metadata = {"name": name, "namespace": namespace} if namespace else {"name": name}
    return {"apiVersion": _API_VERSION, "kind": kind, "metadata": metadata, "spec": dict(spec)}
