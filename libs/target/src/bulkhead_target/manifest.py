"""Which targets are of another kind than Secret, and which kinds are never written. Pure."""

import re
from typing import Final

from bulkhead_api.external_secret import ManifestRef, Target

CONFIG_MAP: Final = "ConfigMap"
"""Kind whose values stand in `data`; those of all others stand in `spec.data`. Source: ESO, createSimpleManifest."""

_SECRET: Final = ManifestRef(api_version="v1", kind="Secret")
_EVENT: Final = ManifestRef(api_version="v1", kind="Event")
_API_VERSION: Final = re.compile(r"([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?v[a-z0-9]{1,62}")
_KIND: Final = re.compile(r"[A-Za-z][A-Za-z0-9]{0,62}")
# The controller has rights in some of these for its own work, which no user may borrow; in the others it must get none.
_CLOSED_GROUPS: Final = frozenset(
    {
        "authentication.k8s.io",
        "authorization.k8s.io",
        "coordination.k8s.io",
        "events.k8s.io",
        "external-secrets.io",
        "generators.external-secrets.io",
        "rbac.authorization.k8s.io",
    }
)


def manifest_of(target: Target) -> ManifestRef | None:
    """Give the kind of a target that is no Secret; None means that it is one.

    A manifest that says `v1` and `Secret` asks for a Secret, so it is written as one. ESO puts the values into a field
    `spec.data` there, which a Secret does not have.
    """
    return None if target.manifest == _SECRET else target.manifest


def problem_of_kind(wanted: ManifestRef) -> str | None:
    """Say why no target may be of this kind, whatever is configured; None means that one may.

    Source: ESO, validateGenericTarget.
    """
    # Never quoted before they were found to be short and plain.
    if not _API_VERSION.fullmatch(wanted.api_version):
        return "spec.target.manifest.apiVersion is no version such as apps/v1"
    if not _KIND.fullmatch(wanted.kind):
        return "spec.target.manifest.kind is no kind such as ConfigMap"
    if wanted == _EVENT or wanted.group in _CLOSED_GROUPS:
        return f"{wanted.kind} of {wanted.api_version} is never written for others"
    return None
