"""What is read from objects: every way to loosen an installation shows in its report."""

from typing import Final

import pytest

from bulkhead_cli.boundaries.extract import report_from
from bulkhead_cli.boundaries.grants import Backend, Metadata
from bulkhead_cli.boundaries.installation import installation_from
from bulkhead_cli.boundaries.manifests import manifests_of
from bulkhead_cli.boundaries.report import Process, Report
from bulkhead_cli.problems import InputError
from bulkhead_testkit.installations import INSTALLATION, added, loosened


def report(text: str = INSTALLATION) -> Report:
    return report_from(installation_from(manifests_of("x.yaml", text.encode()), namespace="system"))


def process(name: str, text: str = INSTALLATION) -> Process:
    return next(each for each in report(text).processes if each.id == name)


def ids(text: str = INSTALLATION) -> set[str]:
    return {each.grant_id(grant) for each in report(text).processes for grant in (*each.grants, *each.fences)}


def secrets(text: str = INSTALLATION) -> set[str]:
    return {each.grant_id(access) for each in report(text).processes for access in each.secrets}


WHOLE: Final = {
    "certcontroller/account/system/b-certcontroller",
    "certcontroller/api/get/secrets/system/b-ca",
    "certcontroller/api/update/secrets/system/b-ca",
    "certcontroller/identity/spiffe://example.org/*",
    "certcontroller/reaches/0.0.0.0/0-169.254.0.0/16/TCP/443",
    "certcontroller/reaches/0.0.0.0/0-169.254.0.0/16/TCP/8200",
    "certcontroller/runs",
    "controller/account/system/b-controller",
    "controller/api/create/secrets/*/*",
    "controller/api/delete/secrets/*/*",
    "controller/api/update/secrets/*/*",
    "controller/identity/spiffe://example.org/controller",
    "controller/reaches/0.0.0.0/0-169.254.0.0/16/TCP/443",
    "controller/reaches/0.0.0.0/0-169.254.0.0/16/TCP/8200",
    "controller/runs",
    "controller/shares/network/provider-vault",
    "controller/shares/volume/socket/provider-vault",
    "provider-vault/backend/https://vault.example.org:8200",
    "provider-vault/credential/secret/system/vault-credential",
    "provider-vault/identity/spiffe://example.org/provider/vault",
    "provider-vault/reaches/0.0.0.0/0-169.254.0.0/16/TCP/443",
    "provider-vault/reaches/0.0.0.0/0-169.254.0.0/16/TCP/8200",
    "provider-vault/runs",
    "provider-vault/shares/network/controller",
    "provider-vault/shares/volume/socket/controller",
}
DIGESTED: Final = ("provider-vault/serves/", "controller/fence/b-secrets/")


def test_an_installation_as_it_should_be_gives_exactly_this() -> None:
    found = ids()
    assert {each for each in found if not each.startswith(DIGESTED)} == WHOLE
    assert sorted(each.rpartition("/")[0] + "/" for each in found if each.startswith(DIGESTED)) == [
        "controller/fence/b-secrets/",
        "controller/fence/b-secrets/",
        "provider-vault/serves/",
    ]


def test_secrets_are_those_of_mounts_and_rights() -> None:
    assert secrets() == {
        "certcontroller/secrets/read/system/b-ca/api",
        "certcontroller/secrets/write/system/b-ca/api",
        "controller/secrets/read/system/b-tls-controller/mounted",
        "controller/secrets/write/*/*/api",
        "provider-vault/secrets/read/system/b-tls-vault/mounted",
        "provider-vault/secrets/read/system/vault-credential/mounted",
    }


ROLE: Final = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: more, labels: {part-of: more}}
rules:
  - {apiGroups: [""], resources: [secrets], verbs: [list]}
  - {nonResourceURLs: [/metrics], verbs: [get]}
