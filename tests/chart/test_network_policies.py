"""What the network lets through: the rendered NetworkPolicies, judged as Kubernetes says that they are to be judged."""

import ipaddress
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final, TypeAlias

import msgspec
import pytest

from bulkhead_testkit import helm

pytestmark = pytest.mark.slow

Values: TypeAlias = Mapping[str, object]

RELEASE_LABELS: Final = {"app.kubernetes.io/name": "bulkhead", "app.kubernetes.io/instance": "bulkhead"}
HOSTS: Final = {"policy": {"hosts": ["https://vault.example.com:8200", "https://[2001:db8::1]:8300"]}}
IDENTITY: Final = {"identity": {"enabled": True}}
ASKING: Final = {"webhook": {"askProviders": {"enabled": True}}}
OPEN_METRICS: Final = {
    "metrics": {"bindAddress": "[::]"},
    "networkPolicy": {"metricsFrom": [{"namespaceSelector": {"matchLabels": {"team": "monitoring"}}}]},
}
ANYWHERE: Final = "203.0.113.7"
METADATA: Final = ("169.254.169.254", "169.254.170.2", "fe80::a9fe:a9fe", "fd00:ec2::254", "fd20:ce::254")


def vault(**values: object) -> dict[str, object]:
    return {"providers": {"vault": values}}


def isolated(values: Values) -> dict[str, object]:
    return {"topology": "isolated", **values}


class Labels(msgspec.Struct, rename="camel"):
    match_labels: dict[str, str] = {}

    def match(self, labels: Mapping[str, str]) -> bool:
        return self.match_labels.items() <= labels.items()


class IpBlock(msgspec.Struct):
    cidr: str
    excepted: list[str] = msgspec.field(name="except", default=[])

    def match(self, address: str) -> bool:
        return within(address, self.cidr) and not any(within(address, each) for each in self.excepted)


def within(address: str, cidr: str) -> bool:
    return ipaddress.ip_address(address) in ipaddress.ip_network(cidr, strict=False)


class Pod(msgspec.Struct, frozen=True):
    labels: dict[str, str]
    namespace_labels: dict[str, str] = {}
    ours: bool = True


class Peer(msgspec.Struct, rename="camel"):
    ip_block: IpBlock | None = None
    pod_selector: Labels | None = None
    namespace_selector: Labels | None = None

    def match(self, other: Pod | str) -> bool:
        if isinstance(other, str):
            return self.ip_block is not None and self.ip_block.match(other)
        if self.ip_block is not None or not (self.pod_selector or Labels()).match(other.labels):
            return False
        return other.ours if self.namespace_selector is None else self.namespace_selector.match(other.namespace_labels)


class Port(msgspec.Struct):
    port: int
    protocol: str


class Rule(msgspec.Struct):
    ports: list[Port]
    """The chart never leaves it out, which would mean all of them."""
    sources: list[Peer] | None = msgspec.field(name="from", default=None)
    targets: list[Peer] | None = msgspec.field(name="to", default=None)

    def match(self, other: Pod | str, port: int, protocol: str) -> bool:
        peers = self.sources if self.targets is None else self.targets
        return Port(port, protocol) in self.ports and (peers is None or any(each.match(other) for each in peers))


class Spec(msgspec.Struct, rename="camel"):
    pod_selector: Labels
    policy_types: list[str]
    ingress: list[Rule] = []
    egress: list[Rule] = []


class Policy(msgspec.Struct):
    spec: Spec


