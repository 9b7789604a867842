"""Prints a target, with its values or with their lengths. Pure."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass

import yaml

from bulkhead_api.external_secret import ExternalSecret, ManifestRef
from bulkhead_api.meta import ObjectMeta
from bulkhead_api.secret_value import SecretValue
from bulkhead_cli.failure import FAILED, CommandError
from bulkhead_target.content import TargetContent
from bulkhead_target.fields import Content, ContentError, fresh_content, hash_content, wanted_from
from bulkhead_target.hashing import hash_data
from bulkhead_target.manifest import manifest_of
from bulkhead_target.target import ANNOTATION_DATA_HASH, build_metadata, build_target


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What is shown of an object, and how."""

    shows_values: bool
    is_json: bool


def shown(external_secret: ExternalSecret, content: TargetContent, view: View) -> bytes:
    """Print the target.

    Raises:
        CommandError: its values do not fit into an object of its kind.
    """
    kind = manifest_of(external_secret.spec.target)
    built = _secret(external_secret, content, view) if kind is None else _object(external_secret, content, kind, view)
    if view.is_json:
        return f"{json.dumps(built, indent=2, ensure_ascii=False)}\n".encode()
    return yaml.safe_dump(built, sort_keys=False, allow_unicode=True, width=120).encode()


def _secret(external_secret: ExternalSecret, content: TargetContent, view: View) -> dict[str, object]:
    secret = build_target(external_secret, content)
    metadata = build_metadata(external_secret, content, hash_data(secret.data))
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": _metadata(external_secret, metadata, view),
        "type": secret.type,
        **({"immutable": True} if secret.immutable else {}),
        "data": {key: _value(secret.data[key], view) for key in sorted(secret.data)},
    }


def _object(
    external_secret: ExternalSecret, content: TargetContent, kind: ManifestRef, view: View
) -> dict[str, object]:
    try:
        fields: Content = fresh_content(kind, wanted_from(content))
    except ContentError as error:
        raise CommandError(str(error), status=FAILED) from None
    metadata = build_metadata(external_secret, content, hash_content(fields))
    return {
        "apiVersion": kind.api_version,
        "kind": kind.kind,
        "metadata": _metadata(external_secret, metadata, view),
        **{name: fields[name] if view.shows_values else _masked(fields[name]) for name in sorted(fields)},
    }


def _metadata(external_secret: ExternalSecret, metadata: ObjectMeta, view: View) -> dict[str, object]:
    template = external_secret.spec.target.template
    written = template.metadata if template is not None else external_secret.metadata
    labels = _texts(metadata.labels, written.labels, view, is_templated=template is not None)
    annotations = _texts(metadata.annotations, written.annotations, view, is_templated=template is not None)
    if not view.shows_values:
        # A hash of few possible values gives them away.
        annotations.pop(ANNOTATION_DATA_HASH, None)
    return {
        "name": metadata.name,
        **({"namespace": metadata.namespace} if metadata.namespace else {}),
        "labels": labels,
        **({"annotations": annotations} if annotations else {}),
        **({"finalizers": metadata.finalizers} if metadata.finalizers else {}),
    }


def _texts(texts: Mapping[str, str], written: Mapping[str, str], view: View, *, is_templated: bool) -> dict[str, str]:
    """Give labels or annotations; what a template has made of its text may be a value."""
    own = "reconcile.external-secrets.io/"
    return {
        key: text
        if view.shows_values or not is_templated or key.startswith(own) or written.get(key) == text
        else _mask(text.encode())
        for key, text in sorted(texts.items())
    }


def _value(value: SecretValue, view: View) -> str:
    return base64.b64encode(value.reveal()).decode() if view.shows_values else _mask(value.reveal())


def _masked(value: object) -> object:
    match value:
        case dict():
            return {key: _masked(item) for key, item in value.items()}
        case list():
            return [_masked(item) for item in value]
        case None:
            return None
        case _:
            return _mask(str(value).encode())


def _mask(value: bytes) -> str:
    return f"*** ({len(value)} bytes)"
