"""What the configuration of a node must say on any machine."""

import json
import tomllib
from pathlib import Path

import pytest

from bulkhead_cluster import settings
from bulkhead_cluster.certificates import NodeCertificates
from bulkhead_cluster.layout import POD_SUBNET, Place

PLACE = Place(7)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> NodeCertificates:
    return NodeCertificates.create(tmp_path_factory.mktemp("pki"), PLACE)


def test_kubelet_asks_who_calls_and_what_they_may(certificates: NodeCertificates) -> None:
    config = json.loads(settings.kubelet_config(PLACE, certificates, cgroup="it"))
    assert config["authentication"]["anonymous"] == {"enabled": False}
    assert config["authorization"] == {"mode": "Webhook"}
    assert config["readOnlyPort"] == 0


def test_kubelet_stays_below_its_own_control_group(certificates: NodeCertificates) -> None:
    assert json.loads(settings.kubelet_config(PLACE, certificates, cgroup="it"))["cgroupRoot"] == "/it"


def test_the_api_server_gives_a_kubelet_the_rights_of_its_node_alone(certificates: NodeCertificates) -> None:
    flags = settings.node_apiserver_flags(settings.plane_layout(PLACE, certificates), certificates)
    assert "--authorization-mode=Node,RBAC" in flags
    assert "--enable-admission-plugins=NodeRestriction" in flags
    assert f"--bind-address={PLACE.node_address}" in flags
    assert "--endpoint-reconciler-type=none" not in flags


def test_containerd_uses_the_snapshotter_and_plugins_that_were_found() -> None:
    config = tomllib.loads(settings.containerd_config(snapshotter="native", cni_plugins="/opt/cni/bin"))
    cri = config["plugins"]["io.containerd.grpc.v1.cri"]
    assert cri["containerd"]["snapshotter"] == "native"
    assert cri["cni"]["bin_dir"] == "/opt/cni/bin"
    assert not {"native", "overlayfs"} & {name.rpartition(".")[2] for name in config["disabled_plugins"]}


def test_pods_have_addresses_of_their_subnet() -> None:
    (plugin,) = json.loads(settings.cni_config())["plugins"]
    assert plugin["ipam"]["ranges"] == [[{"subnet": POD_SUBNET}]]


def test_private_keys_are_for_their_owner_alone(certificates: NodeCertificates) -> None:
    keys: list[Path] = list(certificates.kubelet.key.parent.glob("*.key"))
    assert len(keys) > 5
    assert {key.stat().st_mode & 0o077 for key in keys} == {0}