"""


def bound(subject: str, *, role: str = "ClusterRole, name: more", kind: str = "ClusterRoleBinding") -> str:
    metadata = "{name: more, namespace: team-a}" if kind == "RoleBinding" else "{name: more}"
    return (
        f"apiVersion: rbac.authorization.k8s.io/v1\nkind: {kind}\nmetadata: {metadata}\n"
        f"roleRef: {{kind: {role}}}\nsubjects: [{subject}]\n"
    )


PROVIDER: Final = "{kind: ServiceAccount, name: b-provider-vault, namespace: system}"
READER: Final = ROLE.replace("name: more", "name: reads")
CONTROLLER: Final = "{kind: ServiceAccount, name: b-controller, namespace: system}"
AGGREGATED: Final = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: all}
aggregationRule: {clusterRoleSelectors: [{matchLabels: {part-of: more}}]}
rules: null
"""
TOKENS: Final = ROLE.replace(
    "resources: [secrets], verbs: [list]", "resources: [serviceaccounts/token], verbs: [create]"
)


@pytest.mark.parametrize(
    ("text", "shows"),
    [
        pytest.param(
            added(f"{ROLE}---\n{bound(CONTROLLER)}"),
            {"controller/api/list/secrets/*/*", "controller/api/get//metrics/*/*"},
            id="a-further-binding",
        ),
        pytest.param(
            added(f"{ROLE}---\n{bound(CONTROLLER, kind='RoleBinding')}"),
            {"controller/api/list/secrets/team-a/*"},
            id="a-clusterrole-in-one-namespace",
        ),
        pytest.param(
            added(f"{ROLE}---\n{bound('{kind: Group, name: system:authenticated}')}"),
            {"controller/api/list/secrets/*/*", "certcontroller/api/list/secrets/*/*"},
            id="a-binding-of-everybody",
        ),
        pytest.param(
            added(f"{ROLE}---\n{bound('{kind: Group, name: system:serviceaccounts:system}')}"),
            {"controller/api/list/secrets/*/*"},
            id="a-binding-of-the-namespace",
        ),
        pytest.param(
            added(f"{ROLE}---\n{bound('{kind: User, name: system:serviceaccount:system:b-controller}')}"),
            {"controller/api/list/secrets/*/*"},
            id="a-binding-of-the-user",
        ),
        pytest.param(
            added(f"{ROLE}---\n{AGGREGATED}---\n{bound(CONTROLLER, role='ClusterRole, name: all')}"),
            {"controller/api/list/secrets/*/*"},
            id="an-aggregated-role",
        ),
        pytest.param(
            added(bound(CONTROLLER, role="ClusterRole, name: cluster-admin")),
            {"controller/api/*/*.*/*/*", "controller/api/*//*/*/*"},
            id="cluster-admin",
        ),
        pytest.param(
            added(bound(CONTROLLER, role="ClusterRole, name: else")),
            {"controller/api/*/unknown-role:ClusterRole:else/*/*"},
            id="a-role-that-is-not-there",
        ),
        pytest.param(
            added(f"{ROLE}---\n{bound(CONTROLLER)}"),
            {
                "controller/credential/secret/system/vault-credential",
                "controller/identity/spiffe://example.org/*",
                "controller/identity/spiffe://example.org/provider/vault",
            },
            id="who-lists-secrets-has-all-that-is-in-them",
        ),
        pytest.param(
            added(f"{ROLE}---\n{bound(CONTROLLER)}"),
            {"controller/account/system/b-provider-vault"},
            id="who-lists-secrets-has-the-tokens-in-them",
        ),
        pytest.param(
            added(f"{TOKENS}---\n{bound(CONTROLLER)}"),
            {"controller/account/system/b-provider-vault", "controller/account/*/*"},
            id="who-makes-tokens-is-every-account",
        ),
        pytest.param(
            added(
                f"{TOKENS}---\n{bound(CONTROLLER)}---\n{READER}---\n{bound(PROVIDER, role='ClusterRole, name: reads')}"
            ),
            {"controller/api/list/secrets/*/*"},
            id="who-makes-tokens-has-the-rights-of-their-accounts",
        ),
        pytest.param(
            loosened("secretName: b-tls-vault", "secretName: b-ca"),
            {"provider-vault/identity/spiffe://example.org/*"},
            id="the-ca-mounted",
        ),
        pytest.param(
            loosened("secretName: b-tls-vault", "secretName: b-token-vault"),
            {"provider-vault/account/system/b-provider-vault"},
            id="a-token-mounted",
        ),
        pytest.param(
            loosened(
                "- {name: tls-controller, mountPath: /tls}",
                "- {name: tls-controller, mountPath: /tls}\n            - {name: credential, mountPath: /c}",
            ),
            {"controller/credential/secret/system/vault-credential"},
            id="a-credential-mounted-twice",
        ),
        pytest.param(
            loosened(
                "args: [--trust-domain=example.org]", "env: [{name: X, valueFrom: {secretKeyRef: {name: s, key: k}}}]"
            ),
            {"controller/credential/secret/system/s"},
            id="a-secret-in-a-variable",
        ),
        pytest.param(
            loosened("args: [--trust-domain=example.org]", "envFrom: [{secretRef: {name: s}}]"),
            {"controller/credential/secret/system/s"},
            id="a-secret-as-all-variables",
        ),
        pytest.param(
            loosened(
                "sources: [{serviceAccountToken: {path: token, expirationSeconds: 600}}]",
                "sources: [{serviceAccountToken: {path: t, audience: vault}}, {secret: {name: s}}]",
            ),
            {"controller/credential/token/vault", "controller/credential/secret/system/s"},
            id="a-token-for-a-backend",
        ),
        pytest.param(
            loosened("automountServiceAccountToken: false", "automountServiceAccountToken: true"),
            {"provider-vault/account/system/b-controller"},
            id="a-token-mounted-unasked",
        ),
        pytest.param(
            loosened("automountServiceAccountToken: false", "enableServiceLinks: false"),
            {"provider-vault/account/system/b-controller"},
            id="a-token-mounted-by-default",
        ),
        pytest.param(
            added(
                "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: b-controller, namespace: system,"
                " annotations: {eks.amazonaws.com/role-arn: r}}"
            ),
            {"provider-vault/credential/cloud/eks.amazonaws.com/role-arn=r"},
            id="a-cloud-identity-is-all-containers",
        ),
        pytest.param(
            added(
                "apiVersion: v1\nkind: Secret\nmetadata: {name: b-tls-controller, namespace: system,"
                " annotations: {kubernetes.io/service-account.name: other}}"
            ),
            {"controller/account/system/other"},
            id="a-token-secret-of-old",
        ),
        pytest.param(
            loosened("emptyDir: {medium: Memory}", "csi: {driver: csi.spiffe.io}"),
            {"controller/identity/spiffe-agent"},
            id="the-socket-of-a-spire-agent",
        ),
        pytest.param(
            loosened("emptyDir: {medium: Memory}", "csi: {driver: secrets.example.org}"),
            {"controller/credential/csi/secrets.example.org"},
            id="what-a-driver-mounts",
        ),
        pytest.param(
            added(
                "apiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {name: c, namespace: system}\n"
                "spec: {secretName: vault-credential, uris: ['spiffe://example.org/pusher']}"
            ),
            {"provider-vault/identity/spiffe://example.org/pusher"},
            id="an-identity-of-cert-manager",
        ),
        pytest.param(
            loosened("emptyDir: {medium: Memory}", "hostPath: {path: /run/x}"),
            {"controller/privilege/host-path//run/x", "controller/shares/volume//run/x/provider-vault"},
            id="a-folder-of-the-node",
        ),
        pytest.param(
            loosened("emptyDir: {medium: Memory}", "persistentVolumeClaim: {claimName: p}"),
            {"controller/shares/volume/p/provider-vault"},
            id="a-claim-in-common",
        ),
        pytest.param(
            loosened(
                "serviceAccountName: b-controller",
                "serviceAccountName: b-controller\n      shareProcessNamespace: true",
            ),
            {"controller/shares/processes/provider-vault"},
            id="processes-in-common",
        ),
        pytest.param(
            loosened(
                "serviceAccountName: b-controller",
                "serviceAccountName: b-controller\n      hostPID: true\n      hostIPC: true",
            ),
            {"controller/privilege/host-processes", "controller/privilege/host-ipc"},
            id="namespaces-of-the-node",
        ),
        pytest.param(
            loosened("serviceAccountName: b-controller", "serviceAccountName: b-controller\n      hostNetwork: true"),
            {"controller/privilege/host-network", "controller/reaches/*/*/*", "controller/metadata/169.254.169.254"},
            id="the-network-of-the-node-knows-no-policy",
        ),
        pytest.param(
            loosened("runAsUser: 1000", "runAsUser: 1001"),
            {"controller/shares/user/provider-vault"},
            id="a-user-in-common",
        ),
        pytest.param(loosened("runAsUser: 1000", "runAsUser: 0"), {"controller/privilege/root"}, id="root"),
        pytest.param(
            loosened("runAsUser: 1000", "runAsUser: null, runAsNonRoot: false"),
            {"controller/privilege/root"},
            id="whomever-the-image-says",
        ),
        pytest.param(
            loosened(
                "runAsUser: 1000", "privileged: true, allowPrivilegeEscalation: null, readOnlyRootFilesystem: false"
            ),
            {
                "controller/privilege/privileged",
                "controller/privilege/escalation",
                "controller/privilege/writable-root",
            },
            id="privileges",
        ),
        pytest.param(
            loosened("runAsUser: 1000", "capabilities: {add: [NET_RAW]}"),
            {"controller/privilege/capability/NET_RAW", "controller/privilege/capabilities-kept"},
            id="capabilities",
        ),
        pytest.param(
            loosened("seccompProfile: {type: RuntimeDefault}", "seccompProfile: {type: Unconfined}"),
            {"controller/privilege/seccomp-off"},
            id="every-system-call",
        ),
        pytest.param(
            loosened("kind: NetworkPolicy", "kind: Ignored"),
            {
                "controller/reaches/*/*/*",
                "controller/admits/*/*/*",
                "controller/metadata/169.254.169.254",
                "controller/metadata/fd00:ec2::254",
            },
            id="no-network-policy",
        ),
        pytest.param(
            loosened("{matchLabels: {app: b}}", "{matchLabels: {app: c}}"),
            {"controller/reaches/*/*/*"},
            id="a-network-policy-for-others",
        ),
        pytest.param(
            loosened("policyTypes: [Ingress, Egress]", "policyTypes: [Ingress]"),
            {"controller/reaches/*/*/*"},
            id="a-network-policy-that-only-looks-at-what-comes",
        ),
        pytest.param(
            loosened("{port: 443}", "{port: 1, endPort: 90}"),
            {"controller/reaches/0.0.0.0/0-169.254.0.0/16/TCP/1-90", "controller/metadata/100.100.100.200"},
            id="ports-among-which-is-that-of-metadata",
        ),
        pytest.param(
            loosened(
                "to: [{ipBlock: {cidr: 0.0.0.0/0, except: [169.254.0.0/16]}}]",
                "to: [{podSelector: {matchLabels: {a: b}}}, {namespaceSelector: {}}]",
            ),
            {
                "controller/reaches/pods(a=b@kubernetes.io/metadata.name=system)/TCP/443",
                "controller/reaches/pods(*@*)/TCP/443",
            },
            id="pods-and-namespaces",
        ),
        pytest.param(
            loosened(
                "  egress:\n",
                "  ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}],"
                " ports: [{port: web, protocol: UDP}]}]\n  egress:\n",
            ),
            {"controller/admits/10.0.0.0/8/UDP/web"},
            id="who-may-come",
        ),
        pytest.param(
            loosened("configMap: {name: b-policy}", "configMap: {name: elsewhere}"),
            {"provider-vault/backend/*"},
            id="a-policy-file-that-is-not-there",
        ),
        pytest.param(
            loosened(
                "configMap: {name: b-policy}",
                "configMap: {name: b-policy, items: [{key: policy.yaml, path: other.yaml}]}",
            ),
            {"provider-vault/backend/*"},
            id="a-policy-file-of-another-name",
        ),
    ],
)
def test_the_report_shows(text: str, shows: set[str]) -> None:
    assert not shows & ids()
    assert shows <= ids(text)


