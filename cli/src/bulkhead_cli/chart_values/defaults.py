"""The values of ESO's chart 2.9 and their defaults: what a file that says no more than these asks for. Pure.

A map that is empty here is one with keys of the user's own. Source: ESO, deploy/charts/external-secrets 2.9.0.
"""

from collections.abc import Mapping
from typing import Final

from bulkhead_cli.chart_values.rules import Values

_OWN_IMAGE: Final = "ghcr.io/external-secrets/external-secrets"


def _image() -> Values:
    return {"repository": _OWN_IMAGE, "pullPolicy": "IfNotPresent", "tag": "", "flavour": ""}


def _account() -> Values:
    return {"create": True, "automount": True, "annotations": {}, "extraLabels": {}, "name": ""}


def _metrics() -> Values:
    secure = {"enabled": False, "certDir": "/etc/tls", "certFile": "/etc/tls/tls.crt", "keyFile": "/etc/tls/tls.key"}
    return {
        "listen": {"port": 8080, "auth": {"enabled": False}, "secure": secure},
        "service": {"enabled": False, "port": 8080, "annotations": {}},
    }


def _network_policy(*ports: int) -> Values:
    ingress = [{"ports": [{"protocol": "TCP", "port": port} for port in ports]}]
    return {"enabled": False, "ingress": ingress, "egress": []}


def _probe(**own: object) -> Values:
    return {"timeoutSeconds": 5, "periodSeconds": 10, "successThreshold": 1, "initialDelaySeconds": 10} | own


def _startup_probe() -> Values:
    return {"enabled": False, "initialDelaySeconds": 10, "periodSeconds": 10, "failureThreshold": 30}


