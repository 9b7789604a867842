"""Values that cannot work are refused before anything is installed, and every value is described."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final

import pytest
import yaml

from bulkhead_testkit import helm
from bulkhead_testkit.helm import CHART, HelmError

CONFIG_MAPS: Final[Mapping[str, object]] = {"apiGroup": "", "resources": ["configmaps"], "verbs": ["get", "update"]}
RESOURCES: Final = {"requests": {}, "limits": {"memory": "64Mi"}}


def nested(path: str, value: object) -> dict[str, object]:
    """Give the values that set one path."""
    first, _, rest = path.partition(".")
    return {first: nested(rest, value) if rest else value}


def vault(path: str, value: object) -> dict[str, object]:
    return nested(f"providers.vault.{path}", value)


def namespaced(*namespaces: str) -> dict[str, object]:
    return {"profile": "namespaced", "profileNamespaces": list(namespaces)}


def written(**rule: object) -> dict[str, object]:
    """Give the values that let ExternalSecrets write a kind."""
    return {"genericTargets": {"enabled": True, "resources": [{**CONFIG_MAPS, **rule}]}}


def rule(**rule: object) -> dict[str, object]:
    return vault("policy.rules", [{"namespaces": ["*"]} | rule])


def volume(**volume: object) -> dict[str, object]:
    return vault("extraVolumes", [{"name": "ca", "mountPath": "/ca", "source": {"configMap": {"name": "ca"}}} | volume])


def token_volume(**token: object) -> dict[str, object]:
    return volume(source={"projected": {"sources": [{"serviceAccountToken": {"path": "token"} | token}]}})


ANYWHERE: Final[Mapping[str, object]] = {"to": [{"cidr": "10.0.0.0/8"}], "ports": [8200]}
FULL: Final[Mapping[str, object]] = {
    "enabled": True,
    "stores": ["aws"],
    "image": {"name": "provider-aws"},
    "logLevel": "info",
    "credential": {"existingSecret": ""},
    "policy": {"hosts": [], "rules": []},
    "gracePeriod": "5s",
    "runAsUser": 20010,
    "healthPort": 8110,
    "metricsPort": 8111,
    "resources": RESOURCES,
}
"""A provider of one's own, with what has to be said and no more."""
ISOLATED: Final[dict[str, object]] = {"topology": "isolated"}


def egress(*to: Mapping[str, object], ports: Sequence[object] = (8200,)) -> dict[str, object]:
    return vault("egress", [{"to": list(to), "ports": list(ports)}])


def variable(name: str, value: str = "x") -> dict[str, object]:
    return vault("extraEnv", [{"name": name, "value": value}])


def monitored(**values: Mapping[str, object] | bool) -> dict[str, object]:
    """Give the values by which Prometheus reads metrics, with others in their place."""
    network = values.pop("networkPolicy", {"metricsFrom": [{"podSelector": {}}]})
    monitor = values.pop("serviceMonitor", {})
    assert isinstance(monitor, Mapping)
    return {
        "metrics": {"bindAddress": "[::]", "serviceMonitor": {"enabled": True, **monitor}, **values},
        "networkPolicy": network,
    }


