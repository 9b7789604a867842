"""Fields of the ExternalSecret schema that this version accepts and does not do yet.

Each gets a condition that names it. Nothing here is ever skipped in silence.
"""

from collections.abc import Iterator

from bulkhead_api.external_secret import ExternalSecretSpec


def unsupported_fields(spec: ExternalSecretSpec) -> list[str]:
    """Give the paths of all fields that cannot be honoured, sorted; empty means that everything can."""
    return sorted({*_in_data(spec), *_in_data_from(spec)})


def _in_data(spec: ExternalSecretSpec) -> Iterator[str]:
    for index, item in enumerate(spec.data):
        if item.source_ref is not None and item.source_ref.generator_ref is not None:
            yield f"spec.data[{index}].sourceRef.generatorRef"


def _in_data_from(spec: ExternalSecretSpec) -> Iterator[str]:
    for index, item in enumerate(spec.data_from):
        if item.source_ref is not None and item.source_ref.generator_ref is not None:
            yield f"spec.dataFrom[{index}].sourceRef.generatorRef"
