"""The ConfigMaps and Secrets that hold templates, from files instead of a cluster. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from bulkhead_api.external_secret import ExternalSecret
from bulkhead_cli.documents import Document
from bulkhead_cli.problems import InputError
from bulkhead_target.keys import quoted
from bulkhead_target.template.steps import TEMPLATE, SourceKey, SourceKind, Texts, sources_of

_API_VERSION = "v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """Objects that may be meant."""

    named: Mapping[SourceKind, Sequence[Document]]
    """Of the files that were given for a kind."""
    beside: Sequence[Document]
    """Of the file with the ExternalSecret; they count where no other is named so."""


class _SecretTexts(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    data: dict[str, bytes] | None = None
    string_data: dict[str, str] | None = None


class _ConfigMapTexts(msgspec.Struct, frozen=True, kw_only=True):
    data: dict[str, str] | None = None


def of_kind(documents: Sequence[Document], kind: SourceKind) -> list[Document]:
    """Give the objects of a kind."""
    return [each for each in documents if each.head.kind == kind.value and each.head.api_version == _API_VERSION]


def texts_of(external_secret: ExternalSecret, given: Given) -> Texts:
    """Give the texts of all objects that the template of an ExternalSecret names.

    Raises:
        InputError: one is not given, or twice.
        FailedError: one is no object that the API server would take.
    """
    template = external_secret.spec.target.template
    if template is None:
        return {}
    namespace = external_secret.metadata.namespace
    return {source: _texts(_find(source, given, namespace), source.kind) for source in sources_of(template)}


def _find(source: SourceKey, given: Given, namespace: str) -> Document:
    kind = source.kind
    what = f"{TEMPLATE}.templateFrom: {kind.value} {quoted(source.name)}"
    named, beside = (
        [each for each in of_kind(documents, kind) if each.head.metadata.name == source.name]
        for documents in (given.named[kind], given.beside)
    )
    candidates = named or beside
    found = [each for each in candidates if each.head.metadata.namespace in ("", namespace)]
    if not candidates:
        flag = f"--{kind.value.lower()} FILE"
        raise InputError(f"{what} is not given; pass a file with its manifest by {flag}")
    if not found:
        other = candidates[0]
        raise InputError(
            f"{what}: that of {other.file} is in namespace {other.head.metadata.namespace}, and the ExternalSecret in "
            f"{namespace}; pass one of the same namespace"
        )
    if len(found) > 1:
        raise InputError(f"{what} is given more than once ({', '.join(each.file for each in found)}); pass it once")
    return found[0]


def _texts(document: Document, kind: SourceKind) -> Mapping[str, bytes]:
    match kind:
        case SourceKind.CONFIG_MAP:
            config_map = document.decoded(_ConfigMapTexts)
            return {key: text.encode() for key, text in (config_map.data or {}).items()}
        case SourceKind.SECRET:
            secret = document.decoded(_SecretTexts)
            # Source: core/v1 Secret, stringData.
            written = {key: text.encode() for key, text in (secret.string_data or {}).items()}
            return {**(secret.data or {}), **written}
