"""The configuration of every process of a node; pure, so that each choice stands beside its reason."""

import json
from collections.abc import Mapping
from typing import Final

from bulkhead_cluster.certificates import NodeCertificates
from bulkhead_cluster.layout import (
    API_PORT,
    CLUSTER_DOMAIN,
    CONTAINERD,
    DNS_SERVICE,
    INSIDE,
    NODE_NAME,
    POD_SUBNET,
    Place,
)
from bulkhead_testkit.planeflags import PlaneLayout, apiserver_flags

PAUSE_IMAGE: Final = "localhost/bulkhead/pause:0.1.0"
"""The image of every Pod's sandbox."""
KERNEL: Final[Mapping[str, str]] = {
    "vm/overcommit_memory": "1",
    "vm/panic_on_oom": "0",
    "kernel/panic": "10",
    "kernel/panic_on_oops": "1",
    "kernel/keys/root_maxkeys": "1000000",
    "kernel/keys/root_maxbytes": "25000000",
}
"""What kubelet wants these files below /proc/sys to say, and would write if they said anything else.

Source: kubelet, `setupKernelTunables`.
"""


def plane_layout(place: Place, certificates: NodeCertificates) -> PlaneLayout:
    """Describe the control plane; its ports are fixed, as no one else is in the node's network."""
    return PlaneLayout(
        certificates=certificates.plane,
        data=INSIDE / "etcd",
        etcd_port=2379,
        etcd_peer_port=2380,
        apiserver_port=API_PORT,
        audit_policy=INSIDE / "audit-policy.yaml",
        audit_log=INSIDE / "logs" / "audit.log",
        controller_manager_kubeconfig=INSIDE / "kube-controller-manager.kubeconfig",
        address=place.node_address,
        authorizers=("Node", "RBAC"),
        controllers=("*",),
    )


def node_apiserver_flags(layout: PlaneLayout, certificates: NodeCertificates) -> tuple[str, ...]:
    """Return the flags of an API server that has a node."""
    kubelet = certificates.apiserver_to_kubelet
    return (
        *apiserver_flags(layout),
        "--enable-admission-plugins=NodeRestriction",
        f"--kubelet-certificate-authority={certificates.plane.ca_file}",
        f"--kubelet-client-certificate={kubelet.certificate}",
        f"--kubelet-client-key={kubelet.key}",
        "--kubelet-preferred-address-types=InternalIP",
        # Tests try what a privileged Pod could do; Pod Security is what must refuse it.
        "--allow-privileged=true",
    )


def scheduler_flags() -> tuple[str, ...]:
    """Return the flags of the scheduler."""
    kubeconfig = INSIDE / "kube-scheduler.kubeconfig"
    return (f"--kubeconfig={kubeconfig}", "--leader-elect=false", "--secure-port=0", "--profiling=false")


def kubelet_flags() -> tuple[str, ...]:
    """Return what kubelet takes by flag and not by file."""
    return (
        f"--config={INSIDE / 'kubelet.json'}",
        f"--kubeconfig={INSIDE / 'kubelet.kubeconfig'}",
        f"--root-dir={INSIDE / 'kubelet'}",
        f"--cert-dir={INSIDE / 'pki'}",
        f"--hostname-override={NODE_NAME}",
    )


