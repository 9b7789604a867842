"""NetworkPolicies on the node's own kernel; which flows they mean is tested as a table in tests/cluster."""

import socket
from collections.abc import Iterator

import msgspec
import pytest
from flows import Flows, pod_manifest, start_pods, wait_running

from bulkhead_cluster.cluster import Cluster
from bulkhead_cluster.network import METADATA_ADDRESS
from bulkhead_testkit.admin import Admin
from bulkhead_testkit.binaries import pause_binary

pytestmark = [pytest.mark.cluster, pytest.mark.xdist_group("drill")]

_DOOR, _OTHER, _METADATA = 8080, 8081, 8088
_NEAR, _FAR = "flows-near", "flows-far"
_CALLER, _SERVER, _STRANGER = f"{_NEAR}/caller", f"{_NEAR}/server", f"{_FAR}/stranger"
_ANYBODY = {"cidr": "0.0.0.0/0"}


class _Spec(msgspec.Struct, frozen=True, kw_only=True):
    address: str = msgspec.field(name="clusterIP")


class _Service(msgspec.Struct, frozen=True, kw_only=True):
    spec: _Spec


@pytest.fixture(scope="module")
def flows(cluster: Cluster, admin: Admin) -> Iterator[Flows]:
    yield Flows(cluster, admin, start_pods(admin, [_CALLER, _SERVER, _STRANGER], ports=[_DOOR, _OTHER]))
    for namespace in (_NEAR, _FAR):
        admin.delete({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})


def test_a_policy_for_incoming_flows_opens_one_port_to_one_pod_and_goes_with_its_object(flows: Flows) -> None:
    server = flows.addresses[_SERVER]
    caller_on_door = {"from": [{"podSelector": {"matchLabels": {"app": "caller"}}}], "ports": [{"port": "door"}]}
    with flows.policy(_NEAR, {"podSelector": {"matchLabels": {"app": "server"}}, "ingress": [caller_on_door]}):
        flows.wait_until(_STRANGER, f"{server}:{_DOOR}", passes=False)
        assert flows.passes(_CALLER, f"{server}:{_DOOR}")
        assert not flows.passes(_CALLER, f"{server}:{_OTHER}")
    flows.wait_until(_STRANGER, f"{server}:{_DOOR}", passes=True)


def test_a_policy_for_outgoing_flows_sees_the_pod_behind_a_service(flows: Flows) -> None:
    service = _service(flows.admin, "server", port=80)
    far = {"namespaceSelector": {"matchLabels": {"team": _FAR}}}
    flows.wait_until(_CALLER, f"{service}:80", passes=True)
    spec = {"podSelector": {"matchLabels": {"app": "caller"}}, "policyTypes": ["Egress"], "egress": [{"to": [far]}]}
    with flows.policy(_NEAR, spec):
        flows.wait_until(_CALLER, f"{service}:80", passes=False)
        assert flows.passes(_CALLER, f"{flows.addresses[_STRANGER]}:{_OTHER}")
        # The other direction is nobody's business.
        assert flows.passes(_STRANGER, f"{flows.addresses[_CALLER]}:{_DOOR}")


def test_the_node_reaches_a_service_as_the_api_server_does_to_ask_a_webhook(flows: Flows) -> None:
    service = _service(flows.admin, "server", port=80)
    # Probes and webhooks are not what policies are about.
    with flows.policy(_NEAR, {"podSelector": {}}):
        flows.wait_until(_STRANGER, f"{service}:80", passes=False)
        assert flows.cluster.run_on_node([str(pause_binary()), "dial", f"{service}:80"]).returncode == 0


def test_the_metadata_address_is_closed_by_an_exception_from_anywhere(flows: Flows) -> None:
    name = f"{_NEAR}/metadata"
    flows.admin.apply(pod_manifest(name, ports=[_METADATA], hostNetwork=True))
    wait_running(flows.admin, name)
    metadata = f"{METADATA_ADDRESS}:{_METADATA}"
    flows.wait_until(_CALLER, metadata, passes=True)
    but_link_local = {"ipBlock": {**_ANYBODY, "except": ["169.254.0.0/16"]}}
    spec = {"podSelector": {}, "policyTypes": ["Egress"], "egress": [{"to": [but_link_local]}]}
    with flows.policy(_NEAR, spec):
        flows.wait_until(_CALLER, metadata, passes=False)
        assert flows.passes(_CALLER, f"{flows.addresses[_SERVER]}:{_DOOR}")


def test_policies_hold_while_their_agent_is_gone_and_new_ones_when_it_is_back(flows: Flows) -> None:
    server = f"{flows.addresses[_SERVER]}:{_DOOR}"
    agent = flows.cluster.pids["policy-agent"]
    with flows.policy(_NEAR, {"podSelector": {}}):
        flows.wait_until(_STRANGER, server, passes=False)
        assert flows.cluster.run_on_node(["kill", "-KILL", str(agent)]).returncode == 0
        assert not flows.passes(_STRANGER, server)
    flows.wait_until(_STRANGER, server, passes=True)
    assert flows.cluster.pids["policy-agent"] != agent


def test_a_pod_has_no_way_out_of_the_node(flows: Flows) -> None:
    with socket.create_server((flows.cluster.host_address, 0)) as listening:
        address, port = listening.getsockname()
        # It can be reached, but not from there.
        socket.create_connection((address, port), timeout=2).close()
        assert not flows.passes(_STRANGER, f"{address}:{port}")


def _service(admin: Admin, app: str, *, port: int) -> str:
    """Make a Service for a Pod's door and give its address."""
    metadata = {"name": app, "namespace": _NEAR}
    spec = {"selector": {"app": app}, "ports": [{"port": port, "targetPort": "door"}]}
    admin.apply({"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec})
    seen = admin.get(f"/api/v1/namespaces/{_NEAR}/services/{app}", _Service)
    assert seen is not None
    return seen.spec.address