REFUSED: Final[Mapping[str, tuple[Mapping[str, object], str]]] = {
    "unknown-value": ({"replicas": 2}, "additional properties 'replicas' not allowed"),
    "misspelt-value-of-a-provider": (vault("credentials", {}), "additional properties 'credentials' not allowed"),
    "profile-that-does-not-exist": ({"profile": "loose"}, "at '/profile': value must be one of 'strict'"),
    "profile-namespaced-without-namespaces": ({"profile": "namespaced"}, "profileNamespaces: empty, so the profile"),
    "namespaces-for-the-profile-strict": (
        {"profileNamespaces": ["team-a"]},
        "profileNamespaces: only the profile namespaced reads it, and the profile is strict",
    ),
    "namespaces-for-the-profile-eso-compat": (
        {"profile": "eso-compat", "profileNamespaces": ["team-a"]},
        "profileNamespaces: only the profile namespaced reads it, and the profile is eso-compat",
    ),
    "namespace-to-read-in-that-is-protected": (namespaced("kube-system"), "kube-system is a protected namespace"),
    "namespace-to-read-in-that-is-the-releases": (
        namespaced("team-a", "bulkhead-system"),
        "bulkhead-system is a protected namespace",
    ),
    "namespace-to-read-in-that-is-a-pattern": (namespaced("team-*"), "/profileNamespaces/0"),
    "namespace-to-read-in-twice": (namespaced("team-a", "team-a"), "/profileNamespaces"),
    "configmaps-of-all-namespaces-and-one": (
        nested("templates.configMapNamespaces", ["*", "a"]),
        "configMapNamespaces",
    ),
    "configmaps-of-a-pattern": (nested("templates.configMapNamespaces", ["team-*"]), "configMapNamespaces"),
    "delimiter-with-a-blank": (nested("templates.leftDelimiter", "{ {"), "/templates/leftDelimiter"),
    "no-worker-for-templates": (nested("templates.workers", 0), "/templates/workers"),
    "trust-domain-in-capitals": ({"trustDomain": "Example.com"}, "/trustDomain"),
    "trust-domain-with-a-scheme": ({"trustDomain": "spiffe://example.com"}, "/trustDomain"),
    "trust-domain-with-an-underscore": ({"trustDomain": "a_b"}, "/trustDomain"),
    "release-name-of-capitals": ({"fullnameOverride": "Bulkhead"}, "/fullnameOverride"),
    "image-tag-with-a-blank": (nested("image.tag", "a b"), "/image/tag"),
    "digest-that-is-short": (vault("image.digest", "sha256:abc"), "/image/digest"),
    "pull-policy-that-does-not-exist": (nested("image.pullPolicy", "Sometimes"), "/image/pullPolicy"),
    "lifetime-without-a-unit": (nested("certificates.leafLifetime", "24"), "/certificates/leafLifetime"),
    "lifetime-in-days": (nested("certificates.caLifetime", "365d"), "/certificates/caLifetime"),
    "health-on-loopback": (nested("health.bindAddress", "127.0.0.1"), "/health/bindAddress"),
    "health-on-loopback-of-ipv6": (nested("health.bindAddress", "[::1]"), "/health/bindAddress"),
    "kinds-to-write-that-are-not-enabled": (
        nested("genericTargets.resources", [CONFIG_MAPS]),
        "genericTargets.resources: only read if genericTargets.enabled",
    ),
    "no-kinds-to-write": (nested("genericTargets.enabled", True), "genericTargets.resources: empty"),
    "secrets-as-kind-to-write": (written(resources=["configmaps", "secrets"]), "secrets is never given"),
    "service-accounts-as-kind-to-write": (written(resources=["serviceaccounts"]), "serviceaccounts is never given"),
    "tokens-as-kind-to-write": (written(resources=["serviceaccounts/token"]), "wildcards and subresources are never"),
    "everything-as-kind-to-write": (written(resources=["*"]), "wildcards and subresources are never given"),
    "every-group-to-write": (written(apiGroup="*"), 'apiGroup: "*" is no name of a group'),
    "every-verb-on-a-kind": (written(verbs=["*"]), "/genericTargets/resources/0/verbs/0"),
    "a-verb-that-gives-rights": (written(verbs=["escalate"]), "/genericTargets/resources/0/verbs/0"),
    "roles-as-kind-to-write": (
        written(apiGroup="rbac.authorization.k8s.io", resources=["roles"]),
        "rbac.authorization.k8s.io is never given",
    ),
    "external-secrets-as-kind-to-write": (
        written(apiGroup="external-secrets.io", resources=["externalsecrets"]),
        "external-secrets.io is never given",
    ),
    "admission-policies-as-kind-to-write": (
        written(apiGroup="admissionregistration.k8s.io", resources=["validatingadmissionpolicies"]),
        "admissionregistration.k8s.io is never given",
    ),
    "namespace-that-cannot-exist": (nested("secretPolicy.protectedNamespaces", ["a/b"]), "/protectedNamespaces/0"),
    "type-with-a-quote": (nested("secretPolicy.deniedTypes", ["a' || true || '"]), "/deniedTypes/0"),
    "budget-of-more-than-all": (nested("brakes.deleteBudget.percent", 101), "maximum: got 101, want 100"),
    "budget-of-a-part-of-a-percent": (nested("brakes.massChange.percent", 0.5), "/brakes/massChange/percent"),
    "window-without-a-unit": (nested("brakes.massChange.window", "10"), "/brakes/massChange/window"),
    "floor-below-zero": (nested("brakes.deleteBudget.floor", -1), "minimum: got -1, want 0"),
    "guard-that-is-neither-on-nor-off": (nested("brakes.adoptionGuard", "maybe"), "/brakes/adoptionGuard"),
    "no-work-at-a-time": (nested("controller.concurrent", 0), "minimum: got 0, want 1"),
    "log-level-that-does-not-exist": (nested("controller.logLevel", "trace"), "/controller/logLevel"),
    "root": (vault("runAsUser", 0), "minimum: got 0, want 1"),
    "privileged-port": (vault("healthPort", 80), "minimum: got 80, want 1,024"),
    "no-memory-limit": (vault("resources.limits", {"memory": None}), "missing property 'memory'"),
    "grace-longer-than-the-pods": (vault("gracePeriod", "5m"), "/providers/vault/gracePeriod"),
    "store-key-that-does-not-exist": (vault("stores", ["hashicorp"]), "/providers/vault/stores/0"),
    "no-store-key": (vault("stores", []), "minItems: got 0, want 1"),
    "provider-name-with-a-slash": (
        {"providers": {"a/b": {"enabled": False}}},
        "additional properties 'a/b' not allowed",
    ),
    "provider-that-says-too-little": ({"providers": {"aws": {"enabled": True}}}, "missing properties 'stores'"),
    "credential-in-the-values": (vault("credential.token", "x"), "additional properties 'token' not allowed"),
    "host-without-a-scheme": (vault("policy.hosts", ["vault.example.com:8200"]), "/policy/hosts/0"),
    "host-without-a-port": (vault("policy.hosts", ["https://vault.example.com"]), "/policy/hosts/0"),
    "host-with-a-path": (vault("policy.hosts", ["https://vault.example.com:8200/v1"]), "/policy/hosts/0"),
    "host-with-a-wildcard": (vault("policy.hosts", ["https://*:8200"]), "/policy/hosts/0"),
    "rule-without-namespaces": (vault("policy.rules", [{"keys": ["*"]}]), "missing property 'namespaces'"),
    "rule-with-an-unknown-part": (rule(paths=["*"]), "additional properties 'paths' not allowed"),
    "rule-with-an-operation-that-does-not-exist": (rule(operations=["write"]), "/operations/0"),
    "rule-with-a-store-that-names-no-kind": (rule(stores=["team-a/vault"]), "/stores/0"),
    "volume-of-the-node": (volume(source={"hostPath": {"path": "/"}}), "additional properties 'hostPath' not allowed"),
    "volume-of-two-sources": (volume(source={"configMap": {}, "secret": {}}), "maxProperties: got 2, want 1"),
    "volume-over-the-certificates": (volume(mountPath="/var/run/bulkhead/tls"), "/mountPath"),
    "volume-over-the-policy": (volume(mountPath="/etc/bulkhead"), "/mountPath"),
    "volume-over-the-token": (volume(mountPath="/var/run/secrets/kubernetes.io/serviceaccount"), "/mountPath"),
    "volume-at-a-path-with-dots": (volume(mountPath="/ca/../etc"), "/mountPath"),
    "volume-with-a-token-for-the-kubernetes-api": (token_volume(), "missing property 'audience'"),
    "label-of-the-chart": (nested("pod.labels", {"app.kubernetes.io/name": "x"}), "/pod/labels/app.kubernetes.io"),
    "annotation-of-the-chart": (nested("pod.annotations", {"checksum/configmaps": "x"}), "/pod/annotations"),
    "one-user-for-two": (vault("runAsUser", 20000), "controller and providers.vault share a user ID, 20000"),
    "one-port-for-two": (
        vault("healthPort", 8080),
        "controller.metricsPort and providers.vault.healthPort share a port, 8080",
    ),
    "one-store-key-for-two": (
        vault("stores", ["vault", "fake"]),
        "providers.fake and providers.vault share a store key, fake; give each its own",
    ),
    "two-that-both-work": (
        {"controller": {"replicas": 2, "leaderElection": {"enabled": False}}},
        "controller.replicas: more than one needs controller.leaderElection.enabled",
    ),
    "no-controller": (nested("controller.replicas", 0), "minimum: got 0, want 1"),
    "too-many-controllers": (nested("controller.replicas", 6), "maximum: got 6, want 5"),
    "tokens-in-the-clear": (nested("metrics.auth", True), "metrics.auth needs metrics.secure"),
    "lease-with-a-slash": (
        nested("controller.leaderElection.leaseName", "a/b"),
        "/controller/leaderElection/leaseName",
    ),
    "topology-that-does-not-exist": ({"topology": "shared"}, "at '/topology': value must be one of 'sidecar'"),
    "replicas-of-a-sidecar": (vault("replicas", 2), "providers.vault.replicas: only the isolated topology reads it"),
    "no-replica": (ISOLATED | vault("replicas", 0), "minimum: got 0, want 1"),
    "one-port-for-health-and-calls": (
        ISOLATED | vault("port", 8102),
        "providers.vault.healthPort and providers.vault.port share a port, 8102",
    ),
    "one-user-for-two-pods": (ISOLATED | vault("runAsUser", 20003), "share a user ID, 20003"),
    "service-whose-name-is-too-long": (
        ISOLATED | {"fullnameOverride": "a" * 40, "providers": {"vault": {"enabled": False}, "b" * 20: FULL}},
        "63 characters are the most",
    ),
    "token-for-the-api-server": (
        vault("token", {"audience": "https://kubernetes.default.svc"}),
        "providers.vault.token.audience: https://kubernetes.default.svc is the API server's own",
    ),
    "volume-with-a-token-for-the-api-server": (token_volume(audience="k3s"), "whose audience is the API server's own"),
    "token-for-nine-minutes": (vault("token.expiration", "9m59s"), "9m59s is not from 10m"),
    "token-for-two-days": (vault("token.expiration", "48h"), "48h is not from 10m"),
    "egress-without-ports": (vault("egress", [{"to": [{"cidr": "10.0.0.0/8"}]}]), "missing property 'ports'"),
    "egress-to-no-port": (egress({"cidr": "10.0.0.0/8"}, ports=[]), "minItems: got 0, want 1"),
    "egress-to-nobody": (egress(), "minItems: got 0, want 1"),
    "egress-to-an-empty-peer": (egress({}), "minProperties: got 0, want 1"),
    "egress-to-a-name": (egress({"cidr": "vault.example.com"}), "/egress/0/to/0/cidr"),
    "egress-to-an-address-and-pods": (
        egress({"cidr": "10.0.0.0/8", "podSelector": {}}),
        "additional properties 'podSelector' not allowed",
    ),
    "egress-to-a-port-by-name": (egress({"cidr": "10.0.0.0/8"}, ports=["https"]), "/egress/0/ports/0"),
    "egress-that-nothing-enforces": (
        egress({"cidr": "10.0.0.0/8"}) | nested("networkPolicy.enabled", False),
        "providers.vault.egress: only read if networkPolicy.enabled",
    ),
    "egress-without-the-port-of-a-host": (
        {"providers": {"vault": {"policy": {"hosts": ["https://a:9000"]}, "egress": [ANYWHERE]}}},
        "providers.vault.egress: no rule has port 9000",
    ),
    "host-that-no-rule-leads-to": (
        vault("policy.hosts", ["http://169.254.169.254:80"]),
        "http://169.254.169.254:80 is an address at which clouds give credentials away",
    ),
    "host-that-no-rule-leads-to-by-ipv6": (vault("policy.hosts", ["http://[fd00:ec2::254]:80"]), "no rule leads to"),
    "variable-that-is-a-token": (variable("VAULT_TOKEN"), "extraEnv: VAULT_TOKEN looks like a credential"),
    "variable-that-is-a-key": (variable("AWS_SECRET_ACCESS_KEY"), "AWS_SECRET_ACCESS_KEY looks like a credential"),
    "variable-that-is-the-name-of-a-key": (variable("AWS_ACCESS_KEY_ID"), "AWS_ACCESS_KEY_ID looks like a credential"),
    "variable-that-is-a-password": (variable("db_password"), "db_password looks like a credential"),
    "variable-with-a-password": (variable("HTTPS_PROXY", "http://u:p@proxy:3128"), "HTTPS_PROXY holds a credential"),
    "variable-with-a-private-key": (variable("PEM", "-----BEGIN PRIVATE KEY-----"), "PEM holds a credential"),
    "variable-that-loads-code": (variable("LD_PRELOAD", "/x.so"), "LD_PRELOAD changes which code runs"),
    "variable-that-changes-the-interpreter": (variable("PYTHONPATH", "/x"), "PYTHONPATH changes which code runs"),
    "variable-that-logs-keys": (variable("SSLKEYLOGFILE", "/x"), "SSLKEYLOGFILE changes which code runs or what"),
    "variable-from-a-secret": (
        vault("extraEnv", [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "a", "key": "b"}}}]),
        "missing property 'value'",
    ),
    "variable-twice": (
        vault("extraEnv", [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]),
        "extraEnv A and providers.vault.extraEnv A share a name, A",
    ),
    "roots-in-the-values": (vault("caBundle.pem", "x"), "additional properties 'pem' not allowed"),
    "roots-at-a-path": (vault("caBundle", {"configMap": "a", "key": "../a"}), "/caBundle/key"),
    "api-server-at-no-port": (nested("networkPolicy.apiServer.ports", []), "minItems: got 0, want 1"),
    "api-server-by-name": (nested("networkPolicy.apiServer.cidrs", ["kubernetes.default"]), "/apiServer/cidrs/0"),
    "metrics-for-an-empty-peer": (nested("networkPolicy.metricsFrom", [{}]), "minProperties: got 0, want 1"),
    "processes-in-sight-of-each-other": (
        nested("pod.shareProcessNamespace", True),
        "additional properties 'shareProcessNamespace' not allowed",
    ),
    "network-of-the-node": (nested("pod.hostNetwork", True), "additional properties 'hostNetwork' not allowed"),
    "processes-of-the-node": (nested("pod.hostPID", True), "additional properties 'hostPID' not allowed"),
    "privileged-container": (
        vault("securityContext", {"privileged": True}),
        "additional properties 'securityContext' not allowed",
    ),
    "ca-on-the-node": (
        nested("certificates.caKey.volume", {"hostPath": {"path": "/"}}),
        "additional properties 'hostPath' not allowed",
    ),
    "cloud-identity-for-all-containers-of-a-pod": (
        {"serviceAccounts": {"controller": {"annotations": {"eks.amazonaws.com/role-arn": "arn:aws:iam::1:role/a"}}}},
        "serviceAccounts.controller.annotations: eks.amazonaws.com/role-arn would give a cloud identity to every",
    ),
    "cloud-identity-by-a-label-of-all-pods": (
        nested("pod.labels", {"azure.workload.identity/use": "true"}),
        "pod.labels: azure.workload.identity/use would give a cloud identity to every container",
    ),
    "cloud-identity-of-everything": (
        ISOLATED | {"commonAnnotations": {"iam.gke.io/gcp-service-account": "a@b"}},
        "commonAnnotations: iam.gke.io/gcp-service-account would give",
    ),
    "pod-of-a-provider-in-the-sidecar-topology": (
        {"pods": {"provider-vault": {}}},
        "pods.provider-vault: there is no such Pod, but certcontroller, controller, webhook; in the sidecar topology",
    ),
    "service-account-of-a-provider-that-is-not-there": (
        ISOLATED | {"serviceAccounts": {"provider-aws": {}}},
        "serviceAccounts.provider-aws: there is no such Pod",
    ),
    "labels-of-the-chart-for-everything": ({"commonLabels": {"app.kubernetes.io/name": "a"}}, "/commonLabels"),
    "labels-of-the-chart-for-one-pod": (
        {"pods": {"webhook": {"labels": {"app.kubernetes.io/component": "a"}}}},
        "/pods/webhook/labels",
    ),
    "end-before-the-calls-end": (
        {"pod": {"terminationGracePeriodSeconds": 30}, "providers": {"vault": {"gracePeriod": "25s"}}},
        "pod.terminationGracePeriodSeconds: 30, but providers.vault.gracePeriod is 25s and the Pod needs 10 s",
    ),
    "budget-that-lets-nothing-go": (nested("podDisruptionBudget.maxUnavailable", 0), "/podDisruptionBudget"),
    "two-families-of-one-stack": (
        {"service": {"ipFamilyPolicy": "SingleStack", "ipFamilies": ["IPv4", "IPv6"]}},
        "service.ipFamilies: two, and service.ipFamilyPolicy is SingleStack",
    ),
    "family-that-does-not-exist": (nested("service.ipFamilies", ["IPv5"]), "/service/ipFamilies/0"),
    "metrics-service-that-leads-nowhere": (
        nested("metrics.service.enabled", True),
        'metrics.service.enabled: metrics.bindAddress is "127.0.0.1", which is reachable only from inside the Pod',
    ),
    "monitor-that-leads-nowhere": (
        nested("metrics.serviceMonitor.enabled", True),
        'metrics.serviceMonitor.enabled: metrics.bindAddress is "127.0.0.1"',
    ),
    "monitor-that-the-network-keeps-out": (
        monitored(networkPolicy={}),
        "metrics.serviceMonitor.enabled: networkPolicy.metricsFrom is empty, so nobody may read metrics",
    ),
    "monitor-that-trusts-nobody": (
        monitored(secure=True),
        "metrics.serviceMonitor.tlsConfig: empty, and with metrics.secure",
    ),
    "monitor-without-a-token": (
        monitored(secure=True, auth=True, serviceMonitor={"tlsConfig": {"serverName": "a"}}),
        "metrics.serviceMonitor.authorization: empty, and with metrics.auth",
    ),
    "monitor-that-reads-longer-than-it-waits": (
        monitored(serviceMonitor={"interval": "10s"}),
        "metrics.serviceMonitor.scrapeTimeout: 25s is more than interval, 10s",
    ),
    "test-with-the-user-of-another": (nested("helmTest.runAsUser", 20000), "controller and helmTest share a user ID"),
    "no-provider-at-all": ({"providers": {"vault": None, "fake": None}}, "providers: none is enabled"),
}


