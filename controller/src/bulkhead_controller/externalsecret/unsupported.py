"""Fields of the ExternalSecret schema that this version accepts and does not do yet.

Each gets a condition that names it. Nothing here is ever skipped in silence.
"""

from collections.abc import Iterator

from bulkhead_api.external_secret import CreationPolicy, ExternalSecretSpec, Target
from bulkhead_controller.rawfield import is_set


def unsupported_fields(spec: ExternalSecretSpec) -> list[str]:
    """Give the paths of all fields that cannot be honoured, sorted; empty means that everything can."""
    return sorted({*_in_target(spec.target), *_in_spec(spec), *_in_data(spec), *_in_data_from(spec)})


def _in_spec(spec: ExternalSecretSpec) -> Iterator[str]:
    if spec.sync_windows is not None:
        yield "spec.syncWindows"


def _in_target(target: Target) -> Iterator[str]:
    if target.creation_policy is not CreationPolicy.OWNER:
        yield f"spec.target.creationPolicy {target.creation_policy.value}"
    if target.immutable:
        yield "spec.target.immutable"
    if is_set(target.template):
        yield "spec.target.template"
    if target.manifest is not None:
        yield "spec.target.manifest"


def _in_data(spec: ExternalSecretSpec) -> Iterator[str]:
    for index, item in enumerate(spec.data):
        if item.source_ref is not None:
            yield f"spec.data[{index}].sourceRef"


def _in_data_from(spec: ExternalSecretSpec) -> Iterator[str]:
    for index, item in enumerate(spec.data_from):
        if item.source_ref is not None:
            yield f"spec.dataFrom[{index}].sourceRef"
        if item.find is not None:
            yield f"spec.dataFrom[{index}].find"
        if item.rewrite:
            yield f"spec.dataFrom[{index}].rewrite"