def kubelet_config(place: Place, certificates: NodeCertificates, *, cgroup: str) -> bytes:
    """Return kubelet's configuration file.

    Source: kubelet.config.k8s.io/v1beta1 KubeletConfiguration.
    """
    return _json(
        {
            "apiVersion": "kubelet.config.k8s.io/v1beta1",
            "kind": "KubeletConfiguration",
            "address": place.node_address,
            "readOnlyPort": 0,
            "healthzBindAddress": "127.0.0.1",
            "authentication": {
                "anonymous": {"enabled": False},
                "webhook": {"enabled": True},
                "x509": {"clientCAFile": str(certificates.plane.ca_file)},
            },
            "authorization": {"mode": "Webhook"},
            "tlsCertFile": str(certificates.kubelet_server.certificate),
            "tlsPrivateKeyFile": str(certificates.kubelet_server.key),
            "containerRuntimeEndpoint": f"unix://{CONTAINERD}",
            "cgroupDriver": "cgroupfs",
            "cgroupRoot": f"/{cgroup}",
            "failCgroupV1": False,
            "failSwapOn": False,
            "clusterDNS": [DNS_SERVICE],
            "clusterDomain": CLUSTER_DOMAIN,
            # There is no resolver to hand on: the node has no way out.
            "resolvConf": "",
            "podLogsDir": str(INSIDE / "logs" / "pods"),
            "volumePluginDir": str(INSIDE / "volume-plugins"),
            # The chains are kube-proxy's; a change of sysctls outside of the node's namespaces is nobody's.
            "makeIPTablesUtilChains": False,
            # Lowering it takes CAP_SYS_RESOURCE, which a container that runs tests may not have.
            "oomScoreAdj": 0,
            # A developer's disk is often fuller than the default of 90 %.
            "evictionHard": {"memory.available": "50Mi", "nodefs.available": "200Mi", "imagefs.available": "200Mi"},
            "imageGCHighThresholdPercent": 100,
            "imageGCLowThresholdPercent": 99,
            # A changed Secret is in its Pods after this and the kubelet's watch; the default is a minute.
            "syncFrequency": "10s",
            "kubeAPIQPS": 100,
            "kubeAPIBurst": 200,
            "maxPods": 100,
        }
    )


def proxy_config(place: Place) -> bytes:
    """Return kube-proxy's configuration file.

    Source: kubeproxy.config.k8s.io/v1alpha1 KubeProxyConfiguration.
    """
    return _json(
        {
            "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
            "kind": "KubeProxyConfiguration",
            "clientConnection": {"kubeconfig": str(INSIDE / "kube-proxy.kubeconfig")},
            "mode": "iptables",
            "hostnameOverride": NODE_NAME,
            "bindAddress": place.node_address,
            "clusterCIDR": POD_SUBNET,
            "healthzBindAddress": "127.0.0.1:10256",
            "metricsBindAddress": "127.0.0.1:10249",
            "iptables": {"localhostNodePorts": False, "minSyncPeriod": "100ms"},
            # These limits are the kernel's for all namespaces; zero leaves them alone.
            "conntrack": {
                "maxPerCore": 0,
                "min": 0,
                "tcpEstablishedTimeout": "0s",
                "tcpCloseWaitTimeout": "0s",
            },
        }
    )


def containerd_config(*, snapshotter: str, cni_plugins: str) -> str:
    """Return containerd's configuration file.

    Source: containerd documentation, "CRI Plugin Config Guide", version 2 of the format.
    """
    return f"""version = 2
root = "{INSIDE / "containerd"}"
state = "{CONTAINERD.parent}"
oom_score = 0
disabled_plugins = [{", ".join(f'"io.containerd.snapshotter.v1.{name}"' for name in _OTHER_SNAPSHOTTERS)}]

[grpc]
address = "{CONTAINERD}"

[plugins."io.containerd.internal.v1.opt"]
path = "{INSIDE / "opt"}"

[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "{PAUSE_IMAGE}"
disable_apparmor = true
# Without CAP_SYS_RESOURCE, a container whose score shall be lower than containerd's own does not start.
restrict_oom_score_adj = true

[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "{cni_plugins}"
conf_dir = "{INSIDE / "cni"}"

[plugins."io.containerd.grpc.v1.cri".containerd]
snapshotter = "{snapshotter}"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
SystemdCgroup = false
"""


_OTHER_SNAPSHOTTERS: Final = ("aufs", "btrfs", "devmapper", "zfs")


def cni_config() -> bytes:
    """Return the network of Pods: each has a link of its own to the node, so that the node routes all between them.

    On a bridge, packets between Pods would pass the node's filters only where the kernel has `br_netfilter`.

    Source: CNI specification 1.0.0; the plugins `ptp` and `host-local`.
    """
    ipam: Mapping[str, object] = {
        "type": "host-local",
        "ranges": [[{"subnet": POD_SUBNET}]],
        "routes": [{"dst": "0.0.0.0/0"}],
        "dataDir": str(INSIDE / "addresses"),
    }
    return _json({"cniVersion": "1.0.0", "name": "bulkhead", "plugins": [{"type": "ptp", "ipam": ipam}]})


def _json(value: Mapping[str, object]) -> bytes:
    return json.dumps(value, indent=1).encode()