@pytest.mark.slow
@pytest.mark.parametrize(("values", "says"), REFUSED.values(), ids=REFUSED.keys())
def test_the_chart_refuses(values: Mapping[str, object], says: str) -> None:
    with pytest.raises(HelmError) as refusal:
        helm.render(values)
    assert says in str(refusal.value)


ACCEPTED: Final[Mapping[str, Mapping[str, object]]] = {
    "hosts-by-name-and-address": vault("policy.hosts", ["https://a.example:8200", "https://[::1]:8200"]),
    "rules-with-all-parts": rule(
        stores=["*", "SecretStore/*", "SecretStore/team-a/*", "ClusterSecretStore/vault"],
        keys=["secret/team-a/*"],
        operations=["read", "find", "validate"],
    ),
    "a-token-for-a-backend": token_volume(audience="vault"),
    "a-provider-that-says-no-more-than-it-must": ISOLATED | {"providers": {"aws": FULL}},
    "one-port-in-two-pods": ISOLATED | vault("healthPort", 8104),
    "several-pods-of-one-provider": ISOLATED | vault("replicas", 5),
    "a-token-for-ten-minutes": vault("token", {"audience": "vault", "expiration": "10m"}),
    "a-variable-that-says-where-a-token-is": variable("AWS_WEB_IDENTITY_TOKEN_FILE", "/var/run/bulkhead/token/token"),
    "a-variable-with-a-proxy": variable("HTTPS_PROXY", "http://proxy.example.com:3128"),
    "a-variable-about-keys-that-is-none": variable("VAULT_TOKEN_TYPE", "batch"),
    "a-host-that-egress-names": {
        "providers": {
            "vault": {
                "policy": {"hosts": ["http://169.254.169.254:80"]},
                "egress": [{"to": [{"cidr": "169.254.169.254/32"}], "ports": [80]}],
            }
        }
    },
    "egress-of-every-form": egress(
        {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]},
        {"cidr": "2001:db8::/32"},
        {"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "bao"}}},
    ),
    "a-cloud-identity-of-one-provider-alone": ISOLATED
    | {"serviceAccounts": {"provider-vault": {"annotations": {"eks.amazonaws.com/role-arn": "arn:aws:iam::1:role/a"}}}},
    "both-families-of-addresses": {"service": {"ipFamilyPolicy": "RequireDualStack", "ipFamilies": ["IPv6", "IPv4"]}},
    "a-budget-in-percent": nested("podDisruptionBudget.maxUnavailable", "50%"),
    "a-namespace-to-read-in-that-is-protected-no-more": {
        **namespaced("kube-public"),
        "secretPolicy": {"protectedNamespaces": ["kube-system"]},
    },
    "health-on-ipv6": nested("health.bindAddress", "[::]"),
    "values-shared-with-a-parent-chart": {"global": {"domain": "example.com"}},
    "a-kind-to-write": written(apiGroup="apps.example.com", resources=["widgets"]),
    "two-of-which-one-works": nested("controller.replicas", 2),
    "the-same-user-where-one-is-off": {"providers": {"fake": {"enabled": False}, "vault": {"runAsUser": 20003}}},
}


