"""The API server takes the CRDs, lets in what is right for each kind, and names the field of what is wrong."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from typing import Final

import msgspec
import pytest
import yaml

from bulkhead_testkit.admin import Admin, AdminError, wait_for
from bulkhead_testkit.controlplane import ControlPlane
from bulkhead_testkit.helm import CHART

pytestmark = pytest.mark.slow

DEFINITIONS: Final = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
FILES: Final = {file.stem: file for file in sorted((CHART / "files" / "crds").glob("*.yaml"))}
Spec = Mapping[str, object]

EXTERNAL_SECRET: Final[Spec] = {
    "secretStoreRef": {"name": "vault"},
    "data": [{"secretKey": "password", "remoteRef": {"key": "db"}}],
}
PUSH_SECRET: Final[Spec] = {"secretStoreRefs": [{"name": "vault"}], "selector": {"secret": {"name": "source"}}}
TOKEN: Final[Spec] = {"name": "token", "key": "token"}
VAULT: Final[Spec] = {"server": "https://vault.example.com", "auth": {"tokenSecretRef": TOKEN}}
ACCOUNT: Final[Spec] = {"name": "robot"}


class Version(msgspec.Struct):
    name: str
    storage: bool


class Names(msgspec.Struct):
    kind: str


class Definition(msgspec.Struct):
    """The part of a CRD's spec that makes an object's address."""

    group: str
    scope: str
    names: Names
    versions: list[Version]


@cache
def definition(plural: str) -> Definition:
    return msgspec.convert(yaml.safe_load(FILES[plural].read_text())["spec"], Definition)


class Condition(msgspec.Struct, frozen=True):
    type: str
    status: str


class Status(msgspec.Struct, frozen=True):
    conditions: list[Condition] = []


class Served(msgspec.Struct, frozen=True):
    status: Status = Status()


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A spec that is right, a change that makes it wrong, and what the API server says of the change."""

    right: Spec
    wrong: Spec
    said: str
    without: str = field(default="")
    """A field that the wrong spec lacks."""

    def wrong_spec(self) -> Spec:
        return {name: value for name, value in {**self.right, **self.wrong}.items() if name != self.without}


STORE: Final = Case(
    right={"provider": {"vault": VAULT}},
    wrong={"provider": {"vault": VAULT, "fake": {"data": []}}},
    said="spec.provider: Too many",
)

