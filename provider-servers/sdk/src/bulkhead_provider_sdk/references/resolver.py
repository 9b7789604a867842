"""THE resolver: what a store refers to becomes a value here, for every provider, and nowhere else."""

from dataclasses import dataclass, field
from typing import Final

from bulkhead_api.errors import InvalidStoreError, ProviderError, UnauthenticatedError, UnavailableError
from bulkhead_api.secret_value import SecretValue
from bulkhead_provider_sdk.provider import Call
from bulkhead_provider_sdk.references.objects import Content, ObjectReader
from bulkhead_provider_sdk.references.scope import KeyPlace, ObjectPlace, ca_key_from, secret_key_from
from bulkhead_provider_sdk.references.selectors import CaProvider, ObjectKind, SecretKeySelector
from bulkhead_runtime.kube.config import KubeConfigError
from bulkhead_runtime.kube.errors import ApiError, ForbiddenError, NotFoundError, UnauthorizedError

_LISTS: Final = {ObjectKind.SECRET: "secrets", ObjectKind.CONFIG_MAP: "configMaps"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """A value, and what stands for it where values must not stand."""

    value: SecretValue = field(repr=False)
    version: str
    """Of the object it is from; another one means that the value may have changed. Safe as a part of a cache key."""


class References:
    """Resolves the references of stores, under this provider server's own identity or not at all."""

    def __init__(self, reader: ObjectReader | None = None, *, provider: str = "<name>") -> None:
        """Prepare; nothing is read.

        Args:
            reader: None means that this provider server has no Kubernetes identity.
            provider: its name in the chart's values, below `providers`; for messages.
        """
        self._reader = reader
        self._values = f"providers.{provider}.identity"

    async def resolve_secret(self, call: Call, selector: SecretKeySelector, field: str) -> SecretValue:
        """Give the value that a selector means; as `find_secret`, without the version."""
        return (await self.find_secret(call, selector, field)).value

    async def resolve_ca(self, call: Call, provider: CaProvider, field: str) -> bytes:
        """Give the certificates that a caProvider means; as `find_ca`, without the version."""
        return (await self.find_ca(call, provider, field)).value.reveal()

    async def find_secret(self, call: Call, selector: SecretKeySelector, field: str) -> Resolved:
        """Give the value that a selector means for this call.

        Args:
            call: for its store, and for the consumer's namespace.
            selector: what the store says.
            field: where it says so, such as `spec.provider.vault.auth.tokenSecretRef`.

        Raises:
            InvalidStoreError: the selector cannot work, or this server has no identity.
            ReferentError: the store is being validated, and only a consumer can say which namespace is meant.
            UnauthenticatedError: the Secret or the key is missing, or may not be read.
            UnavailableError: the API server cannot be asked.
        """
        wanted = secret_key_from(call.store.ref, call.consumer.namespace, selector, field)
        return await self._find(f"{call.store.ref}: {field}", wanted)

    async def find_ca(self, call: Call, provider: CaProvider, field: str) -> Resolved:
        """Give the certificates that a caProvider means for this call, as they stand. Raises: as `find_secret`."""
        wanted = ca_key_from(call.store.ref, call.consumer.namespace, provider, field)
        return await self._find(f"{call.store.ref}: {field}", wanted)

    async def close(self) -> None:
        """Close the connections."""
        if self._reader is not None:
            await self._reader.close()

    async def _find(self, where: str, wanted: KeyPlace) -> Resolved:
        content = await self._content(where, wanted.place)
        value = content.keys.get(wanted.key)
        if value is None:
            raise UnauthenticatedError(f'{where}: {wanted.place}: has no key "{wanted.key}"')
        if not value.reveal():
            raise UnauthenticatedError(f'{where}: {wanted.place}: key "{wanted.key}" is empty')
        return Resolved(value=value, version=content.version)

    async def _content(self, where: str, place: ObjectPlace) -> Content:
        if self._reader is None:
            raise InvalidStoreError(
                f"{where}: this provider server has no Kubernetes identity to read {place} with: "
                f"set {self._values}.enabled in the chart's values and name it in {self._values}.{_LISTS[place.kind]}"
            )
        try:
            return await self._reader.read(place)
        except (ApiError, KubeConfigError) as error:
            failure = self._failure(where, place, error)
        # Raised after the handler, so that no frame of the API client hangs on the error.
        raise failure

    def _failure(self, where: str, place: ObjectPlace, error: ApiError | KubeConfigError) -> ProviderError:
        match error:
            case NotFoundError():
                return UnauthenticatedError(f"{where}: {place}: not found")
            case ForbiddenError():
                return UnauthenticatedError(
                    f"{where}: {place}: this provider server may not read it: "
                    f"name it in {self._values}.{_LISTS[place.kind]} of the chart's values"
                )
            case UnauthorizedError() | KubeConfigError():
                return UnauthenticatedError(
                    f"{where}: {place}: the token of this provider server's Kubernetes identity is missing or not "
                    "accepted: look into the certcontroller's log"
                )
            case _:
                return UnavailableError(
                    f"{where}: {place}: the API server cannot be asked: {error.reason}",
                    retry_after_s=error.retry_after_s,
                )
