"""What is combined: each axis is something that an operator chooses, each option a part of a values file.

The first option of each is the chart's default. A new value of the chart that changes what is rendered gets an axis or
an option here; then `python tests/chart/combinations/chart_table.py` makes the table anew.
"""

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

from chart_covering import Design, Row

Values: TypeAlias = Mapping[str, object]

NAMESPACE: Final = "combinations"
"""Of the release."""
TEAM: Final = "combinations-team"
"""Another namespace, in which rights may be given."""

SANDBOX: Final = "combinations-sandbox"
"""A RuntimeClass."""

VAULT: Final = "https://vault.example.com:8200"
ANYWHERE: Final = "0.0.0.0"  # noqa: S104 - of a Pod, in the values
ROOTS: Final = "LS0tLS1CRUdJTg=="


def at(path: str, value: object) -> Values:
    """Give the values that set one path."""
    first, _, rest = path.partition(".")
    return {first: at(rest, value) if rest else value}


def vault(**values: object) -> Values:
    return {"providers": {"vault": values}}


def aws() -> Values:
    """A provider that the chart does not describe."""
    values = {
        "enabled": True,
        "stores": ["aws"],
        "image": {"name": "provider-aws", "digest": "sha256:" + "0" * 64},
        "logLevel": "debug",
        "credential": {"existingSecret": "aws"},
        "policy": {"hosts": ["https://secretsmanager.eu-central-1.amazonaws.com:443"], "rules": []},
        "gracePeriod": "5s",
        "runAsUser": 20010,
        "healthPort": 8110,
        "metricsPort": 8111,
        "resources": {"requests": {}, "limits": {"memory": "128Mi"}},
    }
    return {"providers": {"aws": values}}


def egress(*peers: Values, port: int = 8200) -> list[Values]:
    return [{"to": list(peers), "ports": [port]}]


def volume(**source: object) -> list[Values]:
    return [{"name": "more", "mountPath": "/etc/ssl/more", "source": source}]


PLACE: Final[Mapping[str, Mapping[str, Values]]] = {
    "topology": {"sidecar": {}, "isolated": at("topology", "isolated")},
    "profile": {
        "strict": {},
        "namespaced": {"profile": "namespaced", "profileNamespaces": [TEAM]},
        "eso-compat": {"profile": "eso-compat"},
    },
    "name": {
        "release": {},
        "short": at("fullnameOverride", "s"),
        "longest": at("fullnameOverride", "a-name-that-is-as-long-as-one-may-be-40c"),
    },
}

TRUST: Final[Mapping[str, Mapping[str, Values]]] = {
    "issuer": {
        "bulkhead": {},
        "cert-manager": at("certificates", {"issuer": "cert-manager", "certManager": {"issuerRef": {"name": "roots"}}}),
        "spire": at("certificates", {"issuer": "spire", "spire": {"helperImage": "localhost/spiffe-helper:1"}}),
    },
    "ca-key": {
        "chart": {},
        "secret": at("certificates.caKey.existingSecret", "our-ca"),
        "claim": at("certificates.caKey.volume", {"persistentVolumeClaim": {"claimName": "ca"}}),
        "csi": at("certificates.caKey.volume", {"csi": {"driver": "csi.example.com"}}),
    },
    "webhook": {
        "on": {},
        "off": at("webhook.enabled", False),
        "on-with-roots": at("webhook", {"caBundle": ROOTS, "dnsNames": ["hook.example.com"]}),
        "many-and-ignored": at(
            "webhook",
            {
                "replicas": 3,
                "caBundle": ROOTS,
                "failurePolicy": {"stores": "Ignore", "externalSecrets": "Ignore", "others": "Fail"},
                "matchConditions": [{"name": "not-mine", "expression": "request.namespace != 'mine'"}],
            },
        ),
    },
    "asks-providers": {"no": {}, "yes": at("webhook.askProviders.enabled", True)},
    "asked-by": {
        "anybody": {},
        "certificate": at("webhook.clientCertificate", {"configMap": "callers", "names": ["kube-apiserver"]}),
    },
}