CASES: Final[Mapping[str, Case]] = {
    "externalsecrets": Case(
        right=EXTERNAL_SECRET,
        wrong={"refreshPolicy": "Sometimes"},
        said='spec.refreshPolicy: Unsupported value: "Sometimes"',
    ),
    "clusterexternalsecrets": Case(
        right={"externalSecretSpec": EXTERNAL_SECRET, "namespaceSelectors": [{"matchLabels": {"team": "a"}}]},
        wrong={"externalSecretName": "Not A Name"},
        said="spec.externalSecretName: Invalid value",
    ),
    "secretstores": STORE,
    "clustersecretstores": STORE,
    "pushsecrets": Case(
        right=PUSH_SECRET,
        wrong={"dataTo": [{"storeRef": {"kind": "SecretStore"}}]},
        said="spec.dataTo[0]: Invalid value",
    ),
    "clusterpushsecrets": Case(
        right={"pushSecretSpec": PUSH_SECRET},
        wrong={},
        without="pushSecretSpec",
        said="spec.pushSecretSpec: Required value",
    ),
    "generatorstates": Case(
        right={"resource": {"kind": "Password"}, "state": {"any": ["thing"]}},
        wrong={},
        without="state",
        said="spec.state: Required value",
    ),
    "clustergenerators": Case(
        right={"kind": "Password", "generator": {"passwordSpec": {}}},
        wrong={"generator": {"passwordSpec": {}, "uuidSpec": {}}},
        said="spec.generator: Too many",
    ),
    "acraccesstokens": Case(
        right={"registry": "example.azurecr.io", "auth": {"managedIdentity": {}}},
        wrong={"environmentType": "MoonCloud"},
        said="spec.environmentType: Unsupported value",
    ),
    "beyondtrustworkloadcredentialsdynamicsecrets": Case(
        right={
            "provider": {
                "auth": {"apikey": {"token": TOKEN}},
                "server": {"apiUrl": "https://api.example.com", "siteId": "1"},
            }
        },
        wrong={"provider": {"auth": {"apikey": {"token": TOKEN}}}},
        said="spec.provider.server: Required value",
    ),
    "cloudsmithaccesstokens": Case(
        right={"orgSlug": "org", "serviceSlug": "service", "serviceAccountRef": ACCOUNT},
        wrong={"serviceAccountRef": {}},
        said="spec.serviceAccountRef.name: Required value",
    ),
    "ecrauthorizationtokens": Case(
        right={"region": "eu-west-1"}, wrong={"region": 1}, said="spec.region: Invalid value"
    ),
    "fakes": Case(right={"data": {"a": "b"}}, wrong={"data": {"a": 1}}, said="spec.data.a: Invalid value"),
    "gcraccesstokens": Case(
        right={"projectID": "project", "auth": {}}, wrong={}, without="auth", said="spec.auth: Required value"
    ),
    "githubaccesstokens": Case(
        right={"appID": "1", "installID": "2", "auth": {"privateKey": {"secretRef": TOKEN}}},
        wrong={"auth": {"privateKey": {}}},
        said="spec.auth.privateKey.secretRef: Required value",
    ),
    "gitlabdeploytokens": Case(
        right={
            "name": "deploy",
            "projectID": "1",
            "scopes": ["read_registry"],
            "auth": {"token": {"secretRef": TOKEN}},
        },
        wrong={"groupID": "2"},
        said="give either projectID or groupID",
    ),
    "grafanas": Case(
        right={
            "url": "https://grafana.example.com",
            "auth": {"token": TOKEN},
            "serviceAccount": {"name": "a", "role": "Viewer"},
        },
        wrong={"serviceAccount": {"name": "a", "role": "Viewer", "secondsToLive": 0}},
        said="spec.serviceAccount.secondsToLive: Invalid value",
    ),
    "mfas": Case(
        right={"secret": TOKEN}, wrong={"secret": {"key": "no blanks"}}, said="spec.secret.key: Invalid value"
    ),
    "passwords": Case(right={}, wrong={"encoding": "rot13"}, said="spec.encoding: Unsupported value"),
    "quayaccesstokens": Case(
        right={"robotAccount": "org+robot", "serviceAccountRef": ACCOUNT},
        wrong={},
        without="robotAccount",
        said="spec.robotAccount: Required value",
    ),
    "sshkeys": Case(right={}, wrong={"keySize": 128}, said="spec.keySize: Invalid value"),
    "stssessiontokens": Case(
        right={"region": "eu-west-1"},
        wrong={"requestParameters": {"sessionDuration": "1h"}},
        said="spec.requestParameters.sessionDuration: Invalid value",
    ),
    "uuids": Case(right={}, wrong={"version": 4}, said='unknown field "spec.version"'),
    "vaultdynamicsecrets": Case(
        right={"path": "database/creds/app", "provider": VAULT, "parameters": {"any": ["thing"]}},
        wrong={"resultType": "Half"},
        said="spec.resultType: Unsupported value",
    ),
    "webhooks": Case(
        right={"url": "https://example.com", "result": {"jsonPath": "$.value"}},
        wrong={"secrets": [{"name": "a"}]},
        said="spec.secrets[0].secretRef: Required value",
    ),
}

