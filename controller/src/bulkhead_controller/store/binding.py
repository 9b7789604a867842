"""From a store object to something that a provider server can be asked with, or the reason why not."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bulkhead_api.duration import duration_from_go
from bulkhead_api.external_secret import StoreKind
from bulkhead_api.provider import Retry
from bulkhead_api.secret_store import RETRYING_PROVIDERS, RetrySettings, SecretStore
from bulkhead_controller.backends import BoundStore

# The largest number of the wire's type.
_MAX_RETRIES: Final = 2**31 - 1
SHORTEST_INTERVAL: Final = timedelta(seconds=1)
"""Least time between two validations of one store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreKey:
    """Names one store of either kind."""

    kind: StoreKind
    namespace: str
    """Empty for a ClusterSecretStore."""
    name: str

    def __str__(self) -> str:
        """Name the store for people, as ESO does."""
        return f'{self.kind.value} "{self.name}"'


class UnusableStoreError(Exception):
    """The store's spec cannot work, whatever the backend says; the message names the field."""


def store_key(kind: StoreKind, namespace: str, name: str) -> StoreKey:
    """Build the key of the store that an object in `namespace` means by `kind` and `name`."""
    return StoreKey(kind=kind, namespace="" if kind is StoreKind.CLUSTER_SECRET_STORE else namespace, name=name)


def is_of_class(store: SecretStore, controller_class: str) -> bool:
    """Say whether the store is ours to process. Source: spec.controller."""
    return store.spec.controller in ("", controller_class)


def bind_store(kind: StoreKind, store: SecretStore, route: Callable[[str], str | None]) -> BoundStore:
    """Give what a provider server needs to know of a store.

    Args:
        kind: which of the two kinds the object is.
        store: the object.
        route: names the provider server for a key of spec.provider; None means that there is none.

    Raises:
        UnusableStoreError: the spec cannot work, or asks for what this version does not do.
    """
    spec = store.spec
    if len(spec.provider) != 1:
        found = ", ".join(sorted(spec.provider)) or "none"
        raise UnusableStoreError(f"spec.provider: exactly one provider is needed, found {found}")
    (provider,) = spec.provider
    if route(provider) is None:
        raise UnusableStoreError(f"spec.provider.{provider}: no provider server is configured for it")
    return BoundStore(
        kind=kind,
        namespace=store.metadata.namespace,
        name=store.metadata.name,
        uid=store.metadata.uid,
        generation=store.metadata.generation,
        provider=provider,
        spec_json=bytes(spec.provider[provider]),
        retry=_retry_of(provider, spec.retry_settings),
    )


def validation_interval(store: SecretStore, *, default: timedelta) -> timedelta:
    """Give the time between two validations, at least a second; zero or absent means the default.

    Raises:
        UnusableStoreError: the field is negative or no duration.

    Source: spec.refreshInterval, seconds as a number or a Go duration.
    """
    stated = store.spec.refresh_interval
    try:
        interval = timedelta(seconds=stated) if isinstance(stated, int) else duration_from_go(stated or "0")
    except (ValueError, OverflowError) as error:
        raise UnusableStoreError(f"spec.refreshInterval: {error}") from error
    if interval < timedelta(0):
        raise UnusableStoreError("spec.refreshInterval: must not be negative")
    return max(interval, SHORTEST_INTERVAL) if interval else default


def _retry_of(provider: str, settings: RetrySettings | None) -> Retry | None:
    try:
        return None if settings is None else _retry_from(settings)
    except UnusableStoreError:
        # ESO never looks at it there, so such a store has always worked.
        if provider not in RETRYING_PROVIDERS:
            return None
        raise


def _retry_from(settings: RetrySettings) -> Retry:
    # An empty text counts as none, as everywhere in this schema.
    try:
        interval = duration_from_go(settings.retry_interval) if settings.retry_interval else None
    except ValueError as error:
        raise UnusableStoreError(f"spec.retrySettings.retryInterval: {error}") from error
    if interval is not None and interval < timedelta(0):
        raise UnusableStoreError("spec.retrySettings.retryInterval: must not be negative")
    most = settings.max_retries
    return Retry(max_retries=None if most is None else max(0, min(most, _MAX_RETRIES)), interval=interval)