class Network:
    """Judges as the API documentation of NetworkPolicy says: whoever is selected may do what one policy allows."""

    def __init__(self, manifests: Sequence[Mapping[str, object]]) -> None:
        found = [each for each in manifests if each["kind"] == "NetworkPolicy"]
        self.policies = [msgspec.convert(each, Policy).spec for each in found]

    def out(self, of: Pod, to: Pod | str, port: int, protocol: str = "TCP") -> bool:
        selecting = self._selecting(of, "Egress")
        return not selecting or any(rule.match(to, port, protocol) for each in selecting for rule in each.egress)

    def into(self, to: Pod, of: Pod | str, port: int) -> bool:
        selecting = self._selecting(to, "Ingress")
        return not selecting or any(rule.match(of, port, "TCP") for each in selecting for rule in each.ingress)

    def _selecting(self, pod: Pod, kind: str) -> list[Spec]:
        return [each for each in self.policies if kind in each.policy_types and each.pod_selector.match(pod.labels)]


def pod(component: str) -> Pod:
    return Pod({**RELEASE_LABELS, "app.kubernetes.io/component": component})


STRANGER: Final = Pod({"app": "stranger"}, {"team": "monitoring"}, ours=False)
DNS: Final = Pod({"k8s-app": "kube-dns"}, {"kubernetes.io/metadata.name": "kube-system"}, ours=False)

NETWORKS: Final[Mapping[str, Values]] = {
    "sidecar": {},
    "sidecar-that-is-asked": {**ASKING, **vault(**HOSTS)},
    "isolated": isolated(vault(**HOSTS)),
    "isolated-that-is-asked": isolated({**ASKING, **vault(**HOSTS, **IDENTITY, port=9443)}),
    "isolated-with-open-metrics": isolated(OPEN_METRICS),
    "cert-manager": isolated(
        {"certificates": {"issuer": "cert-manager", "certManager": {"issuerRef": {"name": "ca"}}}},
    ),
}


@cache
def manifests(name: str) -> Sequence[Mapping[str, object]]:
    return helm.render({**NETWORKS[name], "crds": {"create": False}})


class Meta(msgspec.Struct):
    labels: dict[str, str]


class Deployment(msgspec.Struct):
    class Spec(msgspec.Struct):
        class Template(msgspec.Struct):
            metadata: Meta

        template: Template

    spec: Spec


def pods(name: str) -> Mapping[str, Pod]:
    found = [msgspec.convert(each, Deployment) for each in manifests(name) if each["kind"] == "Deployment"]
    labels = [each.spec.template.metadata.labels for each in found]
    return {each["app.kubernetes.io/component"]: Pod(each) for each in labels}


