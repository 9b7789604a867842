"""What a provider server written in Python implements, and the values that go in and out.

No protobuf and no gRPC here: `servicer.py` is where the wire meets these types.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from bulkhead_api.errors import ProviderError
from bulkhead_api.external_secret import MetadataPolicy, StoreKind
from bulkhead_api.provider import Maintenance, Retry, Shape, StoreCapability, ValidationResult
from bulkhead_api.secret_value import SecretValue


class Capability(StrEnum):
    """What a server can do. Source: provider_service.proto, Capability."""

    READ = "Read"
    MAP = "Map"
    FIND_BY_NAME = "FindByName"
    FIND_BY_TAG = "FindByTag"
    NOT_MODIFIED = "NotModified"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreRef:
    """One store object at one moment of its life."""

    kind: StoreKind
    namespace: str
    """Empty for a ClusterSecretStore."""
    name: str
    uid: str
    generation: int

    def __str__(self) -> str:
        """Name the store for people, as in `store "team-a/vault"` or `cluster store "vault"`."""
        if self.kind is StoreKind.CLUSTER_SECRET_STORE:
            return f'cluster store "{self.name}"'
        return f'store "{self.namespace}/{self.name}"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """A store and the provider's part of its spec."""

    ref: StoreRef
    provider: str
    """The single key below spec.provider, such as `vault`."""
    spec_json: bytes = field(repr=False)
    """The JSON object below that key; not shown because some providers take values inline."""
    retry: Retry | None = None
    """How calls to the backend are tried again; None means the provider's own way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumer:
    """The object on whose behalf a call is made."""

    kind: str
    namespace: str
    """Empty while a ClusterSecretStore is validated."""
    name: str
    uid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What every call carries."""

    request_id: str
    store: Store
    consumer: Consumer


@dataclass(frozen=True, slots=True, kw_only=True)
class Ref:
    """One secret to read. Empty `property`, `version` and `known_version` mean that none was given."""

    key: str
    property: str = ""
    version: str = ""
    metadata_policy: MetadataPolicy = MetadataPolicy.NONE
    shape: Shape = Shape.VALUE
    known_version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One value; an empty version means that the backend has none or did not say."""

    data: SecretValue
    version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """A secret's fields; an empty version means that the backend has none or did not say."""

    fields: Mapping[str, SecretValue]
    version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotModified:
    """The caller's `known_version` is still current."""


Outcome = Value | Fields | NotModified | ProviderError
"""What became of one reference. Errors of one item are returned, so that the others stand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What to find. Without a path, a name expression and tags it matches everything."""

    path: str = ""
    name_regexp: str = ""
    """RE2, searched anywhere in the name."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Every one of these must match. Where ESO's provider looks at the name alone if there is one, so does ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One secret that matches."""

    name: str
    data: SecretValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """That a store can work, as far as can be told."""

    result: ValidationResult
    capability: StoreCapability
    warnings: Sequence[str] = ()
    """Sentences for the store's users about what works and should not stay so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderInfo:
    """What a server is."""

    version: str
    store_providers: frozenset[str]
    """The keys below spec.provider that it serves."""
    capabilities: frozenset[Capability]
    maintenance: Maintenance = Maintenance.MAINTAINED


class Provider(Protocol):
    """A backend behind the servicer. One instance serves all stores; it runs on one event loop.

    Every method may raise a `ProviderError`; any other exception is a defect and reaches the caller as InternalError
    without its text. The deadline is the surrounding `asyncio.timeout`; cancellation must be let through.
    """

    @property
    def info(self) -> ProviderInfo:
        """What this server is; constant while it runs."""

    async def validate(self, call: Call) -> Validation:
        """Say whether the store can work.

        Raises:
            InvalidStoreError: its spec cannot work, whatever the backend says.
            ProviderError: any other way in which the backend refuses or cannot be reached.
        """

    async def batch_get(self, call: Call, refs: Sequence[Ref]) -> Sequence[Outcome]:
        """Read the references; one outcome for each, in their order.

        Raises:
            ProviderError: no reference can be read, such as for an invalid store or a backend that is down.
        """

    def find(self, call: Call, query: Query) -> AsyncIterator[Found]:
        """Give every secret that matches, in no particular order and without duplicates.

        Raises:
            ProviderError: the query cannot work or the backend refuses it.
        """

    async def close(self) -> None:
        """Let go of the backend: connections and, where they are ours, tokens."""
