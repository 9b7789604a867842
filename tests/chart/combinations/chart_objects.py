"""What the chart renders, as far as the invariants look at it; typed, and nothing decided. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import msgspec
from chart_wanted import Wanted


class _Camel(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Of what is not named here nothing is kept."""


class Meta(_Camel, frozen=True, kw_only=True):
    name: str
    namespace: str = ""
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}


class Rule(_Camel, frozen=True, kw_only=True):
    api_groups: list[str] = []
    resources: list[str] = []
    verbs: list[str]
    resource_names: list[str] = []
    non_resource_urls: list[str] = msgspec.field(name="nonResourceURLs", default=[])


class Subject(_Camel, frozen=True, kw_only=True):
    kind: str
    name: str
    namespace: str = ""


class RoleRef(_Camel, frozen=True, kw_only=True):
    kind: str
    name: str


class Role(_Camel, frozen=True, kw_only=True):
    """A Role or ClusterRole."""

    kind: str
    metadata: Meta
    rules: list[Rule] = []


class Binding(_Camel, frozen=True, kw_only=True):
    """A RoleBinding or ClusterRoleBinding."""

    kind: str
    metadata: Meta
    role_ref: RoleRef
    subjects: list[Subject]


class Account(_Camel, frozen=True, kw_only=True):
    metadata: Meta
    automount_service_account_token: bool = True


class Mount(_Camel, frozen=True, kw_only=True):
    name: str
    mount_path: str
    read_only: bool = False


class TokenSource(_Camel, frozen=True, kw_only=True):
    audience: str = ""


class ProjectedSource(_Camel, frozen=True, kw_only=True):
    service_account_token: TokenSource | None = None
    secret: dict[str, object] | None = None


class Projected(_Camel, frozen=True, kw_only=True):
    sources: list[ProjectedSource]


class Volume(_Camel, frozen=True, kw_only=True):
    name: str
    secret: dict[str, object] | None = None
    projected: Projected | None = None
    empty_dir: dict[str, object] | None = None
    host_path: dict[str, object] | None = None

    @property
    def holds_secrets(self) -> bool:
        """Whether files of a Secret are in it."""
        return self.secret is not None or any(each.secret is not None for each in self._sources)

    @property
    def audiences(self) -> list[str]:
        """Of the tokens in it; an empty one is the API server's own."""
        tokens = [each.service_account_token for each in self._sources]
        return [each.audience for each in tokens if each is not None]

    @property
    def _sources(self) -> Sequence[ProjectedSource]:
        return self.projected.sources if self.projected is not None else ()


class SecurityContext(_Camel, frozen=True, kw_only=True):
    allow_privilege_escalation: bool = True
    read_only_root_filesystem: bool = False
    run_as_non_root: bool = False
    run_as_user: int = 0
    run_as_group: int = 0
    privileged: bool = False
    capabilities: dict[str, list[str]] = {}
    seccomp_profile: dict[str, str] = {}


class Resources(_Camel, frozen=True, kw_only=True):
    requests: dict[str, object] | None = None
    limits: dict[str, object] = {}


class Variable(_Camel, frozen=True, kw_only=True):
    name: str
    value: str = ""
    value_from: dict[str, object] | None = None


class Port(_Camel, frozen=True, kw_only=True):
    container_port: int
    host_port: int = 0


class Container(_Camel, frozen=True, kw_only=True):
    name: str
    image: str
    args: list[str] = []
    env: list[Variable] = []
    env_from: list[object] = []
    ports: list[Port] = []
    security_context: SecurityContext = SecurityContext()
    resources: Resources = Resources()
    volume_mounts: list[Mount] = []
    liveness_probe: dict[str, object] | None = None
    readiness_probe: dict[str, object] | None = None

    @property
    def is_spire_helper(self) -> bool:
        """Whether it is there for another container, whose user it has and whose certificate it writes."""
        return self.name.startswith("spire-")


class PodSpec(_Camel, frozen=True, kw_only=True):
    containers: list[Container]
    init_containers: list[Container] = []
    volumes: list[Volume] = []
    service_account_name: str = "default"
    automount_service_account_token: bool = True
    share_process_namespace: bool = False
    host_network: bool = False
    host_pid: bool = msgspec.field(name="hostPID", default=False)
    host_ipc: bool = msgspec.field(name="hostIPC", default=False)

    @property
    def all_containers(self) -> Sequence[Container]:
        return [*self.init_containers, *self.containers]

    def mounting(self, volume: str) -> list[Container]:
        """Give the containers that see a volume."""
        return [each for each in self.all_containers if volume in {mount.name for mount in each.volume_mounts}]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pod:
    """A Pod that the chart makes, of a Deployment or by itself."""

    component: str
    labels: Mapping[str, str]
    spec: PodSpec
    is_hook: bool
    """Whether Helm runs it once, as in `helm test`."""