@pytest.fixture(params=NETWORKS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_whatever_is_not_named_is_refused_to_every_pod_of_the_release(name: str) -> None:
    network = Network(manifests(name))
    for each in (*pods(name).values(), pod("some-later-one")):
        assert not network.out(each, ANYWHERE, 22)
        assert not network.out(each, STRANGER, 22)
        assert not network.into(each, STRANGER, 8082)
        assert not network.into(each, ANYWHERE, 8082)
    assert not network.out(pod("some-later-one"), DNS, 53, "UDP")
    assert network.out(STRANGER, ANYWHERE, 22)


def test_what_one_pod_of_the_release_may_send_another_lets_in(name: str) -> None:
    network = Network(manifests(name))
    known = {**pods(name), "helm-test": pod("helm-test")}
    ports = sorted({each.port for spec in network.policies for rule in spec.ingress for each in rule.ports})
    allowed = 0
    for sender in known.values():
        for receiver in known.values():
            for port in (port for port in ports if port != WEBHOOK_PORT):
                assert network.out(sender, receiver, port) == network.into(receiver, sender, port)
                allowed += network.out(sender, receiver, port)
    assert allowed >= len(known) - 1


WEBHOOK_PORT: Final = 10250


def test_no_pod_reaches_the_metadata_service_of_a_cloud(name: str) -> None:
    network = Network(manifests(name))
    ports = {each.port for spec in network.policies for rule in spec.egress for each in rule.ports} | {80}
    for each in pods(name).values():
        assert not [(at, port) for at in METADATA for port in ports if network.out(each, at, port)]


def test_the_api_server_is_for_those_who_have_a_token() -> None:
    def callers(name: str) -> set[str]:
        network = Network(manifests(name))
        return {each for each, at in pods(name).items() if network.out(at, ANYWHERE, 6443)}

    assert callers("sidecar") == {"controller", "certcontroller"}
    assert callers("isolated") == {"controller", "certcontroller"}
    assert callers("isolated-that-is-asked") == {"controller", "certcontroller", "provider-vault"}
    assert callers("cert-manager") == {"controller"}


def test_names_are_looked_up_by_those_who_call_somebody() -> None:
    def askers(name: str) -> set[str]:
        network = Network(manifests(name))
        both = {p: {each for each, at in pods(name).items() if network.out(at, DNS, 53, p)} for p in ("UDP", "TCP")}
        assert both["UDP"] == both["TCP"]
        return both["UDP"]

    assert askers("sidecar") == {"controller", "certcontroller"}
    assert askers("isolated") == {"controller", "certcontroller", "provider-vault"}
    assert askers("sidecar-that-is-asked") == {"controller", "certcontroller", "webhook"}


def test_a_backend_is_reached_by_its_provider_server_alone_where_it_has_a_pod_of_its_own() -> None:
    for port in (8200, 8300):
        for name, reaching in (("isolated", {"provider-vault"}), ("sidecar-that-is-asked", {"controller"})):
            network = Network(manifests(name))
            assert {each for each, at in pods(name).items() if network.out(at, ANYWHERE, port)} == reaching
            assert {each for each, at in pods(name).items() if network.out(at, "2001:db8::1", port)} == reaching


@pytest.mark.parametrize(
    ("name", "to", "port", "callers"),
    [
        pytest.param("isolated", "provider-vault", 8443, {"controller"}, id="a-provider-server"),
        pytest.param(
            "isolated-that-is-asked", "provider-vault", 9443, {"controller", "webhook"}, id="one-that-is-asked"
        ),
        pytest.param("sidecar-that-is-asked", "controller", 8201, {"webhook"}, id="a-sidecar-that-is-asked"),
        pytest.param("isolated", "provider-vault", 8102, {"certcontroller", "helm-test"}, id="health-of-a-provider"),
        pytest.param("sidecar", "controller", 8102, {"certcontroller", "helm-test"}, id="health-of-a-sidecar"),
        pytest.param("sidecar", "certcontroller", 8082, {"helm-test"}, id="health-of-the-certcontroller"),
        pytest.param("cert-manager", "controller", 8082, {"helm-test"}, id="health-where-nobody-asks-for-certificates"),
        pytest.param("isolated", "controller", 8080, set(), id="metrics-on-loopback"),
        pytest.param("isolated-with-open-metrics", "controller", 8080, {"stranger"}, id="metrics"),
        pytest.param("isolated-with-open-metrics", "provider-fake", 8105, {"stranger"}, id="metrics-of-a-provider"),
    ],
)
def test_a_port_is_called_by(name: str, to: str, port: int, callers: set[str]) -> None:
    network = Network(manifests(name))
    receiver = pods(name)[to]
    known = {**pods(name), "helm-test": pod("helm-test"), "stranger": STRANGER}
    assert {each for each, at in known.items() if network.into(receiver, at, port)} == callers


def rendered(values: Values) -> Network:
    return Network(helm.render({**values, "crds": {"create": False}}))


def test_the_webhook_is_called_from_anywhere_or_from_where_the_values_say() -> None:
    webhook = pod("webhook")
    network = Network(manifests("sidecar"))
    assert network.into(webhook, ANYWHERE, WEBHOOK_PORT)
    narrowed = rendered({"networkPolicy": {"webhookFrom": ["10.0.0.0/24"]}})
    assert narrowed.into(webhook, "10.0.0.7", WEBHOOK_PORT)
    assert narrowed.into(webhook, pod("helm-test"), WEBHOOK_PORT)
    assert not narrowed.into(webhook, ANYWHERE, WEBHOOK_PORT)
    assert not narrowed.into(webhook, STRANGER, WEBHOOK_PORT)


def test_the_values_say_where_the_api_server_and_the_dns_are() -> None:
    dns = {"namespace": "openshift-dns", "podLabels": {"k8s-app": None, "dns": "default"}, "ports": [5353]}
    network = rendered({"networkPolicy": {"apiServer": {"cidrs": ["10.0.0.1/32"], "ports": [8443]}, "dns": dns}})
    controller = pod("controller")
    assert network.out(controller, "10.0.0.1", 8443)
    assert not network.out(controller, ANYWHERE, 8443)
    assert not network.out(controller, "10.0.0.1", 443)
    assert network.out(
        controller, Pod({"dns": "default"}, {"kubernetes.io/metadata.name": "openshift-dns"}, ours=False), 5353, "UDP"
    )
    assert not network.out(controller, DNS, 53, "UDP")


def test_egress_of_the_values_stands_in_for_the_ports_of_the_hosts() -> None:
    openbao: Final = {
        "namespaceSelector": {"matchLabels": {"name": "bao"}},
        "podSelector": {"matchLabels": {"app": "bao"}},
    }
    to = [{"cidr": "10.0.0.0/8", "except": ["10.9.0.0/16"]}, openbao]
    network = rendered(isolated(vault(**HOSTS, egress=[{"to": to, "ports": [8200, 8300]}])))
    server = pod("provider-vault")
    assert network.out(server, "10.1.2.3", 8300)
    assert not network.out(server, "10.9.2.3", 8300)
    assert not network.out(server, ANYWHERE, 8200)
    assert network.out(server, Pod({"app": "bao"}, {"name": "bao"}, ours=False), 8200)
    assert not network.out(server, Pod({"app": "bao"}, {"name": "other"}, ours=False), 8200)


def test_the_metadata_service_is_reached_by_who_names_it() -> None:
    named = {"to": [{"cidr": "169.254.169.254/32"}], "ports": [80]}
    network = rendered(isolated(vault(egress=[named])))
    assert network.out(pod("provider-vault"), "169.254.169.254", 80)
    assert not network.out(pod("provider-vault"), "169.254.170.2", 80)
    assert not network.out(pod("provider-fake"), "169.254.169.254", 80)


def wide(address: str, most: int) -> list[str]:
    return [str(ipaddress.ip_network(f"{address}/{bits}", strict=False)) for bits in range(most + 1)]


def test_every_range_that_is_wider_than_a_metadata_service_leaves_it_out() -> None:
    cidrs = [*wide("169.254.0.0", 32), *wide("10.0.0.0", 32), *wide("fe80::", 128), *wide("fd00:ec2::254", 16)]
    cidrs += [*wide("fd20:ce::254", 16), *wide("2001:db8::", 128), "255.255.255.255/0"]
    egress = [{"to": [{"cidr": each} for each in dict.fromkeys(cidrs)], "ports": [8200]}]
    network = rendered(isolated(vault(egress=egress)))
    blocks = [
        peer.ip_block
        for spec in network.policies
        for rule in spec.egress
        for peer in rule.targets or ()
        if peer.ip_block is not None and rule.ports == [Port(8200, "TCP")]
    ]
    assert [each.cidr for each in blocks] == list(dict.fromkeys(cidrs))
    for block in blocks:
        assert block.excepted == [each for each in EXCEPTED if is_wider(block.cidr, each)]


EXCEPTED: Final = ("169.254.0.0/16", "fe80::/10", "fd00:ec2::254/128", "fd20:ce::254/128")


def is_wider(cidr: str, other: str) -> bool:
    wide, narrow = ipaddress.ip_network(cidr, strict=False), ipaddress.ip_network(other)
    # Where the two are far apart in size, somebody has named that corner of the network.
    return (
        wide.version == narrow.version and wide.prefixlen < min(narrow.prefixlen, 17) and narrow.network_address in wide
    )


def test_without_network_policies_none_is_rendered() -> None:
    assert rendered({"networkPolicy": {"enabled": False}}).policies == []