STORES_BY_RULE: Final[Mapping[str, tuple[Spec, str]]] = {
    "own-session-tag-with-a-reserved-key": (
        {"aws": {"service": "SecretsManager", "region": "eu-west-1", "customSessionTags": {"esoNamespace": "other"}}},
        "spec.provider.aws.customSessionTags",
    ),
    "crd-without-a-way-to-log-in": (
        {"crd": {"resource": {"group": "", "version": "v1", "kind": "Secret"}}},
        "spec.provider.crd",
    ),
    "doppler-with-no-credential": ({"doppler": {"auth": {}}}, "spec.provider.doppler.auth"),
    "nebius-with-no-credential": (
        {"nebiusmysterybox": {"apiDomain": "a", "auth": {}}},
        "spec.provider.nebiusmysterybox.auth",
    ),
    "openbao-with-two-ways-to-log-in": (
        {
            "openBao": {
                "server": "https://a",
                "auth": {"tokenSecretRef": TOKEN, "userPass": {"path": "userpass", "username": "a"}},
            }
        },
        "spec.provider.openBao.auth",
    ),
    "secretserver-with-a-user-alone": (
        {"secretserver": {"serverURL": "https://a", "username": {"value": "a"}}},
        "spec.provider.secretserver",
    ),
}


def post(admin: Admin, plural: str, spec: Spec) -> None:
    """Send an object of a kind for a rehearsal; raises AdminError if it is refused."""
    crd = definition(plural)
    version = next(each.name for each in crd.versions if each.storage)
    namespace = "" if crd.scope == "Cluster" else "namespaces/default/"
    admin.request(
        "POST",
        f"/apis/{crd.group}/{version}/{namespace}{plural}?dryRun=All&fieldValidation=Strict",
        body={
            "apiVersion": f"{crd.group}/{version}",
            "kind": crd.names.kind,
            "metadata": {"name": "tried"},
            "spec": spec,
        },
    )


@pytest.fixture(scope="module")
def admin(installed_plane: ControlPlane) -> Iterator[Admin]:
    with Admin(installed_plane.admin_kubeconfig) as admin:
        yield admin


def test_each_kind_has_a_case() -> None:
    assert sorted(CASES) == sorted(FILES)


@pytest.mark.parametrize("plural", FILES)
def test_a_crd_is_established_and_takes_the_annotation_of_kubectl_apply(plural: str, admin: Admin) -> None:
    crd = yaml.safe_load(FILES[plural].read_text())
    path = f"{DEFINITIONS}/{crd['metadata']['name']}"
    annotations = {"kubectl.kubernetes.io/last-applied-configuration": json.dumps(crd)}
    patch = {"metadata": {"annotations": annotations}}
    admin.request("PATCH", f"{path}?dryRun=All", body=patch, content_type="application/merge-patch+json")

    def conditions() -> dict[str, str] | None:
        served = admin.get(path, Served)
        found = {each.type: each.status for each in served.status.conditions} if served else {}
        return found if found.get("Established") == "True" else None

    assert wait_for(conditions, what=f"{plural} are established") == {"NamesAccepted": "True", "Established": "True"}


@pytest.mark.parametrize("plural", CASES)
def test_an_object_that_is_right_is_let_in(plural: str, admin: Admin) -> None:
    post(admin, plural, CASES[plural].right)


@pytest.mark.parametrize("plural", CASES)
def test_an_object_that_is_wrong_is_refused_with_its_field(plural: str, admin: Admin) -> None:
    case = CASES[plural]
    with pytest.raises(AdminError) as refused:
        post(admin, plural, case.wrong_spec())
    assert refused.value.status in {HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.BAD_REQUEST}
    # The API server's message stands in the error as JSON.
    assert case.said in str(refused.value).replace('\\"', '"')


@pytest.mark.parametrize(("provider", "place"), STORES_BY_RULE.values(), ids=STORES_BY_RULE)
def test_a_store_that_breaks_a_rule_is_refused_with_its_field(provider: Spec, place: str, admin: Admin) -> None:
    with pytest.raises(AdminError, match=rf"{place}: Invalid value"):
        post(admin, "clustersecretstores", {"provider": provider})
