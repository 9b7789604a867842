"""A provider server's own identity: what the chart renders for it, and what the API server lets be done with it."""

import http.client
import time
from collections.abc import Iterator, Mapping
from typing import Final

import msgspec
import pytest

from bulkhead_testkit import helm
from bulkhead_testkit.admin import Admin
from bulkhead_testkit.controlplane import ControlPlane
from bulkhead_testkit.helm import HelmError
from bulkhead_testkit.kubeconfig import request_token
from bulkhead_testkit.pod import pods_from
from bulkhead_testkit.token_caller import TokenCaller, TokenReply

RELEASE: Final = "tokens"
NAMESPACE: Final = "tokens-system"
ACCOUNT: Final = "tokens-provider-vault"
SECRET: Final = "tokens-token-vault"
API: Final = "https://kubernetes.default.svc"
ACCOUNTS: Final = f"/api/v1/namespaces/{NAMESPACE}/serviceaccounts"
LIST: Final = [{"namespace": "team-x", "names": ["one", "two"]}, {"namespace": "team-x", "names": ["three", "one"]}]
CAS: Final = [{"namespace": "team-y", "names": ["ca"]}]
Manifest = Mapping[str, object]


class Meta(msgspec.Struct):
    name: str
    namespace: str = ""


class Rule(msgspec.Struct, rename="camel"):
    resources: list[str]
    verbs: list[str]
    resource_names: list[str] = []


class Object(msgspec.Struct):
    kind: str
    metadata: Meta
    rules: list[Rule] = []
    subjects: list[Meta] = []


def identity(**more: object) -> dict[str, object]:
    return {"providers": {"vault": {"identity": {"enabled": True, "secrets": LIST, "configMaps": CAS, **more}}}}


def rendered(values: Mapping[str, object]) -> list[Object]:
    return [msgspec.convert(each, Object, strict=False) for each in helm.render(values) if each["kind"] in KINDS]


KINDS: Final = {"Role", "RoleBinding", "ServiceAccount", "Secret", "ValidatingAdmissionPolicy"}


def test_without_an_identity_nothing_is_rendered_for_one() -> None:
    names = {(each.kind, each.metadata.name) for each in rendered({})}
    assert not [name for name in names if "provider-vault" in name[1] and name[0] != "Secret"]
    assert not [name for name in names if "token" in name[1]]


def test_a_role_per_namespace_names_every_object_and_gives_get_alone() -> None:
    found = rendered(identity())
    rules = {
        (each.metadata.namespace, rule.resources[0]): rule
        for each in found
        if each.kind == "Role" and each.metadata.namespace != "bulkhead-system"
        for rule in each.rules
    }
    assert rules.keys() == {("team-x", "secrets"), ("team-y", "configmaps")}
    assert rules["team-x", "secrets"].resource_names == ["one", "three", "two"]
    assert {tuple(rule.verbs) for rule in rules.values()} == {("get",)}
    bindings = [each for each in found if each.kind == "RoleBinding" and each.metadata.namespace.startswith("team-")]
    subjects = {(who.namespace, who.name) for each in bindings for who in each.subjects}
    assert {each.metadata.namespace for each in bindings} == {"team-x", "team-y"}
    assert subjects == {("bulkhead-system", "bulkhead-provider-vault")}


def test_the_certcontrollers_rights_grow_by_the_named_account_and_its_secret() -> None:
    def rights(values: Mapping[str, object]) -> set[tuple[str, str, str]]:
        role = next(
            each for each in rendered(values) if (each.kind, each.metadata.name) == ("Role", "bulkhead-certcontroller")
        )
        return {
            (resource, name, verb)
            for rule in role.rules
            for resource in rule.resources
            for name in rule.resource_names
            for verb in rule.verbs
        }

    assert rights(identity()) - rights({}) == {
        ("secrets", "bulkhead-token-vault", "get"),
        ("secrets", "bulkhead-token-vault", "update"),
        ("serviceaccounts/token", "bulkhead-provider-vault", "create"),
    }


def test_the_token_is_mounted_in_that_providers_container_alone_and_holds_nobody_up() -> None:
    pod = dict(pods_from(helm.render(identity())))["bulkhead-controller"]
    assert [
        (each.name, mount.mount_path)
        for each in pod.started_in_order
        for mount in each.volume_mounts
        if mount.name == "token-vault"
    ] == [("provider-vault", "/var/run/bulkhead/kubernetes")]
    volume = next(each.secret for each in pod.volumes if each.name == "token-vault")
    assert volume is not None
    assert (volume.secret_name, volume.optional) == ("bulkhead-token-vault", True)
    assert {item.key for item in volume.items} == {"token", "ca.crt", "namespace"}
    assert pod.service_account_name == "bulkhead-controller"


