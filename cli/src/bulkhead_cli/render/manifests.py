"""Finds in manifests what is rendered, and the texts that it names. Messages hold no value."""

import base64
import binascii
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

import msgspec

from bulkhead_api import cluster_external_secret, external_secret
from bulkhead_api.external_secret import ExternalSecret, ExternalSecretSpec
from bulkhead_api.meta import ObjectMeta
from bulkhead_cli.failure import CommandError
from bulkhead_cli.render.files import Document
from bulkhead_target.keys import quoted
from bulkhead_target.template.steps import SourceKey, SourceKind

T = TypeVar("T")


class _OwnerMetadata(msgspec.Struct, rename="camel"):
    annotations: dict[str, str] = {}
    labels: dict[str, str] = {}


class _OwnerSpec(msgspec.Struct, rename="camel"):
    external_secret_spec: ExternalSecretSpec
    external_secret_name: str = ""
    external_secret_metadata: _OwnerMetadata = msgspec.field(default_factory=_OwnerMetadata)


class _Owner(msgspec.Struct):
    metadata: ObjectMeta
    spec: _OwnerSpec


class _Texts(msgspec.Struct, rename="camel"):
    metadata: ObjectMeta
    kind: str
    data: dict[str, str] = {}
    string_data: dict[str, str] = {}


def chosen(documents: Sequence[Document], name: str) -> ExternalSecret:
    """Find the ExternalSecret, or the one that a ClusterExternalSecret would make.

    Args:
        documents: of the file.
        name: of it; empty if there is one alone.

    Raises:
        CommandError: there is none, or more than one.
    """
    found = list(_external_secrets(documents))
    wanted = [each for each in found if name in ("", each.metadata.name)]
    if len(wanted) == 1:
        return wanted[0]
    names = ", ".join(quoted(each.metadata.name) for each in found)
    if not found:
        raise CommandError("the file has no ExternalSecret and no ClusterExternalSecret")
    if not wanted:
        raise CommandError(f"the file has no ExternalSecret {quoted(name)}; it has {names}")
    raise CommandError(f"the file has several ExternalSecrets; choose by --name: {names}")


def texts_from(
    documents: Sequence[Document], wanted: Sequence[SourceKey], namespace: str
) -> Mapping[SourceKey, Mapping[str, bytes]]:
    """Find the objects with templates.

    Args:
        documents: what was given.
        wanted: what the template names.
        namespace: of the ExternalSecret; empty if it does not say.

    Raises:
        CommandError: one was not given.
    """
    given = {key: texts for document in documents for key, texts in _texts(document, namespace)}
    for key in wanted:
        if key not in given:
            raise CommandError(
                f"spec.target.template.templateFrom: {key.kind.value} {quoted(key.name)} was not given; "
                f"pass its manifest by --{key.kind.value.lower()} FILE"
            )
    return given


def _external_secrets(documents: Sequence[Document]) -> Iterator[ExternalSecret]:
    for document in documents:
        kind = document.get("kind")
        if kind == external_secret.KIND:
            yield _converted(document, ExternalSecret)
        elif kind == cluster_external_secret.KIND:
            yield _child_of(_converted(document, _Owner))


def _child_of(owner: _Owner) -> ExternalSecret:
    metadata = ObjectMeta(
        name=owner.spec.external_secret_name or owner.metadata.name,
        labels=owner.spec.external_secret_metadata.labels,
        annotations=owner.spec.external_secret_metadata.annotations,
    )
    return ExternalSecret(metadata=metadata, spec=owner.spec.external_secret_spec)


def _texts(document: Document, namespace: str) -> Iterator[tuple[SourceKey, Mapping[str, bytes]]]:
    kind = document.get("kind")
    if kind not in (SourceKind.CONFIG_MAP.value, SourceKind.SECRET.value):
        return
    found = _converted(document, _Texts)
    if namespace and found.metadata.namespace not in ("", namespace):
        return
    data = {key: text.encode() for key, text in found.data.items()}
    if kind == SourceKind.SECRET.value:
        data = {key: _decoded(text, found) for key, text in data.items()}
        data |= {key: text.encode() for key, text in found.string_data.items()}
    yield SourceKey(SourceKind(found.kind), found.metadata.name), data


def _decoded(text: bytes, found: _Texts) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise CommandError(f"Secret {quoted(found.metadata.name)}: data holds something else than base64") from None


def _converted(document: Document, into: type[T]) -> T:
    try:
        return msgspec.convert(document, into)
    except msgspec.ValidationError as error:
        raise CommandError(f"{document.get('kind')}: {error}") from None