@pytest.mark.slow
@pytest.mark.parametrize("values", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_the_chart_accepts(values: Mapping[str, object]) -> None:
    assert helm.render(values)


def leaves(values: Mapping[str, object], path: str = "") -> Iterator[tuple[str, object]]:
    """Walk the values in the order of the file; requests and limits count as one value."""
    for name, value in values.items():
        here = f"{path}.{name}".lstrip(".")
        if isinstance(value, dict) and value and name != "resources":
            yield from leaves(value, here)
        else:
            yield here, value


def test_the_readme_describes_every_value_with_its_default() -> None:
    values = dict(leaves(yaml.safe_load((CHART / "values.yaml").read_text())))
    rows = re.findall(r"^\| `([^`]+)` \| `([^`]+)` \| .+ \|$", (CHART / "README.md").read_text(), re.MULTILINE)
    described = {path: json.loads(default) for path, default in rows}
    # The fake provider has the form of the vault provider, which the README says.
    assert described == {path: value for path, value in values.items() if not path.startswith("providers.fake.")}


def test_every_value_has_a_comment() -> None:
    lines = (CHART / "values.yaml").read_text().splitlines()
    names = {path.rpartition(".")[2] for path, _ in leaves(yaml.safe_load("\n".join(lines)))}
    bare = [
        line
        for before, line in pairwise(lines)
        if line.strip().partition(":")[0] in names and not before.strip().startswith("#")
    ]
    assert bare == []
