"""Manifests that tests need again and again, by what differs."""

from collections.abc import Mapping, Sequence

from bulkhead_testkit.admin import Manifest
from bulkhead_testkit.stack import VAULT_MOUNT

_API_VERSION = "external-secrets.io/v1"


def vault_store(namespace: str, *, server: str, name: str = "vault", **more: object) -> Manifest:
    """A SecretStore on the KV v2 mount of an OpenBao; `more` goes into spec.provider.vault."""
    vault = {"server": server, "path": VAULT_MOUNT, "version": "v2", **more}
    return _object("SecretStore", namespace, name, {"provider": {"vault": vault}})


def fake_store(namespace: str, values: Mapping[str, str], *, name: str = "fake") -> Manifest:
    """A SecretStore of the fake provider with these values by key."""
    data = [{"key": key, "value": value} for key, value in values.items()]
    return _object("SecretStore", namespace, name, {"provider": {"fake": {"data": data}}})


def external_secret(
    namespace: str,
    name: str,
    *,
    store: str = "vault",
    data: Mapping[str, Mapping[str, str]] | None = None,
    data_from: Sequence[Mapping[str, object]] = (),
    refresh_interval: str = "1h",
    **more: object,
) -> Manifest:
    """An ExternalSecret.

    Args:
        namespace: its namespace, and its store's.
        name: its name, and its target's.
        store: a SecretStore's name.
        data: the remoteRef of each key of the Secret.
        data_from: entries of spec.dataFrom.
        refresh_interval: a Go duration.
        more: further fields of the spec.
    """
    spec = {
        "refreshInterval": refresh_interval,
        "secretStoreRef": {"name": store, "kind": "SecretStore"},
        "data": [{"secretKey": key, "remoteRef": dict(ref)} for key, ref in (data or {}).items()],
        "dataFrom": list(data_from),
        **more,
    }
    return _object("ExternalSecret", namespace, name, spec)


def _object(kind: str, namespace: str, name: str, spec: Mapping[str, object]) -> Manifest:
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": _API_VERSION, "kind": kind, "metadata": metadata, "spec": dict(spec)}
