"""Reads the objects of a release from a cluster. Of Secrets it asks for metadata and never for more."""

from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import msgspec

from bulkhead_cli.boundaries.requests import FromCluster
from bulkhead_cli.documents import Document, Head
from bulkhead_cli.kubeconfig import open_client
from bulkhead_cli.problems import InputError

if TYPE_CHECKING:
    from kubernetes.client import ApiClient

_TIMEOUT_S: Final = 30
_JSON: Final = "application/json"
_METADATA: Final = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """One list."""

    kind: str
    api: str
    """Path of the group and version."""
    resource: str
    everywhere: bool = False
    """All of the cluster, and not of the release's namespace alone."""
    labelled: bool = False
    """Only those of the release."""
    optional: bool = False
    """Whether the report can do without; it then may lack what only these objects tell."""
    accept: str = _JSON


_CORE: Final = "/api/v1"
_APPS: Final = "/apis/apps/v1"
_RBAC: Final = "/apis/rbac.authorization.k8s.io/v1"
_ADMISSION: Final = "/apis/admissionregistration.k8s.io/v1"
# Bindings and policies of anybody count, as those that loosen an installation do not carry its labels.
_LISTS: Final = (
    _Asked(kind="Deployment", api=_APPS, resource="deployments", labelled=True),
    _Asked(kind="StatefulSet", api=_APPS, resource="statefulsets", labelled=True, optional=True),
    _Asked(kind="DaemonSet", api=_APPS, resource="daemonsets", labelled=True, optional=True),
    _Asked(kind="ServiceAccount", api=_CORE, resource="serviceaccounts"),
    _Asked(kind="ConfigMap", api=_CORE, resource="configmaps", labelled=True),
    _Asked(kind="Secret", api=_CORE, resource="secrets", accept=_METADATA, optional=True),
    _Asked(kind="NetworkPolicy", api="/apis/networking.k8s.io/v1", resource="networkpolicies"),
    _Asked(kind="Role", api=_RBAC, resource="roles", everywhere=True),
    _Asked(kind="RoleBinding", api=_RBAC, resource="rolebindings", everywhere=True),
    _Asked(kind="ClusterRole", api=_RBAC, resource="clusterroles", everywhere=True),
    _Asked(kind="ClusterRoleBinding", api=_RBAC, resource="clusterrolebindings", everywhere=True),
    _Asked(kind="ValidatingAdmissionPolicy", api=_ADMISSION, resource="validatingadmissionpolicies", everywhere=True),
    _Asked(
        kind="ValidatingAdmissionPolicyBinding",
        api=_ADMISSION,
        resource="validatingadmissionpolicybindings",
        everywhere=True,
    ),
    _Asked(kind="Certificate", api="/apis/cert-manager.io/v1", resource="certificates", optional=True),
)


class _List(msgspec.Struct, frozen=True, kw_only=True):
    items: list[msgspec.Raw] = []


def documents_in(source: FromCluster) -> list[Document]:
    """Give all objects that say what the processes of a release hold and may do.

    Raises:
        InputError: the API server cannot be reached or does not let this be read, or there is no such release.
    """
    client = open_client(source.kubeconfig, source.context)
    found = [document for asked in _LISTS for document in _listed(client, asked, source)]
    if not any(each.head.kind in ("Deployment", "StatefulSet", "DaemonSet") for each in found):
        raise InputError(
            f"no Deployment with the label app.kubernetes.io/instance={source.release} is in namespace"
            f" {source.namespace}; --namespace and --release say where and what the release is"
        )
    return found


def _listed(client: "ApiClient", asked: _Asked, source: FromCluster) -> Iterator[Document]:
    where = "" if asked.everywhere else f"/namespaces/{source.namespace}"
    labels = [("labelSelector", f"app.kubernetes.io/instance={source.release}")] if asked.labelled else []
    status, data = _got(client, f"{asked.api}{where}/{asked.resource}", labels, asked.accept)
    if asked.optional and status in (HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN):
        return
    if status != HTTPStatus.OK:
        raise _problem(status, asked, source)
    for item in msgspec.json.decode(data, type=_List).items:
        head = msgspec.json.decode(item, type=Head)
        # The items of a list do not say what they are.
        yield Document(file="cluster", head=msgspec.structs.replace(head, kind=asked.kind), body=bytes(item))


def _got(client: "ApiClient", path: str, query: list[tuple[str, str]], accept: str) -> tuple[int, bytes]:
    from urllib3.exceptions import HTTPError

    asked = client.param_serialize(
        "GET", path, query_params=query, header_params={"Accept": accept}, auth_settings=["BearerToken"]
    )
    try:
        answer = client.call_api(*asked, _request_timeout=_TIMEOUT_S)
        data: bytes = answer.read()  # type: ignore[no-untyped-call]  # the package has no type for it
    except (HTTPError, OSError) as error:
        raise InputError(f"the API server is not reached: {type(error).__name__}; see your kubeconfig") from None
    return answer.status, data


def _problem(status: int, asked: _Asked, source: FromCluster) -> InputError:
    where = "in the whole cluster" if asked.everywhere else f"in namespace {source.namespace}"
    match status:
        case HTTPStatus.FORBIDDEN:
            return InputError(f"{asked.resource}: access denied; you need the right to list them {where}")
        case HTTPStatus.UNAUTHORIZED:
            return InputError("the API server does not know you; log in again, or choose another --context")
        case _:
            return InputError(f"{asked.resource}: list {where}: {status}")
