"""Which kinds of targets other than Secret are never written. Pure."""

import re
from typing import Final

from bulkhead_api.external_secret import ExternalSecretSpec, ManifestRef
from bulkhead_controller.externalsecret.status import Message
from bulkhead_target.manifest import manifest_of

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


def problem_of_manifest(spec: ExternalSecretSpec, *, allowed: bool) -> str | None:
    """Say why a target of another kind is refused before anybody is asked; None means that it is not.

    Args:
        spec: of the ExternalSecret.
        allowed: whether the controller may write other kinds at all.

    Source: ESO, validateGenericTarget.
    """
    wanted = manifest_of(spec.target)
    if wanted is None:
        return None
    if not allowed:
        return (
            f"{Message.INVALID_GENERIC_TARGET}: generic targets are disabled; they need the flag "
            "--unsafe-allow-generic-targets, which the chart sets by its value genericTargets.enabled"
        )
    # Never quoted before they were found to be short and plain.
    if not _API_VERSION.fullmatch(wanted.api_version):
        return f"{Message.INVALID_GENERIC_TARGET}: spec.target.manifest.apiVersion is no version such as apps/v1"
    if not _KIND.fullmatch(wanted.kind):
        return f"{Message.INVALID_GENERIC_TARGET}: spec.target.manifest.kind is no kind such as ConfigMap"
    if wanted == _EVENT or wanted.group in _CLOSED_GROUPS:
        return f"{Message.INVALID_GENERIC_TARGET}: {wanted.kind} of {wanted.api_version} is never written for others"
    return None
