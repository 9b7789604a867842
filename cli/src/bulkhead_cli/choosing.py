"""Finds the ExternalSecret that is meant among the objects of a file. Pure."""

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from bulkhead_api import cluster_external_secret, external_secret
from bulkhead_api.cluster_external_secret import ClusterExternalSecret, children_spec
from bulkhead_api.external_secret import API_VERSION, GROUP, ExternalSecret
from bulkhead_api.meta import ObjectMeta
from bulkhead_cli.documents import Document
from bulkhead_cli.problems import FailedError, InputError

_KINDS: Final = (external_secret.KIND, cluster_external_secret.KIND)
_DEFAULT_NAMESPACE: Final = "default"


def choose(file: str, documents: Sequence[Document], *, name: str, namespace: str) -> ExternalSecret:
    """Give the ExternalSecret that is meant, of a ClusterExternalSecret what its children are.

    Args:
        file: name of the file.
        documents: its objects.
        name: of the object; empty where it is the only one.
        namespace: where it is if it does not say so; empty means `default`.

    Raises:
        InputError: there is none, or it is not clear which is meant.
        FailedError: it is no ExternalSecret that the API server would take.
    """
    found = _the_one(file, documents, name)
    if found.head.api_version != API_VERSION:
        raise FailedError(f"{found.title}: apiVersion is {found.head.api_version}, and {API_VERSION} is needed")
    if not found.head.metadata.name:
        raise FailedError(f"{file}: {found.head.kind}: metadata.name is missing")
    if found.head.kind == cluster_external_secret.KIND:
        return _child(found, namespace or _DEFAULT_NAMESPACE)
    own = found.head.metadata.namespace
    if own and namespace and own != namespace:
        raise InputError(f"{found.title}: it is in namespace {own}; leave out --namespace {namespace}")
    chosen = found.decoded(ExternalSecret)
    return replace(chosen, metadata=replace(chosen.metadata, namespace=own or namespace or _DEFAULT_NAMESPACE))


def _the_one(file: str, documents: Sequence[Document], name: str) -> Document:
    candidates = [each for each in documents if each.head.kind in _KINDS and _group(each) == GROUP]
    names = ", ".join(f"{each.head.kind} {each.head.metadata.name}" for each in candidates)
    found = [each for each in candidates if not name or each.head.metadata.name == name]
    if not candidates:
        raise InputError(f"{file}: holds no ExternalSecret or ClusterExternalSecret of {API_VERSION}")
    if not found:
        raise InputError(f"{file}: holds no ExternalSecret {name}; it holds {names}")
    if len(found) > 1:
        raise InputError(f"{file}: holds {names}; say which by --name NAME, or give a file with one of them")
    return found[0]


def _group(document: Document) -> str:
    return document.head.api_version.partition("/")[0]


def _child(document: Document, namespace: str) -> ExternalSecret:
    owner = document.decoded(ClusterExternalSecret)
    try:
        spec = children_spec(owner.spec)
    except ValueError as error:
        raise FailedError(f"{document.title}: spec.externalSecretSpec: {error}") from None
    metadata = ObjectMeta(
        name=owner.spec.external_secret_name or owner.metadata.name,
        namespace=namespace,
        labels=owner.spec.external_secret_metadata.labels,
        annotations=owner.spec.external_secret_metadata.annotations,
    )
    return ExternalSecret(metadata=metadata, spec=spec)
