"""What is read of accounts, rights, network policies and admission policies. Pure.

Source: rbac.authorization.k8s.io/v1, networking.k8s.io/v1, admissionregistration.k8s.io/v1, cert-manager.io/v1.
"""

import msgspec

from bulkhead_api.meta import LabelSelector, ObjectMeta


class _Camel(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    pass


class ServiceAccount(_Camel, frozen=True, kw_only=True):
    """An identity of Pods; its cloud identity stands in annotations."""

    metadata: ObjectMeta = ObjectMeta()
    automount_service_account_token: bool | None = None


class PolicyRule(_Camel, frozen=True, kw_only=True):
    """One rule of a role."""

    verbs: list[str] = []
    api_groups: list[str] = []
    resources: list[str] = []
    resource_names: list[str] = []
    # The API spells it with capitals.
    urls: list[str] = msgspec.field(default_factory=list, name="nonResourceURLs")


class Aggregation(_Camel, frozen=True, kw_only=True):
    """Which ClusterRoles make up another."""

    cluster_role_selectors: list[LabelSelector] = []


class Role(_Camel, frozen=True, kw_only=True):
    """A Role or ClusterRole."""

    metadata: ObjectMeta = ObjectMeta()
    rules: list[PolicyRule] = []
    aggregation_rule: Aggregation | None = None


class RoleRef(_Camel, frozen=True, kw_only=True):
    """Which role a binding gives."""

    kind: str = ""
    name: str = ""


class Subject(_Camel, frozen=True, kw_only=True):
    """To whom a binding gives it."""

    kind: str = ""
    name: str = ""
    namespace: str = ""


class Binding(_Camel, frozen=True, kw_only=True):
    """A RoleBinding or ClusterRoleBinding."""

    metadata: ObjectMeta = ObjectMeta()
    role_ref: RoleRef = RoleRef()
    subjects: list[Subject] = []


class IpBlock(_Camel, frozen=True, kw_only=True):
    """A range of addresses without some in it."""

    cidr: str = ""
    excepts: list[str] = msgspec.field(default_factory=list, name="except")


class PolicyPeer(_Camel, frozen=True, kw_only=True):
    """Whom a rule is about."""

    ip_block: IpBlock | None = None
    pod_selector: LabelSelector | None = None
    namespace_selector: LabelSelector | None = None


class PolicyPort(_Camel, frozen=True, kw_only=True):
    """Ports of a rule; a name is a container's."""

    protocol: str = "TCP"
    port: int | str | None = None
    end_port: int | None = None


class EgressRule(_Camel, frozen=True, kw_only=True):
    """What is permitted to go out; nothing named means everything."""

    to: list[PolicyPeer] = []
    ports: list[PolicyPort] = []


class IngressRule(_Camel, frozen=True, kw_only=True):
    """What is permitted to come in; nothing named means everything."""

    peers: list[PolicyPeer] = msgspec.field(default_factory=list, name="from")
    ports: list[PolicyPort] = []


class NetworkPolicySpec(_Camel, frozen=True, kw_only=True):
    """One NetworkPolicy."""

    pod_selector: LabelSelector = LabelSelector()
    policy_types: list[str] = []
    ingress: list[IngressRule] = []
    egress: list[EgressRule] = []


class NetworkPolicy(_Camel, frozen=True, kw_only=True):
    """Says what Pods may send and receive."""

    metadata: ObjectMeta = ObjectMeta()
    spec: NetworkPolicySpec = NetworkPolicySpec()


class ResourceRule(_Camel, frozen=True, kw_only=True):
    """Which requests an admission policy looks at."""

    api_groups: list[str] = []
    resources: list[str] = []
    resource_names: list[str] = []
    operations: list[str] = []


class MatchConstraints(_Camel, frozen=True, kw_only=True):
    """Which requests an admission policy looks at; the parts that are only compared stay as they are."""

    resource_rules: list[ResourceRule] = []
    exclude_resource_rules: list[ResourceRule] = []
    namespace_selector: LabelSelector | None = None
    object_selector: LabelSelector | None = None
    match_policy: str = "Equivalent"


class Expression(_Camel, frozen=True, kw_only=True):
    """A named piece of CEL."""

    name: str = ""
    expression: str = ""
    message: str = ""


class AdmissionSpec(_Camel, frozen=True, kw_only=True):
    """One ValidatingAdmissionPolicy."""

    failure_policy: str = "Fail"
    match_constraints: MatchConstraints = MatchConstraints()
    match_conditions: list[Expression] = []
    variables: list[Expression] = []
    validations: list[Expression] = []


class AdmissionPolicy(_Camel, frozen=True, kw_only=True):
    """Refuses requests that its expressions do not hold for."""

    metadata: ObjectMeta = ObjectMeta()
    spec: AdmissionSpec = AdmissionSpec()


class AdmissionBindingSpec(_Camel, frozen=True, kw_only=True):
    """Where a policy holds."""

    policy_name: str = ""
    validation_actions: list[str] = []
    match_resources: MatchConstraints | None = None


class AdmissionBinding(_Camel, frozen=True, kw_only=True):
    """Makes a policy hold."""

    metadata: ObjectMeta = ObjectMeta()
    spec: AdmissionBindingSpec = AdmissionBindingSpec()


class CertificateSpec(_Camel, frozen=True, kw_only=True):
    """What a certificate of cert-manager says."""

    secret_name: str = ""
    uris: list[str] = []


class Certificate(_Camel, frozen=True, kw_only=True):
    """Makes cert-manager fill a Secret."""

    metadata: ObjectMeta = ObjectMeta()
    spec: CertificateSpec = CertificateSpec()


class ConfigMap(_Camel, frozen=True, kw_only=True):
    """Files that are no secret."""

    metadata: ObjectMeta = ObjectMeta()
    data: dict[str, str] = {}


class SecretName(_Camel, frozen=True, kw_only=True):
    """A Secret without what is in it."""

    metadata: ObjectMeta = ObjectMeta()
