"""Which object a reference means, and whether this store may mean it. Decisions only: nothing is read.

The rule that keeps tenants apart is here and nowhere else: a namespace that a store names counts if the store is a
ClusterSecretStore, and in all other cases the object is in the namespace of whoever wants the secret.

Source: ESO's resolvers.SecretKeyRef and its validation of selectors (eso-behaviour.md, section 3.4).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from bulkhead_api.errors import InvalidRequestError, InvalidStoreError
from bulkhead_api.external_secret import StoreKind
from bulkhead_provider_sdk.provider import StoreRef
from bulkhead_provider_sdk.references.selectors import CaProvider, ObjectKind, SecretKeySelector

_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAMESPACE: Final = re.compile(_LABEL)
_NAME: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_KEY: Final = re.compile(r"[-._a-zA-Z0-9]{1,253}")
_MAX_NAME: Final = 253


class ReferentError(Exception):
    """The reference is resolved in the namespace of the consumer, and there is none yet.

    Raised while a ClusterSecretStore is validated: the provider answers that it cannot tell.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectPlace:
    """One Secret or ConfigMap."""

    kind: ObjectKind
    namespace: str
    name: str

    def __str__(self) -> str:
        """Name it for people, as in `Secret team-a/vault-token`."""
        return f"{self.kind} {self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPlace:
    """One key of an object."""

    place: ObjectPlace
    key: str


def secret_key_from(store: StoreRef, namespace: str, selector: SecretKeySelector, field: str) -> KeyPlace:
    """Say which key of which Secret a selector means.

    Args:
        store: who refers to it.
        namespace: the consumer's; empty while a ClusterSecretStore is validated.
        selector: what the store says.
        field: where it says so, such as `spec.provider.vault.auth.tokenSecretRef`; for messages.

    Raises:
        InvalidStoreError: the selector cannot work, or names a namespace that is not the store's to name.
        InvalidRequestError: the consumer is not in the SecretStore's namespace.
        ReferentError: only a consumer can say which namespace is meant.
    """
    name = _name(store, f"{field}.name", selector.name)
    key = _key(store, f"{field}.key", selector.key)
    at = _namespace(store, namespace, selector.namespace, field)
    return KeyPlace(place=ObjectPlace(kind=ObjectKind.SECRET, namespace=at, name=name), key=key)


def ca_key_from(store: StoreRef, namespace: str, provider: CaProvider, field: str) -> KeyPlace:
    """Say which key of which object a caProvider means; arguments as for `secret_key_from`.

    Raises:
        InvalidStoreError: it cannot work, names a foreign namespace, or a ClusterSecretStore names none.
        InvalidRequestError: the consumer is not in the SecretStore's namespace.
    """
    if store.kind is StoreKind.CLUSTER_SECRET_STORE and not provider.namespace:
        raise _invalid(store, f"{field}.namespace", "missing: a ClusterSecretStore must say where its CA is")
    name = _name(store, f"{field}.name", provider.name)
    key = _key(store, f"{field}.key", provider.key)
    at = _namespace(store, namespace, provider.namespace, field)
    return KeyPlace(place=ObjectPlace(kind=provider.type, namespace=at, name=name), key=key)


def is_referent(store: StoreRef, selectors: Iterable[SecretKeySelector]) -> bool:
    """Say whether consumers in different namespaces may mean different Secrets by these selectors."""
    return store.kind is StoreKind.CLUSTER_SECRET_STORE and any(not each.namespace for each in selectors)


def _namespace(store: StoreRef, consumer: str, named: str | None, field: str) -> str:
    if named and not _NAMESPACE.fullmatch(named):
        raise _invalid(store, f"{field}.namespace", "is not a name that a namespace can have")
    match store.kind:
        case StoreKind.SECRET_STORE:
            return _own_namespace(store, consumer, named, field)
        case StoreKind.CLUSTER_SECRET_STORE if named:
            return named
        case StoreKind.CLUSTER_SECRET_STORE if not consumer:
            raise ReferentError(f"{store}: {field}: is resolved in the namespace of each ExternalSecret")
        case StoreKind.CLUSTER_SECRET_STORE:
            return _consumers(store, consumer)


def _own_namespace(store: StoreRef, consumer: str, named: str | None, field: str) -> str:
    # The wire refuses such a call too; but what keeps tenants apart does not lean on somebody else's check.
    if not store.namespace or consumer != store.namespace:
        raise InvalidRequestError(f"{store}: the consumer is not in the namespace of the store")
    if named and named != store.namespace:
        raise _invalid(store, f"{field}.namespace", "a SecretStore may refer to its own namespace alone")
    return _consumers(store, consumer)


def _consumers(store: StoreRef, consumer: str) -> str:
    if not _NAMESPACE.fullmatch(consumer):
        raise InvalidRequestError(f"{store}: the consumer's namespace is not a name that a namespace can have")
    return consumer


def _name(store: StoreRef, field: str, name: str | None) -> str:
    if not name:
        raise _invalid(store, field, "missing")
    if len(name) > _MAX_NAME or not _NAME.fullmatch(name):
        raise _invalid(store, field, "is not a name that a Secret or ConfigMap can have")
    return name


def _key(store: StoreRef, field: str, key: str | None) -> str:
    if not key:
        raise _invalid(store, field, "missing")
    if not _KEY.fullmatch(key):
        raise _invalid(store, field, "is not a key that a Secret or ConfigMap can have")
    return key


def _invalid(store: StoreRef, field: str, problem: str) -> InvalidStoreError:
    return InvalidStoreError(f"{store}: {field}: {problem}")