@pytest.mark.parametrize(
    ("text", "shows"),
    [
        pytest.param(
            loosened("--ca-secret=b-ca", "--ca-dir=/ca"),
            {"certcontroller/identity/spiffe://example.org/*"},
            id="the-ca-in-a-folder",
        ),
        pytest.param(
            loosened("configMap: {name: b-policy}", "projected: {sources: [{configMap: {name: b-policy}}]}"),
            {"provider-vault/backend/https://vault.example.org:8200"},
            id="a-policy-file-that-is-projected",
        ),
    ],
)
def test_the_report_shows_the_same_where_it_stands_elsewhere(text: str, shows: set[str]) -> None:
    assert shows <= ids(text)


def test_who_shares_a_folder_with_a_spire_helper_has_the_identity_in_it() -> None:
    volumes = "- {name: policy, configMap: {name: b-policy}}"
    text = loosened(volumes, f"{volumes}\n        - {{name: agent, csi: {{driver: csi.spiffe.io}}}}")
    text = text.replace("- {name: policy, mountPath: /etc/bulkhead}", "- {name: agent, mountPath: /spire}")
    assert "controller/identity/spiffe-agent" in ids(text)
    apart = text.replace("- {name: socket, mountPath: /run/vault, readOnly: true}", "")
    assert "controller/identity/spiffe-agent" not in ids(apart)


