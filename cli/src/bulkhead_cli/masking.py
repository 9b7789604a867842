"""Takes values out of what is shown. Pure."""

from collections.abc import Mapping
from dataclasses import replace

from bulkhead_api.target_template import TargetTemplate
from bulkhead_target.content import TargetContent


def mask_of(value: bytes) -> str:
    """Give what is shown instead of a value; its length helps to find a newline too many."""
    return f"*** ({len(value)} byte{'' if len(value) == 1 else 's'})"


def masked_metadata(content: TargetContent, template: TargetTemplate | None) -> TargetContent:
    """Mask those labels and annotations that templates make; what stands in the manifest as it is, is no secret."""
    if template is None:
        return content
    return replace(
        content,
        labels=_masked_texts(content.labels, template.metadata.labels),
        annotations=_masked_texts(content.annotations, template.metadata.annotations),
    )


def masked_fields(value: object) -> object:
    """Mask all values in fields of an object of any kind; names of fields stay."""
    match value:
        case dict():
            return {key: masked_fields(each) for key, each in value.items()}
        case list():
            return [masked_fields(each) for each in value]
        case str():
            return mask_of(value.encode("utf-8", "replace"))
        case bool():
            return "*** (boolean)"
        case int() | float():
            return "*** (number)"
        case _:
            return value


def _masked_texts(made: Mapping[str, str], written: Mapping[str, str]) -> dict[str, str]:
    return {key: text if written.get(key) == text else mask_of(text.encode()) for key, text in made.items()}