class _Template(_Camel, frozen=True, kw_only=True):
    class TemplateMeta(_Camel, frozen=True, kw_only=True):
        labels: dict[str, str]

    metadata: TemplateMeta
    spec: PodSpec


class _DeploymentSpec(_Camel, frozen=True, kw_only=True):
    template: _Template


class _Deployment(_Camel, frozen=True, kw_only=True):
    metadata: Meta
    spec: _DeploymentSpec


class _LonePod(_Camel, frozen=True, kw_only=True):
    metadata: Meta
    spec: PodSpec


class Selector(_Camel, frozen=True, kw_only=True):
    match_labels: dict[str, str] = {}
    match_expressions: list[object] = []

    def selects(self, labels: Mapping[str, str]) -> bool:
        """Say whether it selects a Pod; the chart uses no expressions for its own Pods."""
        return not self.match_expressions and self.match_labels.items() <= labels.items()


class IpBlock(_Camel, frozen=True, kw_only=True):
    cidr: str
    excepted: list[str] = msgspec.field(name="except", default=[])


class Peer(_Camel, frozen=True, kw_only=True):
    ip_block: IpBlock | None = None


class TrafficRule(_Camel, frozen=True, kw_only=True):
    ports: list[object] = []
    sources: list[Peer] = msgspec.field(name="from", default=[])
    targets: list[Peer] = msgspec.field(name="to", default=[])


class PolicySpec(_Camel, frozen=True, kw_only=True):
    pod_selector: Selector
    policy_types: list[str] = []
    ingress: list[TrafficRule] = []
    egress: list[TrafficRule] = []


class NetworkPolicy(_Camel, frozen=True, kw_only=True):
    metadata: Meta
    spec: PolicySpec


class _SelectingSpec(_Camel, frozen=True, kw_only=True):
    selector: dict[str, object]


class _Selecting(_Camel, frozen=True, kw_only=True):
    """A Service, whose selector is a map of labels, or a budget, whose selector has them one level below."""

    metadata: Meta
    spec: _SelectingSpec

    @property
    def selector(self) -> Selector:
        given = self.spec.selector
        return msgspec.convert(given if "matchLabels" in given else {"matchLabels": given}, Selector)


class Identified(_Camel, frozen=True, kw_only=True):
    """What every object has."""

    api_version: str
    kind: str
    metadata: Meta


@dataclass(frozen=True, kw_only=True)
class Rendering:
    """What one set of values renders."""

    values: Mapping[str, object]
    """All values, those of the chart's defaults included."""
    namespace: str
    objects: Sequence[Mapping[str, object]]

    @cached_property
    def wanted(self) -> Wanted:
        """What the values let it have."""
        return Wanted.of(self.values)

    @cached_property
    def identified(self) -> list[Identified]:
        """Every object by its name."""
        return [msgspec.convert(each, Identified) for each in self.objects]

    @cached_property
    def roles(self) -> list[Role]:
        """Roles and ClusterRoles."""
        return [msgspec.convert(each, Role) for each in self._of("Role", "ClusterRole")]

    @cached_property
    def bindings(self) -> list[Binding]:
        """RoleBindings and ClusterRoleBindings."""
        return [msgspec.convert(each, Binding) for each in self._of("RoleBinding", "ClusterRoleBinding")]

    @cached_property
    def accounts(self) -> list[Account]:
        """ServiceAccounts."""
        return [msgspec.convert(each, Account) for each in self._of("ServiceAccount")]

    @cached_property
    def network_policies(self) -> list[NetworkPolicy]:
        """NetworkPolicies."""
        return [msgspec.convert(each, NetworkPolicy) for each in self._of("NetworkPolicy")]

    @cached_property
    def selectors(self) -> list[tuple[str, Selector]]:
        """What selects Pods of the release, in words, and how."""
        found = [(each, msgspec.convert(each, _Selecting)) for each in self._of("Service", "PodDisruptionBudget")]
        return [(f"{each['kind']} {selecting.metadata.name}", selecting.selector) for each, selecting in found]

    @cached_property
    def pods(self) -> list[Pod]:
        """The Pods of Deployments, and those that stand alone."""
        return list(self._pods())

    def _pods(self) -> Iterator[Pod]:
        for each in self._of("Deployment"):
            template = msgspec.convert(each, _Deployment).spec.template
            yield _pod(template.metadata.labels, template.spec, is_hook=False)
        for each in self._of("Pod"):
            pod = msgspec.convert(each, _LonePod)
            yield _pod(pod.metadata.labels, pod.spec, is_hook="helm.sh/hook" in pod.metadata.annotations)

    def _of(self, *kinds: str) -> Iterator[Mapping[str, object]]:
        return (each for each in self.objects if each["kind"] in kinds)


def _pod(labels: Mapping[str, str], spec: PodSpec, *, is_hook: bool) -> Pod:
    return Pod(component=labels.get("app.kubernetes.io/component", ""), labels=labels, spec=spec, is_hook=is_hook)