def test_metadata_is_not_reached_on_ports_where_nothing_answers() -> None:
    text = loosened("cidr: 0.0.0.0/0, except: [169.254.0.0/16]", "cidr: 169.254.0.0/16")
    assert not process("controller", text).having(Metadata)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(loosened("validationActions: [Deny]", "validationActions: [Audit]"), id="that-only-writes-down"),
        pytest.param(loosened("failurePolicy: Fail", "failurePolicy: Ignore"), id="that-passes-what-it-cannot-judge"),
        pytest.param(loosened("policyName: b-secrets", "policyName: another"), id="that-is-not-bound"),
        pytest.param(
            loosened("system:serviceaccount:system:b-controller'", "system:serviceaccount:other:b-controller'"),
            id="of-another-account",
        ),
        pytest.param(
            loosened("b-controller'\n  variables", "b-controller' && false\n  variables"),
            id="whose-condition-nobody-can-judge",
        ),
        pytest.param(
            loosened("operations: [CREATE, UPDATE, DELETE]", "operations: [CONNECT]"), id="that-looks-at-other-requests"
        ),
    ],
)
def test_a_policy_is_no_fence(text: str) -> None:
    assert process("controller").fences
    shown = {fence.policy for fence in process("controller", text).fences if "DELETE" in fence.operations}
    assert not shown