@pytest.mark.parametrize(
    ("values", "says"),
    [
        pytest.param(identity(secrets=[{"namespace": "a", "names": []}]), "minItems: got 0, want 1", id="no-names"),
        pytest.param(identity(secrets=[{"namespace": "a"}]), "missing property 'names'", id="names-left-out"),
        pytest.param(identity(secrets=[{"namespace": "*", "names": ["a"]}]), "/namespace", id="every-namespace"),
        pytest.param(identity(secrets=[{"namespace": "a", "names": ["*"]}]), "/names/0", id="every-name"),
        pytest.param(identity(configMaps=[{"namespace": "a", "names": []}]), "minItems", id="no-config-maps"),
        pytest.param(identity(verbs=["list"]), "additional properties 'verbs' not allowed", id="verbs"),
        pytest.param(
            identity(secrets=[{"namespace": "bulkhead-system", "names": ["bulkhead-ca"]}]),
            "names bulkhead-ca, a Secret of Bulkhead's own",
            id="the-ca",
        ),
        pytest.param({"certificates": {"tokenLifetime": "2h"}}, "/certificates/tokenLifetime", id="long-tokens"),
        pytest.param({"certificates": {"tokenLifetime": "9m"}}, "/certificates/tokenLifetime", id="short-tokens"),
        pytest.param({"certificates": {"apiAudiences": []}}, "/certificates/apiAudiences", id="no-audience"),
    ],
)
def test_the_chart_refuses(values: Mapping[str, object], says: str) -> None:
    with pytest.raises(HelmError) as caught:
        helm.render(values)
    assert says in str(caught.value)


class Scene:
    """A certcontroller's token on an API server with the chart, and who may do all."""

    def __init__(self, plane: ControlPlane, admin: Admin) -> None:
        granted = request_token(plane.admin_kubeconfig, namespace=NAMESPACE, name="tokens-certcontroller")
        self.admin = admin
        self.thief = TokenCaller(server=plane.server, ca_file=plane.ca_file, token=granted.value)
        found = admin.secret(NAMESPACE, SECRET)
        assert found is not None
        self.uid = found.metadata.uid

    def ask(self, *, account: str = ACCOUNT, **more: object) -> TokenReply:
        bound = {"apiVersion": "v1", "kind": "Secret", "name": SECRET, "uid": self.uid}
        spec = {"expirationSeconds": 1800, "boundObjectRef": bound, **more}
        kept = {name: value for name, value in spec.items() if value is not None}
        body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": kept}
        return self.thief.call("POST", f"{ACCOUNTS}/{account}/token", body)


@pytest.fixture(scope="module")
def scene(installed_plane: ControlPlane) -> Iterator[Scene]:
    with Admin(installed_plane.admin_kubeconfig) as admin:
        for name in ("team-x", "team-y"):
            admin.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        values = identity() | {"crds": {"create": False}}
        helm.install(values, kubeconfig=installed_plane.admin_kubeconfig, release=RELEASE, namespace=NAMESPACE)
        scene = Scene(installed_plane, admin)
        deadline = time.monotonic() + 20
        while "bulkhead:token-audience" not in scene.ask(audiences=["vault"]).text:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        yield scene


@pytest.mark.slow
@pytest.mark.parametrize(
    "audiences", [pytest.param(None, id="that-it-leaves-to-the-api-server"), pytest.param([API], id="that-it-names")]
)
def test_the_certcontroller_gets_a_token_for_the_api_server(audiences: list[str] | None, scene: Scene) -> None:
    assert scene.ask(audiences=audiences).status == http.client.CREATED


UID: Final = "1c5b8e7e-0000-4000-8000-000000000001"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("more", "says"),
    [
        pytest.param({"audiences": ["vault"]}, "bulkhead:token-audience", id="for-somebody-else"),
        pytest.param({"audiences": [API, "sts.amazonaws.com"]}, "bulkhead:token-audience", id="for-somebody-else-too"),
        pytest.param({"expirationSeconds": 3601}, "bulkhead:token-lifetime", id="for-longer-than-an-hour"),
        pytest.param({"boundObjectRef": None}, "bulkhead:token-unbound", id="bound-to-nothing"),
        pytest.param({"account": "tokens-controller"}, "cannot create resource", id="of-the-controller"),
        pytest.param({"account": "tokens-certcontroller"}, "cannot create resource", id="of-itself"),
        pytest.param({"account": "default"}, "cannot create resource", id="of-the-default-account"),
    ],
)
def test_a_stolen_certcontroller_makes_no_token(more: Mapping[str, object], says: str, scene: Scene) -> None:
    reply = scene.ask(**more)  # type: ignore[arg-type]  # the account is one of the keywords
    assert says in reply.text
    assert reply.status in {http.client.FORBIDDEN, http.client.UNPROCESSABLE_ENTITY}
    assert "eyJ" not in reply.text


@pytest.mark.slow
def test_a_stolen_certcontroller_makes_no_token_that_outlives_the_secret(scene: Scene) -> None:
    bound = {"apiVersion": "v1", "kind": "Secret", "name": SECRET, "uid": UID}
    assert scene.ask(boundObjectRef=bound).status == http.client.CONFLICT
    other = {"apiVersion": "v1", "kind": "Secret", "name": "tokens-ca", "uid": scene.uid}
    assert scene.ask(boundObjectRef=other).status != http.client.CREATED


@pytest.mark.slow
def test_the_certcontroller_fills_the_tokens_secret_and_sees_none_that_the_identity_reads(scene: Scene) -> None:
    path = f"/api/v1/namespaces/{NAMESPACE}/secrets/{SECRET}"
    assert scene.thief.call("GET", path).status == http.client.OK
    for refused in ("/api/v1/namespaces/team-x/secrets/one", "/api/v1/namespaces/team-x/secrets", "/api/v1/secrets"):
        assert scene.thief.call("GET", refused).status == http.client.FORBIDDEN
    assert scene.thief.call("GET", f"{ACCOUNTS}/{ACCOUNT}").status == http.client.FORBIDDEN
    assert scene.thief.call("DELETE", path).status == http.client.FORBIDDEN