PROVIDERS: Final[Mapping[str, Mapping[str, Values]]] = {
    "providers": {
        "vault-and-fake": {},
        "vault-alone": at("providers.fake.enabled", False),
        "one-more": aws(),
    },
    "credential": {"none": {}, "secret": vault(credential={"existingSecret": "approle"})},
    "roots": {"none": {}, "config-map": vault(caBundle={"configMap": "roots", "key": "bundle.pem"})},
    "identity": {
        "none": {},
        "without-objects": vault(identity={"enabled": True}),
        "with-objects": vault(
            identity={
                "enabled": True,
                "secrets": [{"namespace": TEAM, "names": ["token"]}, {"namespace": NAMESPACE, "names": ["token"]}],
                "configMaps": [{"namespace": TEAM, "names": ["roots"]}],
            }
        ),
    },
    "backend-token": {"none": {}, "audience": vault(token={"audience": "vault", "expiration": "20m"})},
    "backend": {
        "none": {},
        "hosts": vault(policy={"hosts": [VAULT], "rules": [{"namespaces": ["a"], "keys": ["b/*"]}]}),
        "hosts-and-egress": vault(
            policy={"hosts": [VAULT], "rules": []}, egress=egress({"cidr": "128.0.0.0/1"}, {"cidr": "::/0"})
        ),
        "pods": vault(
            policy={"hosts": [VAULT], "rules": []},
            egress=egress({"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "openbao"}}}),
        ),
        "metadata-by-name": vault(
            policy={"hosts": ["http://169.254.169.254:80"], "rules": []},
            egress=egress({"cidr": "169.254.169.254/32"}, port=80),
        ),
    },
    "environment": {
        "none": {},
        "proxy": vault(extraEnv=[{"name": "HTTPS_PROXY", "value": "http://proxy.example.com:3128"}]),
    },
    "volumes": {
        "none": {},
        "config-map": vault(extraVolumes=volume(configMap={"name": "more"})),
        "secret": vault(extraVolumes=volume(secret={"secretName": "more"})),
        "token": vault(
            extraVolumes=volume(projected={"sources": [{"serviceAccountToken": {"audience": "v", "path": "t"}}]})
        ),
        "csi": vault(extraVolumes=volume(csi={"driver": "csi.example.com", "readOnly": True})),
    },
    "provider-replicas": {"one": {}, "two": vault(replicas=2, port=9443)},
}

RIGHTS: Final[Mapping[str, Mapping[str, Values]]] = {
    "cluster-external-secrets": {"yes": {}, "no": at("processClusterExternalSecret", False)},
    "config-maps": {
        "none": {},
        "some": at("templates.configMapNamespaces", [TEAM]),
        "all": at("templates.configMapNamespaces", ["*"]),
    },
    "generic-targets": {
        "no": {},
        "yes": at(
            "genericTargets",
            {
                "enabled": True,
                "resources": [
                    {"apiGroup": "", "resources": ["configmaps"], "verbs": ["get", "update"]},
                    {"apiGroup": "apps.example.com", "resources": ["widgets"], "verbs": ["list", "watch", "create"]},
                ],
            },
        ),
    },
    "protected": {
        "default": {},
        "more": at(
            "secretPolicy", {"protectedNamespaces": ["kube-system", "vault"], "deniedTypes": ["kubernetes.io/tls"]}
        ),
    },
    "brakes": {
        "default": {},
        "off": at("brakes", {"deleteBudget": {"percent": 0}, "massChange": {"percent": 0}, "adoptionGuard": False}),
    },
    "advice": {"on": {}, "off": at("validationPolicies.enabled", False)},
}

NETWORK: Final[Mapping[str, Mapping[str, Values]]] = {
    "network-policy": {
        "on": {},
        "narrow": at(
            "networkPolicy",
            {
                "apiServer": {"cidrs": ["10.96.0.1/32", "192.0.2.0/24"], "ports": [6443]},
                "dns": {"podLabels": {"app": "dns"}, "ports": [53, 5353]},
                "webhookFrom": ["10.0.0.0/8"],
                "metricsFrom": [{"namespaceSelector": {"matchLabels": {"team": "monitoring"}}}],
            },
        ),
        "off": at("networkPolicy.enabled", False),
    },
    "addresses": {"v4": {}, "v6": at("health.bindAddress", "[::]")},
    "metrics": {
        "loopback": {},
        "off": at("metrics.bindAddress", ""),
        "open": at("metrics", {"bindAddress": ANYWHERE, "extendedLabels": True}),
        "guarded": at("metrics", {"bindAddress": "[::]", "secure": True, "auth": True}),
        "guarded-with-a-certificate": at(
            "metrics", {"bindAddress": ANYWHERE, "secure": True, "auth": True, "existingSecret": "metrics-tls"}
        ),
        "service": at("metrics", {"bindAddress": "[::]", "service": {"enabled": True, "annotations": {"a": "b"}}}),
        "monitor": {
            "metrics": {"bindAddress": ANYWHERE, "serviceMonitor": {"enabled": True, "labels": {"release": "p"}}},
            "networkPolicy": {"metricsFrom": [{"podSelector": {"matchLabels": {"app": "prometheus"}}}]},
        },
        "guarded-monitor": {
            "metrics": {
                "bindAddress": ANYWHERE,
                "secure": True,
                "auth": True,
                "serviceMonitor": {
                    "enabled": True,
                    "tlsConfig": {"serverName": "controller"},
                    "authorization": {"credentials": {"name": "prometheus", "key": "token"}},
                },
            },
            "networkPolicy": {"metricsFrom": [{"namespaceSelector": {"matchLabels": {"team": "monitoring"}}}]},
        },
    },
    "families": {
        "default": {},
        "dual": at("service.ipFamilyPolicy", "PreferDualStack"),
        "one": at("service", {"ipFamilyPolicy": "SingleStack", "ipFamilies": ["IPv4"]}),
    },
    "alerts": {"off": {}, "on": at("metrics.rules", {"enabled": True, "labels": {"release": "prometheus"}})},
}

RUNNING: Final[Mapping[str, Mapping[str, Values]]] = {
    "replicas": {"one": {}, "three": at("controller.replicas", 3)},
    "leader-election": {"on": {}, "off": at("controller.leaderElection.enabled", False)},
    "images": {
        "tag": {},
        "digest-and-pull-secret": at("image", {"registry": "registry.example.com/bulkhead", "pullSecrets": ["pull"]}),
    },
    "pods": {
        "default": {},
        "everything": at(
            "pod",
            {
                "labels": {"team": "platform"},
                "annotations": {"example.com/a": "b"},
                "nodeSelector": {"kubernetes.io/os": "linux"},
                "tolerations": [{"key": "a", "operator": "Exists"}],
                "affinity": {"nodeAffinity": {}},
                "priorityClassName": "system-cluster-critical",
                "runtimeClassName": SANDBOX,
                "topologySpreadConstraints": [
                    {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway"}
                ],
                "terminationGracePeriodSeconds": 90,
                "hostAliases": [{"ip": "192.0.2.1", "hostnames": ["vault.example.com"]}],
                "dnsPolicy": "None",
                "dnsConfig": {"nameservers": ["192.0.2.53"], "options": [{"name": "ndots", "value": "2"}]},
            },
        ),
        "the-controllers": at("pods.controller", {"labels": {"tier": "secrets"}, "nodeSelector": {"disk": "ssd"}}),
    },
    "common": {
        "none": {},
        "labels-and-annotations": {
            "commonLabels": {"team": "platform"},
            "commonAnnotations": {"example.com/owner": "platform"},
            "revisionHistoryLimit": 2,
        },
    },
    "accounts": {
        "plain": {},
        "marked": at("serviceAccounts.controller", {"labels": {"a": "b"}, "annotations": {"c": "d"}}),
        "cloud-identity": at(
            "serviceAccounts.provider-vault", {"annotations": {"eks.amazonaws.com/role-arn": "arn:aws:iam::1:role/r"}}
        ),
    },
    "budget": {
        "by-number": {},
        "always": at("podDisruptionBudget", {"enabled": True, "maxUnavailable": "50%"}),
        "never": at("podDisruptionBudget.enabled", False),
    },
    "people": {
        "all": {},
        "none": at(
            "rbac",
            {
                "aggregateToView": False,
                "aggregateToEdit": False,
                "aggregateToAdmin": False,
                "servicebindings": {"create": False},
            },
        ),
    },
    "dashboard": {"off": {}, "on": at("grafanaDashboard", {"enabled": True, "folder": "Secrets"})},
    "helm-test": {"on": {}, "off": at("helmTest.enabled", False)},
}

AXES: Final[Mapping[str, Mapping[str, Values]]] = {**PLACE, **TRUST, **PROVIDERS, **RIGHTS, **NETWORK, **RUNNING}
"""By the axis and the option: the values."""

WALLS: Final[Sequence[str]] = (
    *("topology", "profile", "issuer", "webhook", "asks-providers"),
    *("credential", "identity", "backend-token", "volumes", "network-policy", "metrics"),
)
"""The axes that say who shares what with whom: of these any three occur together, of the others any two."""

FORBIDDEN: Final[Sequence[Row]] = (
    # The chart refuses these, see tests/chart/test_chart_values.py.
    *({"issuer": issuer, "ca-key": key} for issuer in ("cert-manager", "spire") for key in ("secret", "claim", "csi")),
    {"issuer": "spire", "webhook": "on"},
    {"topology": "sidecar", "provider-replicas": "two"},
    *({"network-policy": "off", "backend": each} for each in ("hosts-and-egress", "pods", "metadata-by-name")),
    {"replicas": "three", "leader-election": "off"},
    {"topology": "sidecar", "accounts": "cloud-identity"},
)

DESIGN: Final = Design(axes={name: tuple(options) for name, options in AXES.items()}, forbidden=FORBIDDEN)


def values_of(row: Row) -> dict[str, object]:
    """Give the values of a row; without the definitions, which are the same in each."""
    values: dict[str, object] = {"crds": {"create": False}}
    for axis, option in row.items():
        values = merged(values, AXES[axis][option])
    return values


def merged(below: Values, above: Values) -> dict[str, object]:
    """Put values over others, as Helm does: maps are joined, everything else is replaced."""
    result = dict(below)
    for key, value in above.items():
        old = result.get(key)
        result[key] = merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return result
