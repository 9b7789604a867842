"""The seam to the provider servers, as the reconcilers see it.

No protobuf and no gRPC here: `providers/` implements `Backends` over the wire, tests with a fake.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bulkhead_api.errors import ProviderError
from bulkhead_api.external_secret import MetadataPolicy, StoreKind
from bulkhead_api.provider import Maintenance, Retry, Shape, StoreCapability, ValidationResult
from bulkhead_api.secret_value import SecretValue


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundStore:
    """One store object at one moment of its life, with the provider's part of its spec."""

    kind: StoreKind
    namespace: str
    """Empty for a ClusterSecretStore."""
    name: str
    uid: str
    generation: int
    provider: str
    """The single key below spec.provider, such as `vault`."""
    spec_json: bytes = field(repr=False)
    """The JSON below that key; not shown because some providers take values inline."""
    retry: Retry | None = None
    """How the provider tries calls to its backend again; None means its own way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumer:
    """The object on whose behalf a call is made."""

    kind: str
    namespace: str
    """Empty while a ClusterSecretStore is validated."""
    name: str
    uid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ref:
    """One secret to read. Empty `property` and `version` mean the whole secret and the latest."""

    key: str
    property: str = ""
    version: str = ""
    metadata_policy: MetadataPolicy = MetadataPolicy.NONE
    shape: Shape = Shape.VALUE


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What to find. Without a path, a name expression and tags it means everything."""

    path: str = ""
    """Where to look, in the backend's own notation."""
    name_regexp: str = ""
    """RE2, searched anywhere in the name."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Every one of these must match. Which of both counts beside a name expression is the provider's to say."""


@dataclass(frozen=True, slots=True)
class Value:
    """The answer to a reference of `Shape.VALUE`."""

    data: SecretValue


@dataclass(frozen=True, slots=True)
class Fields:
    """The answer to a reference of `Shape.MAP`: the secret's fields by name, in no particular order."""

    fields: Mapping[str, SecretValue]


Outcome = Value | Fields | ProviderError
"""What became of one reference. Errors of one item are returned, so that the others stand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """That a store can work, as far as can be told."""

    result: ValidationResult
    capability: StoreCapability
    warnings: Sequence[str] = ()
    """Sentences for the store's users about what works and should not stay so."""
    maintenance: Maintenance = Maintenance.MAINTAINED
    """Whether somebody looks after the store's provider."""


class Backends(Protocol):
    """All provider servers behind one door."""

    def route(self, provider: str) -> str | None:
        """Name the provider server that serves this key of spec.provider; None means that none is configured."""

    async def batch_get(self, store: BoundStore, consumer: Consumer, refs: Sequence[Ref]) -> Sequence[Outcome]:
        """Read the references, split into as many calls as the limits ask for; one outcome each, in their order.

        Raises:
            ProviderError: no reference can be read; its message names the store and is safe to show.
        """

    async def find(self, store: BoundStore, consumer: Consumer, query: Query) -> Mapping[str, SecretValue]:
        """Give every secret that matches, by its name; empty if nothing does.

        Raises:
            SecretNotFoundError: there is not even the place to look in.
            UnsupportedError: the provider does not find by what the query asks for.
            TooLargeError: there is more than can be held.
            ProviderError: nothing can be found; the message names the store and is safe to show.
        """

    async def validate(self, store: BoundStore, consumer: Consumer) -> Validation:
        """Say whether the store can work.

        Raises:
            ProviderError: it cannot, or its provider server cannot be asked; the message is safe to show.
        """
