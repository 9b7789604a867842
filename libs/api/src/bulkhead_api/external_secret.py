"""ExternalSecret, external-secrets.io/v1, as the controller reads it.

Fields that the controller only has to notice are kept as raw JSON. Source: the CRD of the same name.
"""

from datetime import datetime
from enum import StrEnum
from sys import intern

import msgspec
from msgspec.structs import force_setattr

from bulkhead_api.meta import Condition, ObjectMeta

GROUP = "external-secrets.io"
API_VERSION = "external-secrets.io/v1"
KIND = "ExternalSecret"
PLURAL = "externalsecrets"


class StoreKind(StrEnum):
    """Which of the two store kinds a reference means."""

    SECRET_STORE = "SecretStore"
    CLUSTER_SECRET_STORE = "ClusterSecretStore"


class CreationPolicy(StrEnum):
    """Who owns and may create the target. Source: spec.target.creationPolicy."""

    OWNER = "Owner"
    ORPHAN = "Orphan"
    MERGE = "Merge"
    NONE = "None"
    CREATE_OR_MERGE = "CreateOrMerge"


class DeletionPolicy(StrEnum):
    """What becomes of the target when the secrets are gone. Source: spec.target.deletionPolicy."""

    DELETE = "Delete"
    MERGE = "Merge"
    RETAIN = "Retain"


class RefreshPolicy(StrEnum):
    """What makes a sync due. Source: spec.refreshPolicy."""

    CREATED_ONCE = "CreatedOnce"
    PERIODIC = "Periodic"
    ON_CHANGE = "OnChange"


class MetadataPolicy(StrEnum):
    """Whether a reference means the secret or its metadata. Source: remoteRef.metadataPolicy."""

    NONE = "None"
    FETCH = "Fetch"


class ConversionStrategy(StrEnum):
    """How runes that no Secret key may hold are replaced. Source: remoteRef.conversionStrategy."""

    DEFAULT = "Default"
    UNICODE = "Unicode"


class DecodingStrategy(StrEnum):
    """How values are decoded after they were read. Source: remoteRef.decodingStrategy."""

    AUTO = "Auto"
    BASE64 = "Base64"
    BASE64_URL = "Base64URL"
    NONE = "None"


class NullBytePolicy(StrEnum):
    """Whether a value may hold a null byte. Source: remoteRef.nullBytePolicy."""

    IGNORE = "Ignore"
    FAIL = "Fail"


class _Spec(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Settings of all spec structs; objects of others keep unknown fields, so they are not refused."""


class SecretStoreRef(_Spec, frozen=True, kw_only=True):
    """Names a store; without a kind it is a SecretStore of the same namespace."""

    name: str = ""
    kind: StoreKind = StoreKind.SECRET_STORE


class RemoteRef(_Spec, frozen=True, kw_only=True, gc=False):
    """One secret in the backend. Empty `property` and `version` mean the whole secret and the latest."""

    key: str
    property: str = ""
    version: str = ""
    metadata_policy: MetadataPolicy = MetadataPolicy.NONE
    conversion_strategy: ConversionStrategy = ConversionStrategy.DEFAULT
    decoding_strategy: DecodingStrategy = DecodingStrategy.NONE
    null_byte_policy: NullBytePolicy = NullBytePolicy.IGNORE

    def __post_init__(self) -> None:
        # The same few texts stand in most entries of most objects: shared, they make an object half as large.
        force_setattr(self, "key", intern(self.key))
        force_setattr(self, "property", intern(self.property))


class DataItem(_Spec, frozen=True, kw_only=True, gc=False):
    """One key of the target. Source: spec.data[]."""

    secret_key: str
    remote_ref: RemoteRef
    source_ref: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET

    def __post_init__(self) -> None:
        force_setattr(self, "secret_key", intern(self.secret_key))


class DataFromItem(_Spec, frozen=True, kw_only=True):
    """Many keys of the target at once. Source: spec.dataFrom[]."""

    extract: RemoteRef | None = None
    find: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    rewrite: list[msgspec.Raw] = []
    source_ref: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class Target(_Spec, frozen=True, kw_only=True):
    """The Secret to write; an empty name means the ExternalSecret's own. Source: spec.target."""

    name: str = ""
    creation_policy: CreationPolicy = CreationPolicy.OWNER
    deletion_policy: DeletionPolicy = DeletionPolicy.RETAIN
    immutable: bool = False
    template: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    manifest: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class ExternalSecretSpec(_Spec, frozen=True, kw_only=True):
    """What is wanted. Source: ExternalSecret.spec."""

    secret_store_ref: SecretStoreRef = SecretStoreRef()
    target: Target = Target()
    refresh_policy: RefreshPolicy = RefreshPolicy.PERIODIC
    refresh_interval: str = "1h0m0s"
    """A Go duration; zero or less means never on a timer."""
    sync_windows: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    data: list[DataItem] = []
    data_from: list[DataFromItem] = []


class Binding(_Spec, frozen=True, kw_only=True):
    """Name of the Secret for servicebinding.io."""

    name: str = ""


class ExternalSecretStatus(_Spec, frozen=True, kw_only=True):
    """What was seen and done. Source: ExternalSecret.status."""

    refresh_time: datetime | None = None
    """UTC, whole seconds; None before the first sync."""
    synced_resource_version: str = ""
    """`<generation>-<hash of labels and annotations>` at the last sync; empty before the first."""
    conditions: list[Condition] = []
    binding: Binding = Binding()


class ExternalSecret(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The object as the API server sends it."""

    metadata: ObjectMeta
    spec: ExternalSecretSpec = ExternalSecretSpec()
    status: ExternalSecretStatus = ExternalSecretStatus()
