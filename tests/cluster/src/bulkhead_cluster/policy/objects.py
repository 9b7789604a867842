"""What is read of Pods, Namespaces and NetworkPolicies; everything else is dropped while decoding."""

from typing import TypeAlias

import msgspec

from bulkhead_api.meta import LabelSelector, ObjectMeta


class ContainerPort(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Source: core/v1 ContainerPort."""

    container_port: int
    name: str = ""
    protocol: str = "TCP"


class Container(msgspec.Struct, frozen=True, kw_only=True):
    """Source: core/v1 Container."""

    ports: list[ContainerPort] = []


class PodSpec(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Source: core/v1 PodSpec."""

    containers: list[Container] = []
    init_containers: list[Container] = []
    """Sidecars are among them."""
    host_network: bool = False


class PodStatus(msgspec.Struct, frozen=True, kw_only=True):
    """Source: core/v1 PodStatus."""

    phase: str = ""
    pod_ip: str = msgspec.field(default="", name="podIP")
    """Empty before the Pod has a network."""


class Pod(msgspec.Struct, frozen=True, kw_only=True):
    """Source: core/v1 Pod."""

    metadata: ObjectMeta
    spec: PodSpec = PodSpec()
    status: PodStatus = PodStatus()


class Namespace(msgspec.Struct, frozen=True, kw_only=True):
    """Source: core/v1 Namespace."""

    metadata: ObjectMeta


PortNumber: TypeAlias = int | str
"""A number, or the name of a port of the Pod that the flow goes to."""


class PolicyPort(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Source: networking.k8s.io/v1 NetworkPolicyPort."""

    protocol: str = "TCP"
    port: PortNumber | None = None
    """None means all of the protocol."""
    end_port: int | None = None


class IPBlock(msgspec.Struct, frozen=True, kw_only=True):
    """Source: networking.k8s.io/v1 IPBlock."""

    cidr: str
    excluded: list[str] = msgspec.field(default_factory=list, name="except")


class PolicyPeer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Source: networking.k8s.io/v1 NetworkPolicyPeer."""

    pod_selector: LabelSelector | None = None
    namespace_selector: LabelSelector | None = None
    ip_block: IPBlock | None = None


class PolicyRule(msgspec.Struct, frozen=True, kw_only=True):
    """Source: networking.k8s.io/v1 NetworkPolicyIngressRule and NetworkPolicyEgressRule."""

    ports: list[PolicyPort] = []
    """Empty means all."""
    from_: list[PolicyPeer] = msgspec.field(default_factory=list, name="from")
    to: list[PolicyPeer] = []

    @property
    def peers(self) -> list[PolicyPeer]:
        """The other ends, whichever the direction is; empty means all."""
        return self.from_ or self.to


class PolicySpec(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Source: networking.k8s.io/v1 NetworkPolicySpec."""

    pod_selector: LabelSelector = LabelSelector()
    ingress: list[PolicyRule] = []
    egress: list[PolicyRule] = []
    policy_types: list[str] = []
    """Empty means Ingress, and Egress if there is a rule for it."""


class NetworkPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """Source: networking.k8s.io/v1 NetworkPolicy."""

    metadata: ObjectMeta
    spec: PolicySpec = PolicySpec()
