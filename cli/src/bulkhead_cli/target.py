"""The object that an ExternalSecret gives, as it is printed. Pure."""

import json
from base64 import b64encode

import msgspec
from msgspec.structs import replace

from bulkhead_api.external_secret import ExternalSecret, ManifestRef
from bulkhead_api.meta import ObjectMeta
from bulkhead_cli.masking import mask_of, masked_fields, masked_metadata
from bulkhead_cli.problems import FailedError
from bulkhead_cli.requests import OutputFormat
from bulkhead_cli.values import reading_meter
from bulkhead_target.content import TargetContent
from bulkhead_target.fields import ContentError, fresh_content, hash_content, wanted_from
from bulkhead_target.manifest import manifest_of
from bulkhead_target.target import build_metadata, build_target
from bulkhead_templating import LimitError
from bulkhead_templating.goyaml.writing import YamlWriteError, yaml_text_of
from bulkhead_templating.text import bytes_of


def object_of(external_secret: ExternalSecret, content: TargetContent, *, show_values: bool) -> dict[str, object]:
    """Build the target where there is none yet.

    Raises:
        FailedError: the content does not fit into an object of its kind.
    """
    shown = content if show_values else masked_metadata(content, external_secret.spec.target.template)
    kind = manifest_of(external_secret.spec.target)
    if kind is None:
        return _secret(external_secret, shown, show_values=show_values)
    return _of_kind(kind, external_secret, shown, show_values=show_values)


def printed(document: dict[str, object], output: OutputFormat) -> bytes:
    """Print an object as kubectl does, with its keys sorted.

    Raises:
        FailedError: it cannot be printed in this form.
    """
    if output is OutputFormat.JSON:
        return bytes_of(json.dumps(document, indent=4, sort_keys=True, ensure_ascii=False) + "\n")
    try:
        return bytes_of(yaml_text_of(document, meter=reading_meter()))
    except LimitError as error:
        problem = str(error)
    except YamlWriteError:
        # Its words may quote a value.
        problem = "a text holds what YAML cannot; -o json prints it"
    raise FailedError(f"the object cannot be printed: {problem}")


def _secret(external_secret: ExternalSecret, content: TargetContent, *, show_values: bool) -> dict[str, object]:
    secret = build_target(external_secret, content)
    values = {key: value.reveal() for key, value in secret.data.items()}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": _metadata(secret.metadata),
        "type": secret.type,
        "data": {key: b64encode(value).decode() if show_values else mask_of(value) for key, value in values.items()},
        **({"immutable": True} if secret.immutable else {}),
    }


def _of_kind(
    kind: ManifestRef, external_secret: ExternalSecret, content: TargetContent, *, show_values: bool
) -> dict[str, object]:
    try:
        fields = fresh_content(kind, wanted_from(content))
    except ContentError as error:
        raise FailedError(str(error)) from None
    metadata = build_metadata(external_secret, content, hash_content(fields))
    return {
        **{name: value if show_values else masked_fields(value) for name, value in fields.items()},
        "apiVersion": kind.api_version,
        "kind": kind.kind,
        "metadata": _metadata(metadata),
    }


def _metadata(metadata: ObjectMeta) -> object:
    # The uid of the owner is known to the cluster alone, and without it the API server refuses the reference.
    return msgspec.to_builtins(replace(metadata, owner_references=[]))