def _pod() -> Values:
    """What each of the three has of Pod and container."""
    return {
        "image": _image(),
        "imagePullSecrets": [],
        "serviceAccount": _account(),
        "nodeSelector": {},
        "tolerations": [],
        "topologySpreadConstraints": [],
        "affinity": {},
        "hostAliases": [],
        "priorityClassName": "",
        "schedulerName": "",
        "runtimeClassName": "",
        "hostNetwork": False,
        "hostUsers": None,
        "strategy": {},
        "revisionHistoryLimit": 10,
        "podDisruptionBudget": {"enabled": False, "minAvailable": 1, "maxUnavailable": None, "nameOverride": ""},
        "metrics": _metrics(),
        "extraEnv": [],
        "extraArgs": {},
        "extraVolumes": [],
        "extraVolumeMounts": [],
        "extraInitContainers": [],
        "deploymentAnnotations": {},
        "podAnnotations": {},
        "podLabels": {},
        "podSecurityContext": {"enabled": True, "fsGroup": None},
        "securityContext": {
            "enabled": True,
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
            "runAsNonRoot": True,
            "runAsUser": 1000,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "resources": {},
        "log": {"level": "info", "timeEncoding": "epoch"},
        "replicaCount": 1,
    }


def _side_pod() -> Values:
    """What webhook and cert-controller have alike and the controller has in another form."""
    return _pod() | {
        "create": True,
        "livenessProbe": _probe(enabled=False, port=8081, failureThreshold=5),
        "readinessProbe": _probe(
            enabled=True, address="", port=8081, failureThreshold=3, periodSeconds=5, initialDelaySeconds=20
        ),
        "startupProbe": _startup_probe(),
    }


def _webhook() -> Values:
    certificate = {
        "create": True,
        "issuerRef": {"group": "cert-manager.io", "kind": "Issuer", "name": "my-issuer"},
        "duration": "8760h0m0s",
        "revisionHistoryLimit": 0,
        "renewBefore": "",
        "privateKey": {},
        "signatureAlgorithm": "",
        "annotations": {},
    }
    return _side_pod() | {
        "annotations": {},
        "certCheckInterval": "5m",
        "lookaheadInterval": "",
        "certDir": "/tmp/certs",  # noqa: S108 - a path that ESO names, in which nothing is done here
        "failurePolicy": "Fail",
        "port": 10250,
        "networkPolicy": _network_policy(8080, 8081, 10250),
        "certManager": {"enabled": False, "addInjectorAnnotations": True, "cert": certificate},
        "secretAnnotations": {},
        "service": {"enabled": True, "annotations": {}, "labels": {}, "type": "ClusterIP", "loadBalancerIP": ""},
    }


def _cert_controller() -> Values:
    return _side_pod() | {
        "requeueInterval": "5m",
        "enablePartialCache": True,
        "rbac": {"create": True},
        "networkPolicy": _network_policy(8080, 8081),
    }


def _monitoring() -> Values:
    return {
        "serviceMonitor": {
            "enabled": False,
            "renderMode": "skipIfMissing",
            "namespace": "",
            "additionalLabels": {},
            "interval": "30s",
            "scrapeTimeout": "25s",
            "honorLabels": False,
            "metricRelabelings": [],
            "relabelings": [],
        },
        "grafanaDashboard": {
            "enabled": False,
            "sidecarLabel": "grafana_dashboard",
            "sidecarLabelValue": "1",
            "annotations": {},
            "extraLabels": {},
        },
    }


def _controller() -> Values:
    live = _probe(address="", port=8082, failureThreshold=5, httpGet={"port": "live", "path": "/healthz"})
    ready = _probe(failureThreshold=3, httpGet={"port": "live", "path": "/readyz"})
    return _pod() | {
        "livenessProbe": {"enabled": False, "spec": live},
        "readinessProbe": {"enabled": False, "spec": ready},
        "networkPolicy": _network_policy(8080, 8082),
        "extraContainers": [],
        "dnsPolicy": "ClusterFirst",
        "dnsConfig": {},
        "podSpecExtra": {},
        "leaderElect": False,
        "leaderElectionID": "",
        "leaderElectionLeaseDuration": "",
        "leaderElectionRenewDeadline": "",
        "leaderElectionRetryPeriod": "",
        "controllerClass": "",
        "extendedMetricLabels": False,
        "scopedNamespace": "",
        "scopedRBAC": False,
        "openshiftFinalizers": True,
        "systemAuthDelegator": False,
        "processClusterExternalSecret": True,
        "processClusterPushSecret": True,
        "processClusterStore": True,
        "processSecretStore": True,
        "processClusterGenerator": True,
        "processPushSecret": True,
        "storeRequeueInterval": "",
        "genericTargets": {"enabled": False, "resources": []},
        "createOperator": True,
        "enableHTTP2": False,
        "vault": {"enableTokenCache": False, "tokenCacheSize": 262144},
        "concurrent": 1,
        "rbac": {
            "create": True,
            "serviceAccountTokenCreate": True,
            "servicebindings": {"create": True},
            "aggregateToView": True,
            "aggregateToEdit": True,
            "aggregateToAdmin": True,
        },
    }


def _all_of_them() -> Values:
    return {
        "global": {
            "nodeSelector": {},
            "tolerations": [],
            "topologySpreadConstraints": [],
            "affinity": {},
            "hostAliases": [],
            "podLabels": {},
            "podAnnotations": {},
            "imagePullSecrets": [],
            "repository": "",
            "compatibility": {"openshift": {"adaptSecurityContext": "auto"}},
        },
        "bitwarden-sdk-server": {"enabled": False, "namespaceOverride": ""},
        "installCRDs": True,
        "crds": {
            "createClusterExternalSecret": True,
            "createClusterSecretStore": True,
            "createSecretStore": True,
            "createClusterGenerator": True,
            "createClusterPushSecret": True,
            "createPushSecret": True,
            "annotations": {},
            "conversion": {"enabled": False},
            "unsafeServeV1Beta1": False,
        },
        "nameOverride": "",
        "fullnameOverride": "",
        "namespaceOverride": "",
        "commonLabels": {},
        "service": {"ipFamilyPolicy": "", "ipFamilies": []},
        "extraObjects": [],
        "webhook": _webhook(),
        "certController": _cert_controller(),
    }


DEFAULTS: Final[Mapping[str, object]] = _all_of_them() | _controller() | _monitoring()
"""By name, nested as in the chart."""
