"""What a thief of the certcontroller's token can do on a real API server: what it is for, and nothing else.

Every attempt asserts that it is refused, that the reply holds no canary, and, at the end, that nothing was changed.
"""

import http.client
import json
import time
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import msgspec
import pytest

from bulkhead_testkit import helm
from bulkhead_testkit.caller import (
    APPLY_PATCH,
    JSON,
    JSON_PATCH,
    MERGE_PATCH,
    METADATA_ONLY,
    Caller,
    Stored,
    admin_of,
    caller_as,
    secret,
)
from bulkhead_testkit.controlplane import ControlPlane

pytestmark = pytest.mark.slow

NAMESPACE: Final = "bulkhead-system"
VALUES: Final[Mapping[str, object]] = {
    "crds": {"create": False},
    "webhook": {"enabled": True},
    "providers": {
        "vault": {"identity": {"enabled": True, "secrets": [{"namespace": "team-x", "names": ["credential"]}]}}
    },
}
API: Final = "https://kubernetes.default.svc"
HERE: Final = f"/api/v1/namespaces/{NAMESPACE}"
ELSEWHERE: Final = "/api/v1/namespaces/team-x"
OWN: Final = f"{HERE}/secrets/bulkhead-tls-controller"
ADMISSION: Final = "/apis/admissionregistration.k8s.io/v1"
CONFIGURATIONS: Final = f"{ADMISSION}/validatingwebhookconfigurations"
NAMED: Final = f"{CONFIGURATIONS}/bulkhead-validate"
RBAC: Final = "/apis/rbac.authorization.k8s.io/v1"
ROLES: Final = f"{RBAC}/namespaces/{NAMESPACE}/roles"
EVERYTHING: Final = {"rules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]}
LABELLED: Final = {"metadata": {"labels": {"stolen": "true"}}}
SUBJECT: Final = {"kind": "ServiceAccount", "name": "bulkhead-certcontroller", "namespace": NAMESPACE}
TOKENS: Final = f"{HERE}/serviceaccounts/bulkhead-provider-vault/token"


class Stock(msgspec.Struct):
    items: list[Stored]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A cluster with the chart, one person who may do all, and a thief."""

    admin: Caller
    thief: Caller
    secret_uid: str
    """Of the Secret that the provider server's token stands in."""

    def state(self) -> dict[str, str]:
        """Versions of everything a thief could want to change."""
        paths = (
            "/api/v1/secrets",
            "/api/v1/configmaps",
            "/api/v1/serviceaccounts",
            "/api/v1/namespaces",
            "/apis/apps/v1/deployments",
            f"{RBAC}/clusterroles",
            f"{RBAC}/clusterrolebindings",
            f"{RBAC}/roles",
            f"{RBAC}/rolebindings",
            CONFIGURATIONS,
            f"{ADMISSION}/mutatingwebhookconfigurations",
            f"{ADMISSION}/validatingadmissionpolicies",
            f"{ADMISSION}/validatingadmissionpolicybindings",
        )
        stocks = [msgspec.json.decode(self.admin.call("GET", path).text, type=Stock) for path in paths]
        metas = [stored.metadata for stock in stocks for stored in stock.items]
        return {meta.uid: meta.resource_version for meta in metas}

    def token(self, **more: object) -> dict[str, object]:
        bound = {"apiVersion": "v1", "kind": "Secret", "name": "bulkhead-token-vault", "uid": self.secret_uid}
        spec = {"expirationSeconds": 1800, "boundObjectRef": bound, **more}
        return {
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "TokenRequest",
            "spec": {name: value for name, value in spec.items() if value is not None},
        }


def configuration(name: str, kind: str = "ValidatingWebhookConfiguration") -> dict[str, object]:
    """Build a webhook configuration that matches nothing that is there."""
    webhook = {
        "name": "validate.secretstore.external-secrets.io",
        "clientConfig": {"service": {"name": "bulkhead-webhook", "namespace": NAMESPACE, "path": "/a"}},
        "rules": [
            {"apiGroups": ["example.com"], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["nothing"]}
        ],
        "failurePolicy": "Ignore",
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
    }
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": kind,
        "metadata": {"name": name},
        "webhooks": [webhook],
    }


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    # Not the shared one: the webhook that the chart configures here is at no address.
    with ControlPlane(tmp_path_factory.mktemp("rights"), audited=False) as plane:
        admin = admin_of(plane)
        admin.make("/api/v1/namespaces", {"metadata": {"name": "team-x"}})
        helm.install(VALUES, kubeconfig=plane.admin_kubeconfig)
        for path in (f"{HERE}/secrets", f"{ELSEWHERE}/secrets"):
            admin.make(path, secret("credential"))
        admin.make(f"{HERE}/configmaps", {"metadata": {"name": "others"}})
        if admin.call("GET", NAMED).status == http.client.NOT_FOUND:
            admin.make(CONFIGURATIONS, configuration("bulkhead-validate"))
        admin.make(CONFIGURATIONS, configuration("others"))
        admin.make(
            f"{ADMISSION}/mutatingwebhookconfigurations", configuration("others", "MutatingWebhookConfiguration")
        )
        held = admin.call("GET", f"{HERE}/secrets/bulkhead-token-vault").text
        made = Scene(
            admin=admin,
            thief=caller_as(plane, "bulkhead-certcontroller"),
            secret_uid=msgspec.json.decode(held, type=Stored).metadata.uid,
        )
        wait_until_fenced(made)
        yield made