def test_an_unfenced_delete_counts_as_reading_as_its_answer_may_hold_the_secret() -> None:
    assert "controller/secrets/read/*/*/api" not in secrets()
    assert "controller/secrets/read/*/*/api" in secrets(loosened("failurePolicy: Fail", "failurePolicy: Ignore"))


def test_a_fence_keeps_its_id_when_a_variable_that_it_does_not_use_changes() -> None:
    before = {fence.says: fence.key for fence in process("controller").fences}
    after = {
        fence.says: fence.key
        for fence in process("controller", loosened("['managed'] == 'true'", "['m'] == 'x'")).fences
    }
    assert {says for says in before if before[says] != after[says]} == {"only managed Secrets may be written"}


def test_a_fence_keeps_its_id_when_the_api_server_writes_defaults_out() -> None:
    stored = loosened("    resourceRules:\n", "    namespaceSelector: {}\n    objectSelector: {}\n    resourceRules:\n")
    assert process("controller", stored).fences == process("controller").fences


def test_containers_of_one_name_are_told_apart_by_their_pods() -> None:
    names = {each.id for each in report(loosened("name: certcontroller\n", "name: controller\n")).processes}
    assert names == {
        "controller@Deployment/system/b-controller",
        "controller@Deployment/system/b-certcontroller",
        "provider-vault",
    }


