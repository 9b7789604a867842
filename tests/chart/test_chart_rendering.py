"""What the chart renders keeps the walls: rights, tokens, users, volumes. Checked over several sets of values."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final

import msgspec
import pytest
import yaml

from bulkhead_testkit import helm

pytestmark = pytest.mark.slow

VALUE_SETS: Final[Mapping[str, Mapping[str, object]]] = {
    "defaults": {},
    "vault-with-a-credential": {
        "providers": {
            "fake": {"enabled": False},
            "vault": {
                "credential": {"existingSecret": "vault-token"},
                "policy": {"hosts": ["https://vault.example.com:8200"], "rules": [{"namespaces": ["team-a"]}]},
                "extraVolumes": [
                    {"name": "ca", "mountPath": "/etc/ssl/vault", "source": {"configMap": {"name": "vault-ca"}}},
                ],
            },
        },
    },
    "a-provider-of-ones-own": {
        "trustDomain": "prod.example.com",
        "metrics": {"bindAddress": ""},
        "providers": {
            "aws": {
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
        },
    },
    "namespaced": {"profile": "namespaced", "profileNamespaces": ["team-a", "team-b"]},
    "eso-compat": {"profile": "eso-compat"},
    "replicas-and-guarded-metrics": {
        "metrics": {"bindAddress": "[::]", "secure": True, "auth": True, "existingSecret": "metrics-tls"},
        "controller": {"replicas": 3},
    },
    "one-that-shares-with-nobody": {"controller": {"leaderElection": {"enabled": False}}},
    "without-cluster-kinds": {"processClusterExternalSecret": False},
    "everything-of-the-pod": {
        "fullnameOverride": "secrets",
        "image": {"pullSecrets": ["registry"]},
        "crds": {"keep": False, "annotations": {"example.com/a": "b"}},
        "pod": {
            "labels": {"team": "platform"},
            "annotations": {"example.com/a": "b"},
            "nodeSelector": {"kubernetes.io/os": "linux"},
            "tolerations": [{"key": "a", "operator": "Exists"}],
            "affinity": {"nodeAffinity": {}},
            "priorityClassName": "system-cluster-critical",
        },
    },
}


class Meta(msgspec.Struct):
    name: str
    namespace: str = ""
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}


class Rule(msgspec.Struct, rename="camel"):
    api_groups: list[str]
    resources: list[str]
    verbs: list[str]
    resource_names: list[str] = []


class Mount(msgspec.Struct, rename="camel"):
    name: str
    mount_path: str
    read_only: bool = False


class SecurityContext(msgspec.Struct, rename="camel"):
    allow_privilege_escalation: bool
    read_only_root_filesystem: bool
    run_as_non_root: bool
    run_as_user: int
    run_as_group: int
    capabilities: dict[str, list[str]]
    seccomp_profile: dict[str, str]
    privileged: bool = False


class Resources(msgspec.Struct):
    requests: dict[str, str] = {}
    limits: dict[str, str] = {}


class Container(msgspec.Struct, rename="camel"):
    name: str
    image: str
    args: list[str]
    security_context: SecurityContext
    resources: Resources
    volume_mounts: list[Mount]
    liveness_probe: dict[str, object]
    readiness_probe: dict[str, object]
    restart_policy: str = ""
    env: list[object] = []
    env_from: list[object] = []

    def flag(self, name: str) -> str | None:
        return next((arg.partition("=")[2] for arg in self.args if arg.startswith(f"--{name}=")), None)


class Source(msgspec.Struct, rename="camel"):
    """Of a volume; of the kinds that do not occur, only that they do not is of interest."""

    name: str
    secret: dict[str, object] | None = None
    config_map: dict[str, object] | None = None
    empty_dir: dict[str, object] | None = None
    projected: dict[str, object] | None = None
    host_path: dict[str, object] | None = None


class PodSpec(msgspec.Struct, rename="camel"):
    service_account_name: str
    automount_service_account_token: bool
    enable_service_links: bool
    security_context: dict[str, object]
    containers: list[Container]
    volumes: list[Source]
    init_containers: list[Container] = []
    share_process_namespace: bool = False
    host_network: bool = False
    host_pid: bool = msgspec.field(name="hostPID", default=False)
    host_ipc: bool = msgspec.field(name="hostIPC", default=False)

    @property
    def all_containers(self) -> list[Container]:
        return [*self.init_containers, *self.containers]

    def mounted_in(self, volume: str) -> list[str]:
        return [each.name for each in self.all_containers for mount in each.volume_mounts if mount.name == volume]


class Template(msgspec.Struct):
    metadata: object
    spec: PodSpec


class Strategy(msgspec.Struct):
    type: str


class DeploymentSpec(msgspec.Struct):
    replicas: int
    strategy: Strategy
    template: Template


class Manifest(msgspec.Struct, rename="camel"):
    api_version: str
    kind: str
    metadata: Meta
    spec: object = None
    rules: list[Rule] = []
    data: dict[str, str] = {}
    type: str = ""
    automount_service_account_token: bool = True


@cache
def rendered(name: str) -> tuple[Manifest, ...]:
    return tuple(msgspec.convert(each, Manifest) for each in helm.render(VALUE_SETS[name]))


@pytest.fixture(params=VALUE_SETS)
def manifests(request: pytest.FixtureRequest) -> tuple[Manifest, ...]:
    return rendered(request.param)


def of_kind(manifests: tuple[Manifest, ...], kind: str) -> list[Manifest]:
    return [manifest for manifest in manifests if manifest.kind == kind]


def pods(manifests: tuple[Manifest, ...]) -> dict[str, PodSpec]:
    found = of_kind(manifests, "Deployment")
    return {each.metadata.name: msgspec.convert(each.spec, DeploymentSpec).template.spec for each in found}


def controller_pod(manifests: tuple[Manifest, ...]) -> PodSpec:
    return next(pod for name, pod in pods(manifests).items() if name.endswith("-controller"))


def config(manifests: tuple[Manifest, ...], suffix: str) -> str:
    (text,) = next(
        each for each in of_kind(manifests, "ConfigMap") if each.metadata.name.endswith(suffix)
    ).data.values()
    return text


def mounted_volumes(manifests: tuple[Manifest, ...]) -> list[str]:
    return [mount.name for each in controller_pod(manifests).all_containers for mount in each.volume_mounts]


def providers(manifests: tuple[Manifest, ...]) -> Iterator[tuple[str, Container]]:
    for container in controller_pod(manifests).init_containers:
        yield container.name.removeprefix("provider-"), container


def verbs_on_secrets(roles: list[Manifest]) -> set[str]:
    rules = [rule for role in roles for rule in role.rules]
    return {
        verb for rule in rules if any(name.split("/")[0] == "secrets" for name in rule.resources) for verb in rule.verbs
    }


@pytest.mark.parametrize("name", [name for name in VALUE_SETS if name != "eso-compat"])
def test_no_verb_on_secrets_that_gives_content_away_is_given_to_the_controller_everywhere(name: str) -> None:
    assert verbs_on_secrets(of_kind(rendered(name), "ClusterRole")) == {"create", "update", "delete"}


def test_the_profile_eso_compat_gives_what_eso_has_but_for_patch() -> None:
    verbs = verbs_on_secrets(of_kind(rendered("eso-compat"), "ClusterRole"))
    assert verbs == {"get", "list", "watch", "create", "update", "delete"}


def test_the_profile_namespaced_lets_secrets_be_read_in_its_namespaces_and_nothing_else() -> None:
    roles = [role for role in readers(rendered("namespaced")) if CONFIG_MAPS not in role.rules]
    reading = Rule(api_groups=[""], resources=["secrets"], verbs=["get", "list", "watch"])
    assert {role.metadata.namespace: role.rules for role in roles} == {"team-a": [reading], "team-b": [reading]}
    bindings = [each for each in of_kind(rendered("namespaced"), "RoleBinding") if "team-" in each.metadata.namespace]
    bindings = [each for each in bindings if each.metadata.name.endswith("-secrets")]
    assert [(each.metadata.namespace, each.metadata.name) for each in bindings] == [
        ("team-a", "bulkhead-controller-secrets"),
        ("team-b", "bulkhead-controller-secrets"),
    ]


CONFIG_MAPS: Final = Rule(api_groups=[""], resources=["configmaps"], verbs=["get", "list", "watch"])


def reads_config_maps(values: Mapping[str, object]) -> tuple[list[str], bool, str | None]:
    """Give the namespaces whose ConfigMaps the controller may read, whether all, and what its flag says."""
    found = tuple(msgspec.convert(each, Manifest) for each in helm.render(values))
    roles = [role for role in of_kind(found, "Role") if CONFIG_MAPS in role.rules]
    everywhere = any(CONFIG_MAPS in role.rules for role in of_kind(found, "ClusterRole"))
    (controller,) = controller_pod(found).containers
    return sorted(each.metadata.namespace for each in roles), everywhere, controller.flag("config-map-namespaces")


@pytest.mark.parametrize(
    ("values", "want"),
    [
        pytest.param({}, ([], False, None), id="nowhere"),
        pytest.param(
            {"templates": {"configMapNamespaces": ["a", "b"]}}, (["a", "b"], False, "a,b"), id="in-some-namespaces"
        ),
        pytest.param({"templates": {"configMapNamespaces": ["*"]}}, ([], True, "*"), id="everywhere"),
        pytest.param(
            {"profile": "namespaced", "profileNamespaces": ["a"], "templates": {"configMapNamespaces": ["a", "b"]}},
            (["a", "b"], False, "a,b"),
            id="where-secrets-are-read-too",
        ),
        pytest.param({"profile": "eso-compat"}, ([], True, None), id="as-eso"),
    ],
)
def test_configmaps_may_be_read_where_the_values_say(
    values: Mapping[str, object], want: tuple[list[str], bool, str | None]
) -> None:
    assert reads_config_maps(values) == want


def readers(manifests: tuple[Manifest, ...]) -> list[Manifest]:
    return [each for each in of_kind(manifests, "Role") if each.metadata.namespace != "bulkhead-system"]


@pytest.mark.parametrize(
    ("name", "flags"),
    [
        pytest.param("defaults", ("strict", None), id="strict"),
        pytest.param("namespaced", ("namespaced", "team-a,team-b"), id="namespaced"),
        pytest.param("eso-compat", ("eso-compat", None), id="eso-compat"),
    ],
)
def test_the_controller_is_told_its_profile(name: str, flags: tuple[str, str | None]) -> None:
    (controller,) = controller_pod(rendered(name)).containers
    assert (controller.flag("profile"), controller.flag("read-namespaces")) == flags


@pytest.mark.parametrize(
    ("name", "says"),
    [
        pytest.param("defaults", "writes Secrets managed by ExternalSecrets and reads none;", id="strict"),
        pytest.param("namespaced", "and reads all Secrets of team-a, team-b;", id="namespaced"),
        pytest.param("eso-compat", "reads and writes every Secret of the cluster, as ESO's;", id="eso-compat"),
    ],
)
def test_the_notes_say_what_the_profile_lets_the_controller_do(name: str, says: str) -> None:
    notes = helm.run_helm(
        ["install", "bulkhead", str(helm.CHART), "--dry-run=client", "--hide-secret"], values=VALUE_SETS[name]
    ).partition("NOTES:")[2]
    assert says in notes


def test_no_role_has_a_wildcard_and_no_role_reaches_past_its_secrets(manifests: tuple[Manifest, ...]) -> None:
    roles = of_kind(manifests, "ClusterRole") + of_kind(manifests, "Role")
    for rule in (rule for role in roles for rule in role.rules):
        assert not any("*" in word for word in (*rule.api_groups, *rule.resources, *rule.verbs, *rule.resource_names))
    own = [role for role in of_kind(manifests, "Role") if role not in readers(manifests)]
    for rule in (rule for role in own for rule in role.rules if rule.resources == ["secrets"]):
        assert set(rule.verbs) == {"get", "update"}
        rendered_secrets = {each.metadata.name for each in of_kind(manifests, "Secret")}
        assert set(rule.resource_names) == rendered_secrets
    full = next(each.metadata.name for each in own if each.metadata.name.endswith("-certcontroller"))
    full = full.removesuffix("-certcontroller")
    maps = [rule for role in own for rule in role.rules if rule.resources == ["configmaps"]]
    assert [(rule.verbs, rule.resource_names) for rule in maps] == [
        (["get"], [f"{full}-certificate-requests"]),
        (["get", "update"], [f"{full}-certificate-status"]),
    ]
    assert {tuple(rule.resources) for role in own for rule in role.rules} <= {
        ("secrets",),
        ("configmaps",),
        ("leases",),
    }


def test_secrets_are_rendered_without_data_so_that_an_upgrade_wipes_none(manifests: tuple[Manifest, ...]) -> None:
    secrets = of_kind(manifests, "Secret")
    assert secrets
    assert all(not each.data and each.type == "Opaque" for each in secrets)


def test_every_container_has_a_user_of_its_own(manifests: tuple[Manifest, ...]) -> None:
    users = Counter(
        each.security_context.run_as_user for pod in pods(manifests).values() for each in pod.all_containers
    )
    assert set(users.values()) == {1}
    assert 0 not in users


def test_every_container_is_restricted(manifests: tuple[Manifest, ...]) -> None:
    for pod in pods(manifests).values():
        assert pod.security_context["runAsNonRoot"] is True
        shared = [pod.share_process_namespace, pod.host_network, pod.host_pid, pod.host_ipc]
        assert not any(shared)
        for container in pod.all_containers:
            user = container.security_context.run_as_user
            assert container.security_context == SecurityContext(
                allow_privilege_escalation=False,
                read_only_root_filesystem=True,
                run_as_non_root=True,
                run_as_user=user,
                run_as_group=user,
                capabilities={"drop": ["ALL"]},
                seccomp_profile={"type": "RuntimeDefault"},
            )
            assert "memory" in container.resources.limits


def test_no_container_gets_anything_through_its_environment(manifests: tuple[Manifest, ...]) -> None:
    for pod in pods(manifests).values():
        assert not pod.enable_service_links
        assert all(not container.env and not container.env_from for container in pod.all_containers)


def test_the_api_token_is_mounted_in_one_container_of_each_pod_and_in_none_of_the_webhooks(
    manifests: tuple[Manifest, ...],
) -> None:
    mounted = {}
    for name, pod in pods(manifests).items():
        assert not pod.automount_service_account_token
        tokens = [volume.name for volume in pod.volumes if "serviceAccountToken" in str(volume.projected)]
        assert set(tokens) <= {"api-token"}
        mounted[name.rpartition("-")[2]] = pod.mounted_in("api-token")
    assert mounted == {"controller": ["controller"], "certcontroller": ["certcontroller"], "webhook": []}
    assert all(not each.automount_service_account_token for each in of_kind(manifests, "ServiceAccount"))


def test_every_mounted_secret_is_mounted_in_exactly_one_container(manifests: tuple[Manifest, ...]) -> None:
    for pod in pods(manifests).values():
        volumes = [volume for volume in pod.volumes if volume.secret is not None]
        assert [len(pod.mounted_in(volume.name)) for volume in volumes] == [1] * len(volumes)
        names = Counter(str(volume.secret["secretName"]) for volume in volumes if volume.secret)
        assert set(names.values()) <= {1}


def test_every_tls_secret_is_mounted_by_the_container_that_it_is_for(manifests: tuple[Manifest, ...]) -> None:
    pod = controller_pod(manifests)
    for volume in (volume for volume in pod.volumes if volume.name.startswith("tls-")):
        assert volume.secret is not None
        assert str(volume.secret["secretName"]).endswith(volume.name)
        assert volume.secret["defaultMode"] == 0o440
        assert pod.mounted_in(volume.name) == [volume.name.removeprefix("tls-")]


def test_every_socket_is_in_memory_and_shared_by_its_provider_and_the_controller_only(
    manifests: tuple[Manifest, ...],
) -> None:
    pod = controller_pod(manifests)
    for name, container in providers(manifests):
        volume = next(volume for volume in pod.volumes if volume.name == f"socket-{name}")
        assert volume.empty_dir == {"medium": "Memory", "sizeLimit": "1Mi"}
        assert pod.mounted_in(volume.name) == [container.name, "controller"]


def test_no_volume_reaches_the_node_and_every_volume_is_used(manifests: tuple[Manifest, ...]) -> None:
    for pod in pods(manifests).values():
        assert all(volume.host_path is None for volume in pod.volumes)
        mounted = {mount.name for container in pod.all_containers for mount in container.volume_mounts}
        assert mounted == {volume.name for volume in pod.volumes}


def test_only_sockets_can_be_written_to(manifests: tuple[Manifest, ...]) -> None:
    mounts = [mount for pod in pods(manifests).values() for each in pod.all_containers for mount in each.volume_mounts]
    assert all(mount.read_only or mount.name.startswith("socket-") for mount in mounts)


def test_provider_servers_are_native_sidecars_without_a_probe_that_holds_others_up(
    manifests: tuple[Manifest, ...],
) -> None:
    pod = controller_pod(manifests)
    assert {each.restart_policy for each in pod.init_containers} == {"Always"}
    assert [each.name for each in pod.containers] == ["controller"]


def test_a_provider_is_routed_to_by_the_socket_that_it_listens_on(manifests: tuple[Manifest, ...]) -> None:
    routes = yaml.safe_load(config(manifests, "-providers"))["providers"]
    assert {route["name"]: route["address"] for route in routes} == {
        name: container.flag("listen") for name, container in providers(manifests)
    }


def test_every_process_has_an_identity_and_its_secret(manifests: tuple[Manifest, ...]) -> None:
    identities = yaml.safe_load(config(manifests, "-identities"))["identities"]
    by_name = {each["name"]: each for each in identities}
    users = {each.name: each.security_context.run_as_user for each in controller_pod(manifests).all_containers}
    webhook = next(pod for name, pod in pods(manifests).items() if name.endswith("-webhook")).containers[0]
    users |= dict.fromkeys(("webhook", "webhook-server"), webhook.security_context.run_as_user)
    assert {name: each["user"] for name, each in by_name.items()} == users
    assert by_name["controller"]["usage"] == "client"
    for name, _ in providers(manifests):
        assert (by_name[f"provider-{name}"]["path"], by_name[f"provider-{name}"]["usage"]) == (
            f"provider/{name}",
            "server",
        )
    secrets = {each.metadata.name for each in of_kind(manifests, "Secret")}
    authority = {name for name in secrets if name.endswith("-ca")}
    assert {each["secret"] for each in identities} == secrets - authority


def test_ports_of_one_pod_differ_and_probes_ask_the_health_port(manifests: tuple[Manifest, ...]) -> None:
    for pod in pods(manifests).values():
        addresses = [each.flag(flag) for each in pod.all_containers for flag in ("live-addr", "metrics-addr")]
        ports = Counter(address.rpartition(":")[2] for address in addresses if address)
        assert set(ports.values()) == {1}
        for container in pod.all_containers:
            port = (container.flag("live-addr") or "").rpartition(":")[2]
            for probe in (container.liveness_probe, container.readiness_probe):
                assert re.search(rf"'port': {port}\b", str(probe))


def fences(manifests: tuple[Manifest, ...]) -> list[Manifest]:
    """Give the policies that guard rights; the others help people, and test_validation_policies.py tries them."""
    return [each for each in of_kind(manifests, "ValidatingAdmissionPolicy") if not is_advice(each)]


def is_advice(manifest: Manifest) -> bool:
    return "-never-works-" in manifest.metadata.name or "-refused-" in manifest.metadata.name


def test_the_policies_fail_closed_and_are_bound(manifests: tuple[Manifest, ...]) -> None:
    policies = fences(manifests)
    bindings = [each for each in of_kind(manifests, "ValidatingAdmissionPolicyBinding") if not is_advice(each)]
    names = [policy.metadata.name for policy in policies]
    assert len(names) == len(set(names)) >= 2
    assert all("'failurePolicy': 'Fail'" in str(policy.spec) for policy in policies)
    assert [binding.spec for binding in bindings] == [
        {"policyName": name, "validationActions": ["Deny"]} for name in names
    ]


def test_the_policies_name_the_service_account_that_the_controller_has(manifests: tuple[Manifest, ...]) -> None:
    user = f"system:serviceaccount:bulkhead-system:{controller_pod(manifests).service_account_name}"
    for policy in fences(manifests):
        assert f"request.userInfo.username == '{user}'" in str(policy.spec).replace("\\'", "'")


def test_namespaced_objects_are_in_the_namespace_of_the_release(manifests: tuple[Manifest, ...]) -> None:
    kinds = {each.kind for each in manifests if each.metadata.namespace == "bulkhead-system"}
    several = any(msgspec.convert(each.spec, DeploymentSpec).replicas > 1 for each in of_kind(manifests, "Deployment"))
    # The Pod is the one of `helm test`.
    assert kinds == ({"PodDisruptionBudget"} if several else set()) | {
        "Pod",
        "ServiceAccount",
        "Secret",
        "ConfigMap",
        "Role",
        "RoleBinding",
        "Deployment",
        "Service",
        "NetworkPolicy",
    }


def test_two_releases_share_no_object_but_the_crds() -> None:
    def identities(release: str, namespace: str) -> set[tuple[str, str, str]]:
        found = [msgspec.convert(each, Manifest) for each in helm.render({}, release=release, namespace=namespace)]
        return {
            (each.kind, each.metadata.namespace, each.metadata.name)
            for each in found
            if each.kind != "CustomResourceDefinition"
        }

    assert not identities("one", "bulkhead-system") & identities("two", "bulkhead-system")


def test_crds_stay_by_default_and_go_or_are_left_out_when_asked() -> None:
    def crds(name: str) -> list[Manifest]:
        return of_kind(rendered(name), "CustomResourceDefinition")

    assert [each.metadata.annotations for each in crds("defaults")] == [{"helm.sh/resource-policy": "keep"}] * 25
    assert [each.metadata.annotations for each in crds("everything-of-the-pod")] == [{"example.com/a": "b"}] * 25
    without = [msgspec.convert(each, Manifest) for each in helm.render({"crds": {"create": False}})]
    assert not of_kind(tuple(without), "CustomResourceDefinition")


def test_an_image_is_named_by_digest_where_one_is_given() -> None:
    images = {name: container.image for name, container in providers(rendered("a-provider-of-ones-own"))}
    assert images["aws"] == "localhost/bulkhead/provider-aws@sha256:" + "0" * 64
    assert images["vault"] == "localhost/bulkhead/provider-vault:0.1.0"


def test_a_credential_is_mounted_where_the_flag_says() -> None:
    vault = dict(providers(rendered("vault-with-a-credential")))["vault"]
    mount = next(mount for mount in vault.volume_mounts if mount.name == "credential-vault")
    assert vault.flag("credentials-dir") == mount.mount_path


def test_a_provider_without_a_credential_mounts_none() -> None:
    assert not any(name.startswith("credential-") for name in mounted_volumes(rendered("defaults")))


def test_the_policy_file_holds_what_the_values_say() -> None:
    policy = yaml.safe_load(config(rendered("vault-with-a-credential"), "-policy-vault"))
    assert policy == {"hosts": ["https://vault.example.com:8200"], "rules": [{"namespaces": ["team-a"]}]}


def deployment(name: str) -> DeploymentSpec:
    found = next(each for each in of_kind(rendered(name), "Deployment") if each.metadata.name.endswith("-controller"))
    return msgspec.convert(found.spec, DeploymentSpec)


def controller(name: str) -> Container:
    return next(each for each in controller_pod(rendered(name)).containers if each.name == "controller")


def rules_about(name: str, *resources: str) -> list[Rule]:
    roles = of_kind(rendered(name), "ClusterRole") + of_kind(rendered(name), "Role")
    return [rule for role in roles for rule in role.rules if set(rule.resources) & set(resources)]


def test_a_new_controller_waits_beside_the_old_one_only_where_a_lease_keeps_them_apart() -> None:
    kinds = {name: deployment(name).strategy.type for name in ("defaults", "one-that-shares-with-nobody")}
    assert kinds == {"defaults": "RollingUpdate", "one-that-shares-with-nobody": "Recreate"}
    assert deployment("replicas-and-guarded-metrics").replicas == 3


def test_the_lease_that_the_controller_wants_is_the_one_that_it_may_have() -> None:
    for name in ("defaults", "everything-of-the-pod"):
        container = controller(name)
        assert container.flag("enable-leader-election") == "true"
        assert [(rule.verbs, rule.resource_names) for rule in rules_about(name, "leases")] == [
            (["create"], []),
            (["get", "update"], [container.flag("leader-election-id")]),
        ]
    assert controller("one-that-shares-with-nobody").flag("enable-leader-election") == "false"
    assert not rules_about("one-that-shares-with-nobody", "leases")


def test_reviews_may_be_asked_for_only_where_metrics_are_guarded() -> None:
    reviews = ("tokenreviews", "subjectaccessreviews")
    assert not rules_about("defaults", *reviews)
    assert [rule.verbs for rule in rules_about("replicas-and-guarded-metrics", *reviews)] == [["create"], ["create"]]


def test_guarded_metrics_have_no_open_copy_beside_them() -> None:
    name = "replicas-and-guarded-metrics"
    container = controller(name)
    flags = [container.flag(flag) for flag in ("metrics-addr", "metrics-secure", "metrics-auth", "metrics-cert-dir")]
    assert flags == ["[::]:8080", "true", "true", "/var/run/bulkhead/metrics"]
    assert controller_pod(rendered(name)).mounted_in("metrics-tls") == ["controller"]
    others = [each for pod in pods(rendered(name)).values() for each in pod.all_containers if each.name != "controller"]
    assert all((each.flag("metrics-addr") or "").startswith("127.0.0.1:") for each in others)
