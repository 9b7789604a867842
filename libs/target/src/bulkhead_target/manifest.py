"""Which targets are of another kind than Secret. Pure."""

from typing import Final

from bulkhead_api.external_secret import ManifestRef, Target

CONFIG_MAP: Final = "ConfigMap"
"""Kind whose values stand in `data`; those of all others stand in `spec.data`. Source: ESO, createSimpleManifest."""

_SECRET: Final = ManifestRef(api_version="v1", kind="Secret")


def manifest_of(target: Target) -> ManifestRef | None:
    """Give the kind of a target that is no Secret; None means that it is one.

    A manifest that says `v1` and `Secret` asks for a Secret, so it is written as one. ESO puts the values into a field
    `spec.data` there, which a Secret does not have.
    """
    return None if target.manifest == _SECRET else target.manifest