@pytest.mark.parametrize(
    ("kind", "spec"),
    [
        pytest.param("Pod", "spec: {containers: [{name: more}]}", id="a-pod"),
        pytest.param(
            "CronJob", "spec: {jobTemplate: {spec: {template: {spec: {containers: [{name: more}]}}}}}", id="a-cronjob"
        ),
        pytest.param("DaemonSet", "spec: {template: {spec: {containers: [{name: more}]}}}", id="a-daemonset"),
    ],
)
def test_every_way_to_make_pods_is_read(kind: str, spec: str) -> None:
    assert f"{kind}/system/p" in {
        each.id for each in report(added(f"apiVersion: v1\nkind: {kind}\nmetadata: {{name: p}}\n{spec}")).pods
    }


def says(what: str, text: str = INSTALLATION, pod: str = "Deployment/system/b-controller") -> str:
    return next(
        (one.says for each in report(text).pods if each.id == pod for one in each.not_isolated if one.what == what), ""
    )


@pytest.mark.parametrize("what", ["network", "egress", "ipc", "account", "enforcement", "node", "kernel", "memory"])
def test_a_shared_pod_says_what_it_does_not_isolate(what: str) -> None:
    assert says(what)


@pytest.mark.parametrize("what", ["network", "egress", "ipc", "account", "processes", "metadata"])
def test_a_pod_of_one_process_does_not_say_what_only_a_shared_one_lacks(what: str) -> None:
    assert not says(what, pod="Deployment/system/b-certcontroller")


def test_a_pod_that_reaches_metadata_says_so() -> None:
    assert "169.254.169.254" in says("metadata", loosened("kind: NetworkPolicy", "kind: Ignored"))


def test_a_container_without_a_limit_of_memory_is_named() -> None:
    assert says("memory", loosened("resources: {limits: {memory: 64Mi}}", "resources: {}")).startswith(
        "provider-vault and controller"
    )


def test_network_policies_of_another_namespace_do_not_count() -> None:
    moved = loosened("metadata: {name: b-all, namespace: system}", "metadata: {name: b-all, namespace: other}")
    assert process("controller", moved).having(Metadata)


def test_only_processes_with_a_policy_file_have_backends() -> None:
    assert not process("controller").having(Backend)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("a: 1", "no Pods", id="nothing-that-makes-pods"),
        pytest.param("- 1", "x.yaml", id="no-objects"),
        pytest.param("a: [", "x.yaml", id="no-yaml"),
        pytest.param(
            loosened("subjects: [{kind: ServiceAccount, name: b-controller, namespace: system}]", "subjects: 7"),
            "x.yaml: ClusterRoleBinding b-controller: ",
            id="a-field-of-another-form",
        ),
        pytest.param(
            loosened('hosts: ["https://vault.example.org:8200"]', "hosts: 7"),
            "/etc/bulkhead/policy.yaml: ",
            id="a-policy-file-of-another-form",
        ),
        pytest.param(
            loosened("identities:\n", "identities: 7\n    x:\n"),
            "ConfigMap system/b-identities: ",
            id="an-identities-file-of-another-form",
        ),
        pytest.param(
            loosened("cidr: 0.0.0.0/0", "cidr: everywhere"),
            "NetworkPolicy system/b-all: 'everywhere'",
            id="a-range-that-is-none",
        ),
        pytest.param(
            loosened("matchLabels: {app: b}", "matchExpressions: [{key: app, operator: Like}]"),
            "NetworkPolicy system/b-all: ",
            id="a-selector-that-is-none",
        ),
    ],
)
def test_what_cannot_be_read_is_refused(text: str, says: str) -> None:
    with pytest.raises(InputError, match=says.replace("(", "[(]")):
        report(text)