def wait_until_fenced(scene: Scene) -> None:
    """Wait until the policy of tokens is in force, which it is a moment after it was made."""
    deadline = time.monotonic() + 20
    while "bulkhead:token-audience" not in scene.thief.call("POST", TOKENS, scene.token(audiences=["x"])).text:
        assert time.monotonic() < deadline
        time.sleep(0.1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """Something that a thief tries."""

    method: str
    path: str
    body: object = None
    content_type: str = JSON
    accept: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)


def get(path: str, **more: str) -> Attempt:
    return Attempt(method="GET", path=path, **more)  # type: ignore[arg-type]  # only words are given


def post(path: str, body: object) -> Attempt:
    return Attempt(method="POST", path=path, body=body)


def put(path: str, body: object) -> Attempt:
    return Attempt(method="PUT", path=path, body=body)


def patch(path: str, body: object, content_type: str = MERGE_PATCH) -> Attempt:
    return Attempt(method="PATCH", path=path, body=body, content_type=content_type)


def delete(path: str) -> Attempt:
    return Attempt(method="DELETE", path=path)


def impersonating(**headers: str) -> Attempt:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Attempt(method="GET", path=f"{ELSEWHERE}/secrets/credential", headers=named)


REFUSED: Final[Mapping[str, Attempt]] = {
    # Secrets
    "reads-another-secret-beside-its-own": get(f"{HERE}/secrets/credential"),
    "reads-its-metadata": get(f"{HERE}/secrets/credential", accept=METADATA_ONLY),
    "reads-a-secret-of-another-namespace": get(f"{ELSEWHERE}/secrets/credential"),
    "lists-the-secrets-beside-its-own": get(f"{HERE}/secrets"),
    "lists-by-a-selector-of-another-name": get(f"{HERE}/secrets?fieldSelector=metadata.name%3Dcredential"),
    "lists-by-a-selector-of-its-own-name": get(f"{HERE}/secrets?fieldSelector=metadata.name%3Dbulkhead-ca"),
    "lists-all-secrets": get("/api/v1/secrets"),
    "watches-the-secrets": get(f"{HERE}/secrets?watch=true&timeoutSeconds=1"),
    "watches-its-own-secret": get(
        f"{HERE}/secrets?watch=true&timeoutSeconds=1&fieldSelector=metadata.name%3Dbulkhead-ca"
    ),
    "writes-another-secret": put(f"{HERE}/secrets/credential", secret("credential", value="stolen")),
    "writes-a-secret-of-another-namespace": put(
        f"{ELSEWHERE}/secrets/credential", secret("credential", value="stolen")
    ),
    "patches-another-secret": patch(f"{HERE}/secrets/credential", LABELLED),
    "patches-its-own-secret": patch(OWN, LABELLED),
    "applies-its-own-secret": patch(
        f"{OWN}?fieldManager=x",
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "bulkhead-tls-controller"}},
        APPLY_PATCH,
    ),
    "creates-a-secret": post(f"{HERE}/secrets", secret("new", value="stolen")),
    "creates-a-secret-by-apply": patch(
        f"{HERE}/secrets/new?fieldManager=x",
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "new"}},
        APPLY_PATCH,
    ),
    "creates-a-token-secret-of-the-controller": post(
        f"{HERE}/secrets",
        secret(
            "new",
            value="stolen",
            type_="kubernetes.io/service-account-token",
            annotations={"kubernetes.io/service-account.name": "bulkhead-controller"},
        ),
    ),
    "deletes-another-secret": delete(f"{HERE}/secrets/credential"),
    "deletes-its-own-secret": delete(OWN),
    "deletes-the-ca": delete(f"{HERE}/secrets/bulkhead-ca"),
    "deletes-all-secrets": delete(f"{HERE}/secrets"),
    # Webhook configurations
    "reads-another-configuration": get(f"{CONFIGURATIONS}/others"),
    "lists-all-configurations": get(CONFIGURATIONS),
    "watches-all-configurations": get(f"{CONFIGURATIONS}?watch=true&timeoutSeconds=1"),
    "watches-another-configuration": get(
        f"{CONFIGURATIONS}?watch=true&timeoutSeconds=1&fieldSelector=metadata.name%3Dothers"
    ),
    "patches-another-configuration": patch(f"{CONFIGURATIONS}/others", LABELLED),
    "applies-another-configuration": patch(
        f"{CONFIGURATIONS}/others?fieldManager=x", configuration("others"), APPLY_PATCH
    ),
    "makes-a-configuration-by-apply": patch(f"{CONFIGURATIONS}/new?fieldManager=x", configuration("new"), APPLY_PATCH),
    "creates-a-configuration": post(CONFIGURATIONS, configuration("new")),
    "replaces-the-named-configuration": put(NAMED, configuration("bulkhead-validate")),
    "deletes-the-named-configuration": delete(NAMED),
    "deletes-another-configuration": delete(f"{CONFIGURATIONS}/others"),
    "deletes-all-configurations": delete(CONFIGURATIONS),
    "reads-a-mutating-configuration": get(f"{ADMISSION}/mutatingwebhookconfigurations/others"),
    "reads-a-mutating-configuration-of-the-same-name": get(
        f"{ADMISSION}/mutatingwebhookconfigurations/bulkhead-validate"
    ),
    "patches-a-mutating-configuration": patch(f"{ADMISSION}/mutatingwebhookconfigurations/others", LABELLED),
    "creates-a-mutating-configuration": post(
        f"{ADMISSION}/mutatingwebhookconfigurations", configuration("new", "MutatingWebhookConfiguration")
    ),
    "reads-the-policy-of-its-tokens": get(f"{ADMISSION}/validatingadmissionpolicies/bulkhead-tokens"),
    "patches-the-policy-of-its-tokens": patch(f"{ADMISSION}/validatingadmissionpolicies/bulkhead-tokens", LABELLED),
    "deletes-the-binding-of-its-tokens-policy": delete(
        f"{ADMISSION}/validatingadmissionpolicybindings/bulkhead-tokens"
    ),
    "deletes-the-policy-of-secrets": delete(f"{ADMISSION}/validatingadmissionpolicies/bulkhead-secrets"),
    "patches-a-definition": patch(
        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/externalsecrets.external-secrets.io", LABELLED
    ),
    "lists-definitions": get("/apis/apiextensions.k8s.io/v1/customresourcedefinitions"),
    "registers-an-api": post(
        "/apis/apiregistration.k8s.io/v1/apiservices", {"metadata": {"name": "v1.example.com"}, "spec": {}}
    ),
    # ConfigMaps
    "reads-the-roots-of-others": get(f"{HERE}/configmaps/others"),
    "reads-the-providers": get(f"{HERE}/configmaps/bulkhead-providers"),
    "reads-a-policy": get(f"{HERE}/configmaps/bulkhead-policy-vault"),
    "changes-a-policy": put(
        f"{HERE}/configmaps/bulkhead-policy-vault", {"metadata": {"name": "bulkhead-policy-vault"}}
    ),
    "changes-its-own-list-of-identities": put(
        f"{HERE}/configmaps/bulkhead-identities", {"metadata": {"name": "bulkhead-identities"}}
    ),
    "asks-in-the-name-of-a-person": put(
        f"{HERE}/configmaps/bulkhead-certificate-requests", {"metadata": {"name": "bulkhead-certificate-requests"}}
    ),
    "lists-configmaps": get(f"{HERE}/configmaps"),
    "creates-a-configmap": post(f"{HERE}/configmaps", {"metadata": {"name": "new"}}),
    "deletes-its-status": delete(f"{HERE}/configmaps/bulkhead-certificate-status"),
    # Pods, nodes and what runs
    "lists-pods": get(f"{HERE}/pods"),
    "creates-a-pod": post(
        f"{HERE}/pods", {"metadata": {"name": "new"}, "spec": {"containers": [{"name": "a", "image": "a"}]}}
    ),
    "runs-something-in-a-pod": post(f"{HERE}/pods/any/exec?command=sh", {}),
    "reads-a-log": get(f"{HERE}/pods/any/log"),
    "reads-nodes": get("/api/v1/nodes"),
    "goes-through-a-node": get("/api/v1/nodes/any/proxy/pods"),
    "changes-the-controller": patch(f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments/bulkhead-controller", LABELLED),
    "changes-itself": patch(f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments/bulkhead-certcontroller", LABELLED),
    "writes-an-event": post(
        f"{HERE}/events", {"metadata": {"name": "new"}, "involvedObject": {"namespace": NAMESPACE}}
    ),
    "takes-the-controllers-lease": put(
        f"/apis/coordination.k8s.io/v1/namespaces/{NAMESPACE}/leases/bulkhead-controller",
        {"metadata": {"name": "bulkhead-controller"}},
    ),
    "labels-its-namespace": patch(HERE, LABELLED),
    "asks-for-a-certificate-of-the-cluster": post(
        "/apis/certificates.k8s.io/v1/certificatesigningrequests",
        {"metadata": {"name": "new"}, "spec": {"request": "eA==", "signerName": "a.b/c", "usages": ["client auth"]}},
    ),
    # More rights
    "binds-itself-to-cluster-admin": post(
        f"{RBAC}/clusterrolebindings",
        {
            "metadata": {"name": "new"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
            "subjects": [SUBJECT],
        },
    ),
    "widens-its-role": put(
        f"{ROLES}/bulkhead-certcontroller", {"metadata": {"name": "bulkhead-certcontroller"}, **EVERYTHING}
    ),
    "widens-its-cluster-role": patch(f"{RBAC}/clusterroles/bulkhead-certcontroller", EVERYTHING),
    "creates-a-role": post(ROLES, {"metadata": {"name": "new"}, **EVERYTHING}),
    "impersonates-an-administrator": impersonating(Impersonate_User="admin", Impersonate_Group="system:masters"),
    "impersonates-the-controller": impersonating(
        Impersonate_User=f"system:serviceaccount:{NAMESPACE}:bulkhead-controller"
    ),
    "reviews-the-tokens-of-others": post(
        "/apis/authentication.k8s.io/v1/tokenreviews",
        {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": "x"}},
    ),
    # Tokens; their bodies depend on the scene, see below
    "reads-the-account-it-makes-tokens-of": get(f"{HERE}/serviceaccounts/bulkhead-provider-vault"),
    "changes-an-account": patch(f"{HERE}/serviceaccounts/bulkhead-provider-vault", LABELLED),
    "creates-an-account": post(f"{HERE}/serviceaccounts", {"metadata": {"name": "new"}}),
}


@pytest.mark.parametrize("attempt", REFUSED.values(), ids=REFUSED.keys())
def test_a_stolen_certcontroller_is_refused_when_it(attempt: Attempt, scene: Scene) -> None:
    before = scene.state()
    reply = scene.thief.call(
        attempt.method,
        attempt.path,
        attempt.body,
        content_type=attempt.content_type,
        accept=attempt.accept,
        headers=attempt.headers,
    )
    assert reply.status == http.client.FORBIDDEN, reply.text
    assert not reply.holds_a_secret()
    assert scene.state() == before


@pytest.mark.parametrize(
    ("account", "more", "says"),
    [
        pytest.param("bulkhead-controller", {}, "cannot create resource", id="of-the-controller"),
        pytest.param("bulkhead-certcontroller", {}, "cannot create resource", id="of-itself"),
        pytest.param("default", {}, "cannot create resource", id="of-the-default-account"),
        pytest.param("bulkhead-provider-vault", {"audiences": ["vault"]}, "bulkhead:token-audience", id="for-another"),
        pytest.param("bulkhead-provider-vault", {"audiences": [API, "x"]}, "bulkhead:token-audience", id="for-two"),
        pytest.param(
            "bulkhead-provider-vault", {"expirationSeconds": 3601}, "bulkhead:token-lifetime", id="that-lives-long"
        ),
        pytest.param(
            "bulkhead-provider-vault", {"boundObjectRef": None}, "bulkhead:token-unbound", id="bound-to-nothing"
        ),
    ],
)
def test_a_stolen_certcontroller_makes_no_token(
    account: str, more: Mapping[str, object], says: str, scene: Scene
) -> None:
    reply = scene.thief.call("POST", f"{HERE}/serviceaccounts/{account}/token", scene.token(**more))
    assert reply.status in {http.client.FORBIDDEN, http.client.UNPROCESSABLE_ENTITY}
    assert says in reply.text
    assert "eyJ" not in reply.text


def test_a_stolen_certcontroller_makes_no_token_in_another_namespace(scene: Scene) -> None:
    reply = scene.thief.call("POST", f"{ELSEWHERE}/serviceaccounts/default/token", scene.token())
    assert reply.status == http.client.FORBIDDEN


OWN_SECRETS: Final = (
    "bulkhead-ca",
    "bulkhead-tls-controller",
    "bulkhead-tls-provider-fake",
    "bulkhead-tls-provider-vault",
    "bulkhead-tls-webhook",
    "bulkhead-tls-webhook-server",
    "bulkhead-token-vault",
)


@pytest.mark.parametrize("name", OWN_SECRETS)
def test_the_certcontroller_fills_its_own(name: str, scene: Scene) -> None:
    held = json.loads(scene.thief.call("GET", f"{HERE}/secrets/{name}").text)
    held["data"] = {"tried": b64encode(b"x").decode()}
    reply = scene.thief.call("PUT", f"{HERE}/secrets/{name}", held)
    assert reply.status == http.client.OK, reply.text


def test_the_certcontroller_reads_what_it_is_asked_and_writes_what_it_answers(scene: Scene) -> None:
    assert scene.thief.call("GET", f"{HERE}/configmaps/bulkhead-certificate-requests").status == http.client.OK
    path = f"{HERE}/configmaps/bulkhead-certificate-status"
    held = json.loads(scene.thief.call("GET", path).text)
    held["data"] = {"status.yaml": "phase: Stable"}
    assert scene.thief.call("PUT", path, held).status == http.client.OK


def test_the_certcontroller_makes_the_token_of_a_provider_server_with_an_identity(scene: Scene) -> None:
    assert scene.thief.call("POST", TOKENS, scene.token()).status == http.client.CREATED


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("fieldSelector=metadata.name%3Dbulkhead-validate", id="lists"),
        pytest.param("watch=true&timeoutSeconds=1&fieldSelector=metadata.name%3Dbulkhead-validate", id="watches"),
    ],
)
def test_the_certcontroller_follows_the_named_configuration_when_it(query: str, scene: Scene) -> None:
    reply = scene.thief.call("GET", f"{CONFIGURATIONS}?{query}")
    assert reply.status == http.client.OK, reply.text
    assert "others" not in reply.text


def test_the_certcontroller_reads_and_patches_the_named_configuration(scene: Scene) -> None:
    assert scene.thief.call("GET", NAMED).status == http.client.OK
    bundle = [{"op": "add", "path": "/webhooks/0/clientConfig/caBundle", "value": "eA=="}]
    reply = scene.thief.call("PATCH", NAMED, bundle, content_type=JSON_PATCH)
    assert reply.status == http.client.OK, reply.text


def test_nothing_narrows_the_patch_of_the_named_configuration_as_the_threat_model_says(scene: Scene) -> None:
    # No admission policy judges webhook configurations. If this is refused one day, the threat model can say less.
    everything = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["secrets"]}
    rules = [{"op": "replace", "path": "/webhooks/0/rules", "value": [everything]}]
    reply = scene.thief.call("PATCH", f"{NAMED}?dryRun=All", rules, content_type=JSON_PATCH)
    assert reply.status == http.client.OK, reply.text


def test_where_the_bundle_is_given_the_certcontroller_has_no_right_on_configurations() -> None:
    def cluster_roles(bundle: str) -> set[str]:
        values = {**VALUES, "webhook": {"enabled": True, "caBundle": bundle}}
        return {
            str(msgspec.convert(each, Stored).metadata.name)
            for each in helm.render(values)
            if str(each["kind"]).startswith("ClusterRole")
        }

    assert cluster_roles("") - cluster_roles("eA==") == {"bulkhead-certcontroller"}
