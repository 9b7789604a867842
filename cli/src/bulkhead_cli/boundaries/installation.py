"""The objects of an installation, out of documents; a Secret's data is dropped here. Pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeVar

import msgspec

from bulkhead_api.meta import ObjectMeta
from bulkhead_cli.boundaries.pods import CronJob, PodSpec, Template, Workload
from bulkhead_cli.boundaries.rules import (
    AdmissionBinding,
    AdmissionPolicy,
    Binding,
    Certificate,
    ConfigMap,
    NetworkPolicy,
    Role,
    SecretName,
    ServiceAccount,
)
from bulkhead_cli.documents import Document
from bulkhead_cli.problems import InputError

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectName:
    """An object of a namespace."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PodMaker:
    """What makes Pods, such as a Deployment, or a Pod by itself."""

    kind: str
    namespace: str
    name: str
    labels: Mapping[str, str]
    """Of the Pods."""
    spec: PodSpec

    @property
    def id(self) -> str:
        """How the report names its Pods."""
        return f"{self.kind}/{self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """All objects that say what a process holds and may do; of Secrets only names."""

    pods: list[PodMaker] = field(default_factory=list)
    accounts: dict[ObjectName, ServiceAccount] = field(default_factory=dict)
    roles: dict[ObjectName, Role] = field(default_factory=dict)
    cluster_roles: dict[str, Role] = field(default_factory=dict)
    bindings: list[Binding] = field(default_factory=list)
    cluster_bindings: list[Binding] = field(default_factory=list)
    network_policies: list[NetworkPolicy] = field(default_factory=list)
    admission_policies: dict[str, AdmissionPolicy] = field(default_factory=dict)
    admission_bindings: list[AdmissionBinding] = field(default_factory=list)
    certificates: list[Certificate] = field(default_factory=list)
    config_maps: dict[ObjectName, ConfigMap] = field(default_factory=dict)
    secrets: dict[ObjectName, ObjectMeta] = field(default_factory=dict)


def installation_from(documents: Iterable[Document], *, namespace: str) -> Installation:
    """Sort the objects; kinds that say nothing of boundaries are passed over.

    Args:
        documents: in any order; of two with one name the last counts, as when both are applied.
        namespace: of namespaced objects that name none, as `helm template` leaves it to `kubectl apply`.

    Raises:
        InputError: an object has another form than its kind has; nothing of a Secret's data is quoted.
    """
    made = Installation()
    for document in documents:
        adder = _ADDERS.get(document.head.kind)
        if adder is not None:
            adder(made, document, namespace)
    return made


def _name(meta: ObjectMeta, namespace: str) -> ObjectName:
    return ObjectName(namespace=meta.namespace or namespace, name=meta.name)


def _placed(meta: ObjectMeta, namespace: str) -> ObjectMeta:
    return meta if meta.namespace else msgspec.structs.replace(meta, namespace=namespace)


def _decoded(document: Document, as_type: type[_T]) -> _T:
    try:
        # The API server reads null as absent, and others write it.
        return msgspec.convert(_without_nulls(msgspec.json.decode(document.body)), as_type)
    except msgspec.ValidationError as error:
        problem = str(error)
    raise InputError(f"{document.title}: {problem}")


def _without_nulls(value: object) -> object:
    match value:
        case dict():
            return {key: _without_nulls(each) for key, each in value.items() if each is not None}
        case list():
            return [_without_nulls(each) for each in value if each is not None]
        case _:
            return value


def _add_pods(made: Installation, document: Document, namespace: str) -> None:
    kind = document.head.kind
    match kind:
        case "Pod":
            pod = _decoded(document, Template)
            meta, template = pod.metadata, pod
        case "CronJob":
            cron = _decoded(document, CronJob)
            meta, template = cron.metadata, cron.spec.job_template.spec.template
        case _:
            workload = _decoded(document, Workload)
            meta, template = workload.metadata, workload.spec.template
    made.pods.append(
        PodMaker(
            kind=kind,
            namespace=meta.namespace or namespace,
            name=meta.name,
            labels=template.metadata.labels,
            spec=template.spec,
        )
    )


def _add_account(made: Installation, document: Document, namespace: str) -> None:
    account = _decoded(document, ServiceAccount)
    made.accounts[_name(account.metadata, namespace)] = account


def _add_role(made: Installation, document: Document, namespace: str) -> None:
    role = _decoded(document, Role)
    if document.head.kind == "ClusterRole":
        made.cluster_roles[role.metadata.name] = role
    else:
        made.roles[_name(role.metadata, namespace)] = role


def _add_binding(made: Installation, document: Document, namespace: str) -> None:
    binding = _decoded(document, Binding)
    if document.head.kind == "ClusterRoleBinding":
        made.cluster_bindings.append(binding)
    else:
        placed = _placed(binding.metadata, namespace)
        made.bindings.append(msgspec.structs.replace(binding, metadata=placed))


def _add_network_policy(made: Installation, document: Document, namespace: str) -> None:
    policy = _decoded(document, NetworkPolicy)
    made.network_policies.append(msgspec.structs.replace(policy, metadata=_placed(policy.metadata, namespace)))


def _add_admission_policy(made: Installation, document: Document, _namespace: str) -> None:
    policy = _decoded(document, AdmissionPolicy)
    made.admission_policies[policy.metadata.name] = policy


def _add_admission_binding(made: Installation, document: Document, _namespace: str) -> None:
    made.admission_bindings.append(_decoded(document, AdmissionBinding))


def _add_certificate(made: Installation, document: Document, namespace: str) -> None:
    certificate = _decoded(document, Certificate)
    made.certificates.append(msgspec.structs.replace(certificate, metadata=_placed(certificate.metadata, namespace)))


def _add_config_map(made: Installation, document: Document, namespace: str) -> None:
    config_map = _decoded(document, ConfigMap)
    made.config_maps[_name(config_map.metadata, namespace)] = config_map


def _add_secret(made: Installation, document: Document, namespace: str) -> None:
    # Straight from the bytes, so that its data never becomes a value of this program.
    try:
        meta = msgspec.json.decode(document.body, type=SecretName).metadata
    except msgspec.DecodeError:
        meta = document.head.metadata
    made.secrets[_name(meta, namespace)] = meta


_ADDERS: Final[Mapping[str, Callable[[Installation, Document, str], None]]] = {
    **dict.fromkeys(("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "Pod"), _add_pods),
    "ServiceAccount": _add_account,
    "Role": _add_role,
    "ClusterRole": _add_role,
    "RoleBinding": _add_binding,
    "ClusterRoleBinding": _add_binding,
    "NetworkPolicy": _add_network_policy,
    "ValidatingAdmissionPolicy": _add_admission_policy,
    "ValidatingAdmissionPolicyBinding": _add_admission_binding,
    "Certificate": _add_certificate,
    "ConfigMap": _add_config_map,
    "Secret": _add_secret,
}
