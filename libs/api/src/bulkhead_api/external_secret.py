"""ExternalSecret, external-secrets.io/v1, as the controller reads it.

Fields that the controller only has to notice are kept as raw JSON. Source: the CRD of the same name.
"""

from datetime import datetime
from enum import StrEnum
from sys import intern

import msgspec
from msgspec.structs import force_setattr

from bulkhead_api.decoding_strategy import DecodingStrategy
from bulkhead_api.meta import Condition, ObjectMeta
from bulkhead_api.target_template import TargetTemplate

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


class NullBytePolicy(StrEnum):
    """Whether a value may hold a null byte. Source: remoteRef.nullBytePolicy."""

    IGNORE = "Ignore"
    FAIL = "Fail"


class MergeStrategy(StrEnum):
    """What becomes of merged values. Source: rewrite[].merge.strategy."""

    EXTRACT = "Extract"
    JSON = "JSON"


class ConflictPolicy(StrEnum):
    """What happens when two merged values have a key in common. Source: rewrite[].merge.conflictPolicy."""

    IGNORE = "Ignore"
    ERROR = "Error"


class PriorityPolicy(StrEnum):
    """Whether every key of the priority list must be there. Source: rewrite[].merge.priorityPolicy."""

    IGNORE_NOT_FOUND = "IgnoreNotFound"
    STRICT = "Strict"


class WindowKind(StrEnum):
    """Whether windows are when to refresh or when not to. Source: spec.syncWindows.kind."""

    ALLOW = "allow"
    DENY = "deny"


class _Spec(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Settings of all spec structs; objects of others keep unknown fields, so they are not refused."""


class SecretStoreRef(_Spec, frozen=True, kw_only=True, cache_hash=True):
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


class GeneratorRef(_Spec, frozen=True, kw_only=True):
    """Names a generator. Source: sourceRef.generatorRef."""

    kind: str
    name: str = ""
    api_version: str = "generators.external-secrets.io/v1alpha1"


class SourceRef(_Spec, frozen=True, kw_only=True):
    """Where one entry comes from, if not from spec.secretStoreRef. Source: data[].sourceRef, dataFrom[].sourceRef."""

    store_ref: SecretStoreRef | None = None
    generator_ref: GeneratorRef | None = None


class FindName(_Spec, frozen=True, kw_only=True):
    """Source: dataFrom[].find.name."""

    regexp: str = ""
    """RE2, searched anywhere in the name."""


class Find(_Spec, frozen=True, kw_only=True):
    """Finds secrets by name, by tags, or both. Source: dataFrom[].find."""

    path: str | None = None
    """Where to look, in the backend's own notation; None means everywhere."""
    name: FindName | None = None
    tags: dict[str, str] = {}
    conversion_strategy: ConversionStrategy = ConversionStrategy.DEFAULT
    decoding_strategy: DecodingStrategy = DecodingStrategy.NONE
    null_byte_policy: NullBytePolicy = NullBytePolicy.IGNORE


class RewriteRegexp(_Spec, frozen=True, kw_only=True):
    """Replaces what an expression finds in a key. Source: rewrite[].regexp."""

    source: str
    target: str


class RewriteTransform(_Spec, frozen=True, kw_only=True):
    """Gives each key a template's output as its new name. Source: rewrite[].transform."""

    template: str


class RewriteMerge(_Spec, frozen=True, kw_only=True):
    """Merges values that are JSON objects. Source: rewrite[].merge."""

    into: str = ""
    priority: list[str] = []
    priority_policy: PriorityPolicy = PriorityPolicy.STRICT
    conflict_policy: ConflictPolicy = ConflictPolicy.ERROR
    strategy: MergeStrategy = MergeStrategy.EXTRACT


class Rewrite(_Spec, frozen=True, kw_only=True):
    """One step of a rewrite; exactly one of its parts is set. Source: dataFrom[].rewrite[]."""

    merge: RewriteMerge | None = None
    regexp: RewriteRegexp | None = None
    transform: RewriteTransform | None = None


class SyncWindow(_Spec, frozen=True, kw_only=True):
    """A time that comes again and again. Source: spec.syncWindows.windows[]."""

    schedule: str
    """Five cron fields or one of `@daily` and the like, in UTC."""
    duration: str
    """A Go duration."""


class SyncWindows(_Spec, frozen=True, kw_only=True):
    """When periodic refreshes may happen. Source: spec.syncWindows."""

    kind: WindowKind
    windows: list[SyncWindow]


class DataItem(_Spec, frozen=True, kw_only=True, gc=False):
    """One key of the target. Source: spec.data[]."""

    secret_key: str
    remote_ref: RemoteRef
    source_ref: SourceRef | None = None

    def __post_init__(self) -> None:
        force_setattr(self, "secret_key", intern(self.secret_key))


class DataFromItem(_Spec, frozen=True, kw_only=True):
    """Many keys of the target at once. Source: spec.dataFrom[]."""

    extract: RemoteRef | None = None
    find: Find | None = None
    rewrite: list[Rewrite] = []
    source_ref: SourceRef | None = None


class ManifestRef(_Spec, frozen=True, kw_only=True):
    """The kind of the target, if it is no Secret. Source: spec.target.manifest."""

    api_version: str
    kind: str

    @property
    def group(self) -> str:
        """The API group; empty for the core one, whose versions have no slash."""
        group, slash, _ = self.api_version.partition("/")
        return group if slash else ""


class Target(_Spec, frozen=True, kw_only=True):
    """The Secret to write; an empty name means the ExternalSecret's own. Source: spec.target."""

    name: str = ""
    creation_policy: CreationPolicy = CreationPolicy.OWNER
    deletion_policy: DeletionPolicy = DeletionPolicy.RETAIN
    immutable: bool = False
    template: TargetTemplate | None = None
    manifest: ManifestRef | None = None


class ExternalSecretSpec(_Spec, frozen=True, kw_only=True):
    """What is wanted. Source: ExternalSecret.spec."""

    secret_store_ref: SecretStoreRef = SecretStoreRef()
    target: Target = Target()
    refresh_policy: RefreshPolicy = RefreshPolicy.PERIODIC
    refresh_interval: str = "1h0m0s"
    """A Go duration; zero or less means never on a timer."""
    sync_windows: SyncWindows | None = None
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
