"""What attacks connect to, as the boundary report has to see it: behind Services, where policies judge. Pure."""

from collections.abc import Mapping

from bulkhead_demo.drill.facts import Surveyed
from bulkhead_demo.drill.installation import Place
from bulkhead_demo.drill.model import Process
from bulkhead_demo.drill.permits import Target, Targets
from bulkhead_demo.drill.stand_in import METADATA
from bulkhead_demo.drill.victims import STRANGERS, TEAM


def targets_of(release: str, namespace: str, places: Mapping[Process, Place], seen: Surveyed) -> Targets:
    """Describe the target of each connection that an attack tries.

    Args:
        release: the installation's.
        namespace: the installation's.
        places: where its processes run.
        seen: the cluster.
    """

    def own(process: Process, port: str) -> Target:
        labels = {
            "app.kubernetes.io/name": "bulkhead",
            "app.kubernetes.io/instance": release,
            "app.kubernetes.io/component": process.value,
        }
        return Target(ip=places[process].ip, port=port, namespace=namespace, labels=labels)

    def stranger(port: str, *, protocol: str = "TCP") -> Target:
        labels = {"drill": "stranger"}
        return Target(ip=seen.stranger, port=port, protocol=protocol, namespace=TEAM, labels=labels)

    return {
        "metadata": Target(ip=METADATA[0], port="80"),
        "link-local": Target(ip=METADATA[1], port="80"),
        "kubelet": Target(ip=seen.node_ip, port=seen.kubelet_port),
        "kubelet-read-only": Target(ip=seen.node_ip, port="10255"),
        "etcd": Target(ip=seen.node_ip, port="2379"),
        "ssh": Target(ip=seen.node_ip, port="22"),
        "api-server": Target(ip=seen.api_endpoint, port=seen.api_endpoint_port),
        "backend": Target(
            ip=seen.openbao_pod, port="8200", namespace=seen.backend_namespace, labels=seen.backend_labels
        ),
        "other-backend": Target(
            ip=seen.other_backend, port="8200", namespace=STRANGERS, labels={"drill": "other-backend"}
        ),
        "stranger": stranger("8080"),
        "stranger-service": stranger("8080"),
        "outside": stranger("443"),
        "foreign-dns": stranger("53", protocol="UDP"),
        "cluster-dns": Target(
            ip=seen.dns_pod, port="53", protocol="UDP", namespace="kube-system", labels=seen.dns_labels
        ),
        "controller-health": own(Process.CONTROLLER, "8082"),
        "certcontroller-health": own(Process.CERTCONTROLLER, "8082"),
        "webhook-port": own(Process.WEBHOOK, "10250"),
    }
