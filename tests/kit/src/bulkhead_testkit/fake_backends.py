"""Provider servers that answer from a dictionary, behind the controller's own seam."""

import re
from collections.abc import Mapping, Sequence

from bulkhead_api.errors import ProviderError, SecretNotFoundError
from bulkhead_api.provider import Shape, StoreCapability, ValidationResult
from bulkhead_api.secret_value import SecretValue
from bulkhead_controller.backends import BoundStore, Consumer, Fields, Outcome, Query, Ref, Validation, Value


class FakeBackends:
    """One provider server that holds values and maps by key, and fails on demand. Implements `Backends`."""

    def __init__(self, *, provider: str = "fake") -> None:
        """Serve the stores of one provider."""
        self.values: dict[str, bytes] = {}
        self.maps: dict[str, Mapping[str, bytes]] = {}
        self.tags: dict[str, Mapping[str, str]] = {}
        """The tags of values by key, for finds."""
        self.errors: dict[str, ProviderError] = {}
        """What to answer for single keys, and to finds below these paths."""
        self.failure: ProviderError | None = None
        """What every call ends with."""
        self.validation: Validation | ProviderError = Validation(
            result=ValidationResult.READY, capability=StoreCapability.READ_ONLY
        )
        self.reads: list[tuple[BoundStore, Consumer, Sequence[Ref]]] = []
        """Each batch that was asked for."""
        self.finds: list[tuple[BoundStore, Consumer, Query]] = []
        """Each query that was made."""
        self.validations: list[BoundStore] = []
        self._provider = provider

    def route(self, provider: str) -> str | None:
        """Name the server."""
        return f"{provider}-server" if provider == self._provider else None

    async def batch_get(self, store: BoundStore, consumer: Consumer, refs: Sequence[Ref]) -> Sequence[Outcome]:
        """Answer from the dictionaries; a key that is in none of them does not exist."""
        self.reads.append((store, consumer, refs))
        if self.failure is not None:
            raise self.failure
        return [self._outcome(store, ref) for ref in refs]

    async def find(self, store: BoundStore, consumer: Consumer, query: Query) -> Mapping[str, SecretValue]:
        """Find the values whose keys begin with the path, hold the expression and have all tags."""
        self.finds.append((store, consumer, query))
        failure = self.failure or self.errors.get(query.path)
        if failure is not None:
            raise failure
        return {key: SecretValue(value) for key, value in self.values.items() if self._matches(key, query)}

    async def validate(self, store: BoundStore, consumer: Consumer) -> Validation:
        """Answer with `validation`."""
        self.validations.append(store)
        if isinstance(self.validation, ProviderError):
            raise self.validation
        return self.validation

    def _matches(self, key: str, query: Query) -> bool:
        has_tags = query.tags.items() <= self.tags.get(key, {}).items()
        return has_tags and key.startswith(query.path) and re.search(query.name_regexp, key) is not None

    def _outcome(self, store: BoundStore, ref: Ref) -> Outcome:
        if ref.key in self.errors:
            return self.errors[ref.key]
        if ref.shape is Shape.MAP and ref.key in self.maps:
            return Fields({name: SecretValue(value) for name, value in self.maps[ref.key].items()})
        if ref.shape is Shape.VALUE and ref.key in self.values:
            return Value(SecretValue(self.values[ref.key]))
        return SecretNotFoundError(f'store "{store.namespace}/{store.name}": key "{ref.key}": there is no such secret')
