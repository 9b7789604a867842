"""A target of another kind than Secret as it should be, given how it is. Pure.

Source: ESO, applyTemplateToManifest and applyOwnership; it writes on each refresh, and here only what is different.
"""

from dataclasses import dataclass

from bulkhead_api.external_secret import CreationPolicy, ExternalSecret, ManifestRef
from bulkhead_api.manifest import LiveManifest, Manifest, decode_content, encode_content
from bulkhead_controller.externalsecret.managed_fields import OwnFields, own_fields
from bulkhead_controller.externalsecret.plan import Fail
from bulkhead_controller.externalsecret.status import Message
from bulkhead_controller.externalsecret.update import (
    Unchanged,
    conflict_with,
    is_managed,
    updated_metadata,
    written_metadata,
)
from bulkhead_target.content import TargetContent
from bulkhead_target.fields import (
    Content,
    ContentError,
    Wanted,
    fresh_content,
    hash_content,
    merged_content,
    wanted_from,
)
from bulkhead_target.manifest import CONFIG_MAP
from bulkhead_target.target import ANNOTATION_DATA_HASH, build_metadata, field_manager

_KEEPS_FOREIGN_CONTENT = (CreationPolicy.MERGE, CreationPolicy.CREATE_OR_MERGE)


@dataclass(frozen=True, slots=True)
class ManifestUpdate:
    """Replace the target."""

    manifest: Manifest


def build_manifest(external_secret: ExternalSecret, kind: ManifestRef, content: TargetContent) -> Manifest:
    """Build the object where there is none.

    Raises:
        ContentError: the values cannot be put into an object of this kind.
    """
    fields = fresh_content(kind, wanted_from(content))
    return Manifest(
        api_version=kind.api_version,
        kind=kind.kind,
        metadata=build_metadata(external_secret, content, hash_content(fields)),
        content=encode_content(fields),
    )


def decide_manifest_update(
    external_secret: ExternalSecret, kind: ManifestRef, content: TargetContent, live: LiveManifest
) -> ManifestUpdate | Unchanged | Fail:
    """Say what to write over an object that exists."""
    conflict = conflict_with(external_secret, live.metadata)
    if conflict is not None:
        return conflict
    own = own_fields(live.metadata.managed_fields, field_manager(external_secret.metadata.name))
    try:
        fields = _wanted_fields(external_secret, kind, wanted_from(content), live, own)
    except ContentError as error:
        return Fail(f"{Message.UPDATE_TARGET_FAILED}: {error}")
    metadata = updated_metadata(external_secret, content, live.metadata, own, hash_content(fields))
    wanted = encode_content(fields)
    if wanted == live.content and metadata == written_metadata(live.metadata):
        return Unchanged()
    return ManifestUpdate(Manifest(api_version=kind.api_version, kind=kind.kind, metadata=metadata, content=wanted))


def is_valid(live: LiveManifest, fingerprint: str) -> bool:
    """Say whether the object still holds what was written.

    Args:
        live: the object.
        fingerprint: of what the API server gave back after our last write; empty if that is not known. An object whose
            schema has defaults never has the hash that was written with it.
    """
    if not is_managed(live.metadata):
        return False
    said = live.metadata.annotations.get(ANNOTATION_DATA_HASH)
    return said == hash_content(decode_content(live.content)) or fingerprint_of(live) == fingerprint


def fingerprint_of(live: LiveManifest) -> str:
    """Give hashes of what an object holds and says that it holds."""
    said = live.metadata.annotations.get(ANNOTATION_DATA_HASH, "")
    return f"{said} {hash_content(decode_content(live.content))}"


def _wanted_fields(
    external_secret: ExternalSecret, kind: ManifestRef, wanted: Wanted, live: LiveManifest, own: OwnFields
) -> Content:
    present = decode_content(live.content)
    if external_secret.spec.target.creation_policy not in _KEEPS_FOREIGN_CONTENT:
        return fresh_content(kind, wanted, present)
    return merged_content(kind, wanted, present, own.data if kind.kind == CONFIG_MAP else own.spec_data)
