"""The Fake provider behind the servicer.

It keeps nothing between calls: each call brings the store's own spec, and so no store can see another's data.
"""

from collections.abc import AsyncIterator, Sequence
from importlib.metadata import version

from bulkhead_api.errors import InvalidStoreError, ProviderError
from bulkhead_api.provider import Maintenance, StoreCapability, ValidationResult
from bulkhead_provider_fake.mapping import found_in, outcome_from
from bulkhead_provider_fake.spec import ForcedResult, spec_from_store
from bulkhead_provider_sdk.provider import Call, Capability, Found, Outcome, ProviderInfo, Query, Ref, Validation

_INFO = ProviderInfo(
    version=version("bulkhead-provider-fake"),
    store_providers=frozenset({"fake"}),
    capabilities=frozenset({Capability.READ, Capability.MAP, Capability.FIND_BY_NAME}),
    # As ESO says of its own.
    maintenance=Maintenance.NOT_MAINTAINED,
)


class FakeProvider:
    """Serves `spec.provider.fake`. Source: ESO's Fake provider."""

    @property
    def info(self) -> ProviderInfo:
        """Reads, maps, and finds by name."""
        return _INFO

    async def validate(self, call: Call) -> Validation:
        """Say that a store works, or what its validationResult asks to be said.

        Raises:
            InvalidStoreError: the spec cannot work, or asks for a failure.
        """
        forced = spec_from_store(call.store).validation_result
        if forced is ForcedResult.ERROR:
            raise InvalidStoreError(f"{call.store.ref}: spec.provider.fake.validationResult asks for this error")
        result = ValidationResult.UNKNOWN if forced is ForcedResult.UNKNOWN else ValidationResult.READY
        return Validation(result=result, capability=StoreCapability.READ_ONLY)

    async def batch_get(self, call: Call, refs: Sequence[Ref]) -> Sequence[Outcome]:
        """Look the references up.

        Raises:
            InvalidStoreError: the spec cannot work.
        """
        data = spec_from_store(call.store).data
        return [outcome_from(data, ref, store=call.store.ref) for ref in refs]

    async def find(self, call: Call, query: Query) -> AsyncIterator[Found]:
        """Find by name.

        Raises:
            InvalidStoreError: the spec cannot work.
            InvalidRefError: the name expression is not RE2.
            UnsupportedError: the query has tags or a path and no name expression.
        """
        data = spec_from_store(call.store).data
        try:
            found = found_in(data, query)
        except ProviderError as error:
            raise type(error)(f"{call.store.ref}: find: {error.message}") from None
        for secret in found:
            yield secret

    async def close(self) -> None:
        """Nothing to let go of."""
