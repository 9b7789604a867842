"""The messages with which thieves call provider servers, made here, as not every image knows the protocol."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from google.protobuf.message import Message

from bulkhead.provider.v1 import provider_service_pb2 as pb
from bulkhead.provider.v1 import store_pb2

_MOUNT: Final = "secret"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a forged or honest call is about."""

    store: str
    """Name of the SecretStore; with a namespace of "" of a ClusterSecretStore."""
    namespace: str
    consumer: str
    """Namespace of the consumer."""
    server: str
    """URL of the backend."""
    roots: str
    """PEM; whom the store trusts."""


def requests_of(honest: Asked, *, stranger: str, other_server: str) -> Mapping[str, str]:
    """Give every request, base64, by the name of its fact.

    Args:
        honest: what the vault provider's policy allows.
        stranger: a namespace that the policy does not name.
        other_server: URL of a backend that the policy does not name, behind the same roots.
    """
    forged = _changed(honest, server=other_server)
    messages: Mapping[str, Message] = {
        "ask_vault": pb.GetInfoRequest(),
        "ask_fake": pb.GetInfoRequest(),
        "read": _read(honest, "shop/database", "password"),
        "read_other_key": _read(honest, "hr/payroll", "list"),
        "read_for_other": _read(_changed(honest, namespace=stranger, consumer=stranger), "shop/database", "password"),
        "read_by_other_store": _read(_changed(honest, store="drill-any", namespace=""), "shop/database", "password"),
        "forged_host": _read(forged, "shop/database", "list"),
        "forged_login": pb.ValidateStoreRequest(context=_context(forged)),
        "find_all": pb.FindRequest(context=_context(honest), name_regexp=".*"),
    }
    return {f"request_{name}": base64.b64encode(each.SerializeToString()).decode() for name, each in messages.items()}


def _changed(
    asked: Asked, *, store: str = "", namespace: str | None = None, consumer: str = "", server: str = ""
) -> Asked:
    return Asked(
        store=store or asked.store,
        namespace=asked.namespace if namespace is None else namespace,
        consumer=consumer or asked.consumer,
        server=server or asked.server,
        roots=asked.roots,
    )


def _read(asked: Asked, key: str, field: str) -> pb.BatchGetRequest:
    ref = pb.Ref(key=key, property=field, shape=pb.SHAPE_VALUE)
    return pb.BatchGetRequest(context=_context(asked), refs=[ref])


def _context(asked: Asked) -> store_pb2.RequestContext:
    kind = store_pb2.STORE_KIND_SECRET_STORE if asked.namespace else store_pb2.STORE_KIND_CLUSTER_SECRET_STORE
    spec = {"server": asked.server, "path": _MOUNT, "version": "v2", "caBundle": asked.roots}
    store = store_pb2.Store(
        ref=store_pb2.StoreRef(kind=kind, namespace=asked.namespace, name=asked.store, uid="drill", generation=1),
        provider="vault",
        spec_json=json.dumps(spec).encode(),
    )
    consumer = store_pb2.Consumer(kind="ExternalSecret", namespace=asked.consumer, name="drill", uid="drill")
    return store_pb2.RequestContext(request_id="drill", store=store, consumer=consumer)
