"""What a thief of the controller's token can do in each profile, tried with the token of each on a real API server.

The chart is installed three times, once for each profile; the policies match by the ServiceAccount's name, so the three
do not meet. The table of attempts is the one in docs/profiles.md, row by row.
"""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

import msgspec
import pytest

from bulkhead_controller.externalsecret.hashing import created_by
from bulkhead_controller.fence import Fence, Verdict
from bulkhead_controller.settings import Profile
from bulkhead_runtime.kube.client import KubeClient
from bulkhead_runtime.kube.config import KubeConfig
from bulkhead_testkit import helm
from bulkhead_testkit.caller import (
    APPLY_PATCH,
    JSON,
    JSON_PATCH,
    MANAGED,
    MERGE_PATCH,
    METADATA_ONLY,
    Caller,
    Reply,
    Stored,
    admin_of,
    caller_as,
    owner,
    secret,
)
from bulkhead_testkit.controlplane import ControlPlane
from bulkhead_testkit.kubeconfig import write_service_account_files
from bulkhead_testkit.toolchain import CHECKOUT

OPTED_IN: Final = "opted-in"
ELSEWHERE: Final = "elsewhere"
RELEASES: Final = {
    Profile.STRICT: "bulkhead",
    Profile.NAMESPACED: "namespaced",
    Profile.ESO_COMPAT: "eso-compat",
}
"""The release of each profile, in the namespace `<release>-system`; the strict one is the session's."""
PROFILES: Final = tuple(RELEASES)
GROUP: Final = "/apis/external-secrets.io/v1"
RBAC: Final = "/apis/rbac.authorization.k8s.io/v1"
FINALIZER: Final = "externalsecrets.external-secrets.io/externalsecret-cleanup"
CREATED_BY: Final = "reconcile.external-secrets.io/created-by"
TOKEN_TYPE: Final = "kubernetes.io/service-account-token"
TOKEN_REQUEST: Final = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}

TABLE: Final = "## What a stolen controller token can do"

Body = Callable[["Stage"], object]
Lay = Callable[["Stage"], dict[str, object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One profile's thief, and the one object that is there for one attempt."""

    profile: Profile
    admin: Caller
    thief: Caller
    app_uids: Mapping[str, str]
    """Uid of the ExternalSecret `app` by namespace, so that the garbage collector lets live what it owns."""
    name: str = ""
    """Of the object of this attempt."""
    namespace: str = ""
    """Of the same."""

    @property
    def release(self) -> str:
        return RELEASES[self.profile]

    @property
    def release_namespace(self) -> str:
        return f"{self.release}-system"

    def owned_by_app(self) -> object:
        return owner("app", uid=self.app_uids[self.namespace])

    def fill(self, path: str) -> str:
        """Put the names of this attempt into a path."""
        return path.format(
            name=self.name,
            here=f"/api/v1/namespaces/{self.namespace}",
            es=self.external_secrets(),
            release=self.release,
        )

    def external_secrets(self) -> str:
        return f"{GROUP}/namespaces/{self.namespace}/externalsecrets"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One thing that a thief tries."""

    does: str
    """As the row of the document says it."""
    allowed: frozenset[Profile]
    path: str
    method: str = "GET"
    namespace: str = ELSEWHERE
    """`release` means that of the profile's own release."""
    body: Body = lambda _stage: None
    lay: Lay | None = None
    """The Secret that is there before."""
    content_type: str = JSON
    accept: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)

    def by(self, stage: Stage) -> Reply:
        return stage.thief.call(
            self.method,
            stage.fill(self.path),
            self.body(stage),
            content_type=self.content_type,
            accept=self.accept,
            headers=self.headers,
        )


NONE: Final[frozenset[Profile]] = frozenset()
COMPAT: Final = frozenset({Profile.ESO_COMPAT})
READERS: Final = frozenset({Profile.NAMESPACED, Profile.ESO_COMPAT})
ALL: Final = frozenset(PROFILES)

SECRETS: Final = "{here}/secrets"
ONE: Final = "{here}/secrets/{name}"


def laid(**what: object) -> Lay:
    """A Secret with the canary, that is there before."""
    return lambda stage: secret(stage.name, **what)  # type: ignore[arg-type]  # the arguments of `secret`, by name


def sent(**what: object) -> Body:
    """A Secret of the thief's own making."""
    return lambda stage: secret(stage.name, value="stolen", **what)  # type: ignore[arg-type]  # as above


def owned(stage: Stage, *, value: str = "canary-3e1f9a", labels: Mapping[str, str] = MANAGED) -> dict[str, object]:
    return secret(stage.name, value=value, labels=labels, owners=[stage.owned_by_app()])


def of_app(stage: Stage, name: str = "app") -> dict[str, str]:
    """The labels of a Secret that an ExternalSecret made."""
    return {**MANAGED, CREATED_BY: created_by(stage.namespace, name)}


unmanaged: Final = laid(labels={})
managed: Final = laid()
managed_over: Final = sent()


def always(value: object) -> Body:
    return lambda _stage: value


put = partial(Attempt, method="PUT", path=ONE)
post = partial(Attempt, method="POST", path=SECRETS)
delete = partial(Attempt, method="DELETE", path=ONE)
patch = partial(Attempt, method="PATCH", path=ONE, content_type=MERGE_PATCH)
on_app = partial(Attempt, method="PATCH", path="{es}/app", content_type=MERGE_PATCH, allowed=NONE, namespace=ELSEWHERE)

ATTEMPTS: Final = (
    Attempt(does="read a Secret", allowed=COMPAT, path=ONE, lay=unmanaged),
    Attempt(
        does="read a Secret of a namespace that opted in", allowed=READERS, path=ONE, lay=unmanaged, namespace=OPTED_IN
    ),
    Attempt(
        does="read a ServiceAccount's token in a Secret of a namespace that opted in",
        allowed=READERS,
        path=ONE,
        lay=laid(labels={}, type_=TOKEN_TYPE, annotations={"kubernetes.io/service-account.name": "default"}),
        namespace=OPTED_IN,
    ),
    Attempt(
        does="read the Secret of the certificate authority",
        allowed=COMPAT,
        path="{here}/secrets/{release}-ca",
        namespace="release",
    ),
    Attempt(
        does="read a provider's credential in the release's namespace",
        allowed=COMPAT,
        path=ONE,
        lay=unmanaged,
        namespace="release",
    ),
    Attempt(does="read a Secret's metadata only", allowed=COMPAT, path=ONE, lay=unmanaged, accept=METADATA_ONLY),
    Attempt(does="list Secrets of a namespace", allowed=COMPAT, path=SECRETS, lay=unmanaged),
    Attempt(
        does="list Secrets of a namespace that opted in",
        allowed=READERS,
        path=SECRETS,
        lay=unmanaged,
        namespace=OPTED_IN,
    ),
    Attempt(
        does="list only managed Secrets of a namespace",
        allowed=COMPAT,
        path=SECRETS + "?labelSelector=reconcile.external-secrets.io/managed=true",
        lay=managed,
    ),
    Attempt(does="list Secrets of all namespaces", allowed=COMPAT, path="/api/v1/secrets", lay=unmanaged),
    Attempt(
        does="watch Secrets of a namespace",
        allowed=COMPAT,
        path=SECRETS + "?watch=true&timeoutSeconds=1",
        lay=unmanaged,
    ),
    Attempt(
        does="watch Secrets of a namespace that opted in",
        allowed=READERS,
        path=SECRETS + "?watch=true&timeoutSeconds=1",
        lay=unmanaged,
        namespace=OPTED_IN,
    ),
    Attempt(
        does="watch Secrets of all namespaces",
        allowed=COMPAT,
        path="/api/v1/secrets?watch=true&timeoutSeconds=1",
        lay=unmanaged,
    ),
    patch(does="read through a merge patch", allowed=NONE, lay=unmanaged, body=always({"data": {}})),
    patch(
        does="read through a JSON patch, in a namespace that opted in",
        allowed=NONE,
        lay=unmanaged,
        body=always([{"op": "test", "path": "/data/password", "value": "x"}]),
        content_type=JSON_PATCH,
        namespace=OPTED_IN,
    ),
    patch(
        does="read through an apply patch",
        allowed=NONE,
        path=ONE + "?fieldManager=x&force=true",
        lay=unmanaged,
        body=sent(),
        content_type=APPLY_PATCH,
    ),
    delete(does="delete all Secrets of a namespace at once", allowed=NONE, path=SECRETS, lay=managed),
    delete(
        does="delete all Secrets of a namespace that opted in at once",
        allowed=NONE,
        path=SECRETS,
        lay=managed,
        namespace=OPTED_IN,
    ),
    post(does="create a managed Secret", allowed=ALL, body=managed_over),
    post(does="create a Secret without the managed label", allowed=COMPAT, body=sent(labels={})),
    put(
        does="overwrite what an ExternalSecret manages, in its name",
        allowed=ALL,
        lay=owned,
        body=partial(owned, value="stolen"),
    ),
    put(
        does="overwrite a managed Secret in the name of another ExternalSecret",
        allowed=COMPAT,
        lay=owned,
        body=sent(owners=[owner("other")]),
    ),
    put(
        does="the same in a namespace that opted in",
        allowed=COMPAT,
        lay=owned,
        body=sent(owners=[owner("other")]),
        namespace=OPTED_IN,
    ),
    put(
        does="take the owner off a managed Secret that does not say who made it",
        allowed=COMPAT,
        lay=owned,
        body=managed_over,
    ),
    put(
        does="take the owner off a managed Secret that says who made it",
        allowed=ALL,
        lay=lambda stage: owned(stage, labels=of_app(stage)),
        body=lambda stage: secret(stage.name, value="stolen", labels=of_app(stage)),
    ),
    put(does="take the managed label off", allowed=COMPAT, lay=managed, body=sent(labels={})),
    put(does="overwrite an unmanaged Secret", allowed=COMPAT, lay=unmanaged, body=managed_over),
    put(
        does="overwrite an unmanaged Secret of a namespace that opted in",
        allowed=READERS,
        lay=unmanaged,
        body=managed_over,
        namespace=OPTED_IN,
    ),
    put(
        does="overwrite an unmanaged Secret of a namespace that opted in, without the managed label",
        allowed=COMPAT,
        lay=unmanaged,
        body=sent(labels={}),
        namespace=OPTED_IN,
    ),
    put(
        does="overwrite a Secret of the release's namespace",
        allowed=COMPAT,
        lay=managed,
        body=managed_over,
        namespace="release",
    ),
    post(does="create a managed Secret in kube-system", allowed=COMPAT, body=managed_over, namespace="kube-system"),
    put(
        does="overwrite a managed Secret in kube-system",
        allowed=COMPAT,
        lay=managed,
        body=managed_over,
        namespace="kube-system",
    ),
    delete(does="delete a managed Secret", allowed=ALL, lay=managed),
    delete(does="delete an unmanaged Secret", allowed=COMPAT, lay=unmanaged),
    delete(
        does="delete an unmanaged Secret of a namespace that opted in",
        allowed=COMPAT,
        lay=unmanaged,
        namespace=OPTED_IN,
    ),
    delete(
        does="read a managed Secret by deleting it in the foreground",
        allowed=COMPAT,
        path=ONE + "?propagationPolicy=Foreground",
        lay=managed,
    ),
    delete(
        does="read a managed Secret with a finalizer by deleting it",
        allowed=COMPAT,
        lay=laid(finalizers=["example.com/theirs"]),
    ),
    post(
        does="create a Secret that becomes a ServiceAccount's token",
        allowed=NONE,
        body=sent(type_=TOKEN_TYPE, annotations={"kubernetes.io/service-account.name": "default"}),
    ),
    post(
        does="create a bootstrap token, with which a node joins",
        allowed=NONE,
        body=sent(type_="bootstrap.kubernetes.io/token"),
        namespace="kube-system",
    ),
    post(does="create a release of Helm", allowed=COMPAT, body=sent(type_="helm.sh/release.v1")),
    post(
        does="ask for a ServiceAccount's token",
        allowed=NONE,
        path="{here}/serviceaccounts/default/token",
        body=always(TOKEN_REQUEST),
    ),
    post(
        does="ask for a token of the certcontroller",
        allowed=NONE,
        path="{here}/serviceaccounts/{release}-certcontroller/token",
        body=always(TOKEN_REQUEST),
        namespace="release",
    ),
    Attempt(does="read ConfigMaps", allowed=NONE, path="{here}/configmaps", namespace=OPTED_IN),
    Attempt(does="list Pods", allowed=NONE, path="{here}/pods"),
    Attempt(does="list nodes", allowed=NONE, path="/api/v1/nodes"),
    post(
        does="create a Pod that mounts a Secret",
        allowed=NONE,
        path="{here}/pods",
        body=lambda stage: {"metadata": {"name": stage.name}},
    ),
    Attempt(
        does="act as another user",
        allowed=NONE,
        path="/api/v1/secrets",
        headers={"Impersonate-User": "admin", "Impersonate-Group": "system:masters"},
    ),
    post(
        does="bind itself to another role",
        allowed=NONE,
        path=f"{RBAC}/clusterrolebindings",
        body=lambda stage: {
            "metadata": {"name": stage.name},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
        },
    ),
    patch(
        does="give its own role more rights",
        allowed=NONE,
        path=f"{RBAC}/clusterroles/{{release}}-controller",
        body=always({"rules": []}),
    ),
    delete(
        does="take the fence away",
        allowed=NONE,
        path="/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings/{release}-secrets",
    ),
    Attempt(does="list ExternalSecrets of all namespaces", allowed=ALL, path=f"{GROUP}/externalsecrets"),
    post(
        does="create an ExternalSecret",
        allowed=NONE,
        path="{es}",
        body=lambda stage: {"metadata": {"name": stage.name}, "spec": {}},
    ),
    on_app(does="change the spec of an ExternalSecret", body=always({"spec": {"target": {"name": "elsewhere"}}})),
    on_app(does="change the labels of an ExternalSecret", body=always({"metadata": {"labels": {"a": "b"}}})),
    on_app(does="delete an ExternalSecret", method="DELETE"),
    on_app(
        does="set Bulkhead's finalizer on an ExternalSecret",
        allowed=ALL,
        body=always({"metadata": {"finalizers": ["example.com/theirs", FINALIZER]}}),
    ),
    on_app(
        does="change the status of an ExternalSecret",
        allowed=ALL,
        path="{es}/app/status",
        body=always({"status": {"syncedResourceVersion": "1-x"}}),
    ),
    post(
        does="change a store",
        allowed=NONE,
        path=f"{GROUP}/namespaces/{ELSEWHERE}/secretstores",
        body=lambda stage: {"metadata": {"name": stage.name}, "spec": {}},
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Theatre:
    """Everything that all attempts share."""

    admin: Caller
    thieves: Mapping[Profile, Caller]
    app_uids: Mapping[str, str]

    def stage(self, profile: Profile, *, namespace: str = ELSEWHERE, name: str = "") -> Stage:
        where = f"{RELEASES[profile]}-system" if namespace == "release" else namespace
        return Stage(
            profile=profile,
            admin=self.admin,
            thief=self.thieves[profile],
            app_uids=self.app_uids,
            name=name,
            namespace=where,
        )


@pytest.fixture(scope="module")
def theatre(installed_plane: ControlPlane) -> Theatre:
    admin = admin_of(installed_plane)
    for namespace in (OPTED_IN, ELSEWHERE):
        admin.make("/api/v1/namespaces", {"metadata": {"name": namespace}})
        admin.make(f"/api/v1/namespaces/{namespace}/serviceaccounts", {"metadata": {"name": "victim"}})
    for profile, release in RELEASES.items():
        if profile is not Profile.STRICT:
            helm.install(
                values_of(profile),
                kubeconfig=installed_plane.admin_kubeconfig,
                release=release,
                namespace=f"{release}-system",
            )
    made = Theatre(
        admin=admin,
        thieves={
            profile: caller_as(installed_plane, f"{release}-controller", namespace=f"{release}-system")
            for profile, release in RELEASES.items()
        },
        app_uids={namespace: make_app(admin, namespace) for namespace in (OPTED_IN, ELSEWHERE)},
    )
    for profile in PROFILES:
        wait_until_in_force(made.stage(profile))
    return made


def values_of(profile: Profile) -> Mapping[str, object]:
    # The definitions are the first release's.
    namespaces = [OPTED_IN] if profile is Profile.NAMESPACED else []
    return {"profile": profile.value, "profileNamespaces": namespaces, "crds": {"create": False}}


def make_app(admin: Caller, namespace: str) -> str:
    spec = {"secretStoreRef": {"name": "vault"}, "data": [{"secretKey": "a", "remoteRef": {"key": "a"}}]}
    body = {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ExternalSecret",
        "metadata": {"name": "app", "finalizers": ["example.com/theirs"]},
        "spec": spec,
    }
    return admin.make(f"{GROUP}/namespaces/{namespace}/externalsecrets", body).uid


def wait_until_in_force(stage: Stage) -> None:
    """Wait for the API server to have read rights and policies, which takes it some tenths of a second."""
    token = secret("token", type_="bootstrap.kubernetes.io/token")
    probes = [
        partial(stage.thief.call, "POST", f"/api/v1/namespaces/{ELSEWHERE}/secrets?dryRun=All", token),
        partial(
            stage.thief.call,
            "PATCH",
            f"{GROUP}/namespaces/{ELSEWHERE}/externalsecrets/app?dryRun=All",
            {"spec": None},
            content_type=MERGE_PATCH,
        ),
    ]
    for probe in probes:
        wait_for(probe, lambda reply: "bulkhead:" in reply.text)
    if stage.profile is not Profile.STRICT:
        wait_for(
            partial(stage.thief.call, "GET", f"/api/v1/namespaces/{OPTED_IN}/secrets"), lambda it: it.status == 200
        )


def wait_for(call: Callable[[], Reply], is_there: Callable[[Reply], bool]) -> None:
    deadline = time.monotonic() + 20
    while not is_there(reply := call()):
        assert time.monotonic() < deadline, reply.text
        time.sleep(0.1)


def slug(text: str) -> str:
    return re.sub(r"[^a-z]+", "-", text.lower()).strip("-")


@pytest.mark.slow
@pytest.mark.parametrize("profile", PROFILES, ids=str)
@pytest.mark.parametrize("attempt", ATTEMPTS, ids=lambda attempt: slug(attempt.does))
def test_a_thief_of_the_token_tries_to(attempt: Attempt, profile: Profile, theatre: Theatre) -> None:
    name = f"attempt-{ATTEMPTS.index(attempt)}-{profile}"
    stage = theatre.stage(profile, namespace=attempt.namespace, name=name)
    before = theatre.admin.make(stage.fill(SECRETS), attempt.lay(stage)) if attempt.lay else None
    reply = attempt.by(stage)
    assert ("allowed" if 200 <= reply.status < 300 else "refused") == outcome(attempt, profile), reply.text
    if profile not in attempt.allowed:
        # A refusal by rights or by a policy, and not a mistake in the request.
        assert reply.status == 403 or (reply.status == 422 and "bulkhead:" in reply.text), reply.text
        assert not reply.holds_a_secret()
        # Of a ServiceAccount's token, the control plane itself changes the Secret.
        assert before is None or attempt.method == "GET" or live(stage) == before
    elif attempt.lay and attempt.accept == JSON and attempt.does.split()[0] in {"read", "list", "watch"}:
        assert reply.holds_a_secret()


def outcome(attempt: Attempt, profile: Profile) -> str:
    return "allowed" if profile in attempt.allowed else "refused"


def live(stage: Stage) -> object:
    return msgspec.json.decode(stage.admin.call("GET", stage.fill(ONE)).text, type=Stored).metadata


RELEASED: Final = {
    "with-the-label-that-says-that-it-made-it": ("app", "app", "ExternalSecret", True),
    "with-the-label-of-another": ("app", "other", "ExternalSecret", False),
    "without-the-label": ("app", "", "ExternalSecret", False),
    "from-a-secret-without-the-label": ("", "app", "ExternalSecret", False),
    "from-a-secret-without-the-label-and-none-sent": ("", "", "ExternalSecret", False),
    "of-another-kind": ("app", "app", "Database", False),
}


@pytest.mark.slow
@pytest.mark.parametrize("profile", [Profile.STRICT, Profile.NAMESPACED], ids=str)
@pytest.mark.parametrize(("was", "says", "kind", "allowed"), RELEASED.values(), ids=RELEASED.keys())
def test_an_owner_is_dropped(was: str, says: str, kind: str, allowed: bool, profile: Profile, theatre: Theatre) -> None:
    stage = theatre.stage(profile, name=f"release-{was or 'none'}-{says or 'none'}-{kind.lower()}-{profile}")

    def labels(name: str) -> dict[str, str]:
        return of_app(stage, name) if name else dict(MANAGED)

    owners = [owner("app", kind=kind, uid=stage.app_uids[ELSEWHERE])]
    before = theatre.admin.make(stage.fill(SECRETS), secret(stage.name, labels=labels(was), owners=owners))
    reply = stage.thief.call("PUT", stage.fill(ONE), secret(stage.name, value="released", labels=labels(says)))
    if allowed:
        assert reply.status == 200, reply.text
    else:
        assert (reply.status, "bulkhead:owned-by-another: " in reply.text) == (422, True), reply.text
        assert live(stage) == before


@pytest.mark.slow
def test_a_released_secret_loses_the_label_by_a_second_write_and_is_nobodys_from_then_on(theatre: Theatre) -> None:
    stage = theatre.stage(Profile.STRICT, name="released-in-two-writes")
    theatre.admin.make(stage.fill(SECRETS), owned(stage, labels=of_app(stage)))
    for labels in (of_app(stage), MANAGED):
        body = secret(stage.name, value="kept", labels=labels)
        assert stage.thief.call("PUT", stage.fill(ONE), body).status == 200
    # The dry run by which the controller asks whether a Secret is its own to delete.
    probe = stage.thief.call("PUT", stage.fill(ONE + "?dryRun=All"), owned(stage, value="x"))
    assert (probe.status, "bulkhead:owned-by-another: " in probe.text) == (422, True)


@pytest.mark.slow
def test_a_new_owner_cannot_come_in_with_the_label_of_the_old(theatre: Theatre) -> None:
    stage = theatre.stage(Profile.STRICT, name="swapped")
    theatre.admin.make(stage.fill(SECRETS), owned(stage, labels=of_app(stage)))
    body = secret(stage.name, value="x", labels=of_app(stage), owners=[owner("other")])
    reply = stage.thief.call("PUT", stage.fill(ONE), body)
    assert (reply.status, "bulkhead:owned-by-another: " in reply.text) == (422, True)


@pytest.mark.slow
@pytest.mark.parametrize("profile", [Profile.STRICT, Profile.NAMESPACED], ids=str)
async def test_the_controller_finds_its_fence_closed(
    profile: Profile, theatre: Theatre, installed_plane: ControlPlane, tmp_path: Path
) -> None:
    stage = theatre.stage(profile)
    files = config_of(installed_plane, tmp_path, namespace=stage.release_namespace, name=f"{stage.release}-controller")
    async with KubeClient(files) as client:
        assert await Fence(client, profile).check(files.read_namespace()) is Verdict.CLOSED


@pytest.mark.slow
async def test_the_controller_finds_its_fence_open_where_no_policy_is_for_it(
    theatre: Theatre, installed_plane: ControlPlane, tmp_path: Path
) -> None:
    home = f"/api/v1/namespaces/{ELSEWHERE}"
    theatre.admin.make(f"{home}/serviceaccounts", {"metadata": {"name": "unfenced"}})
    files = config_of(installed_plane, tmp_path, namespace=ELSEWHERE, name="unfenced")
    async with KubeClient(files) as client:
        fence = Fence(client, Profile.STRICT)
        without_rights = await fence.check(ELSEWHERE)
        theatre.admin.make(
            f"{RBAC}/clusterrolebindings",
            {
                "metadata": {"name": "unfenced"},
                "roleRef": {
                    "apiGroup": "rbac.authorization.k8s.io",
                    "kind": "ClusterRole",
                    "name": "bulkhead-controller",
                },
                "subjects": [{"kind": "ServiceAccount", "name": "unfenced", "namespace": ELSEWHERE}],
            },
        )
        unfenced = caller_as(installed_plane, "unfenced", namespace=ELSEWHERE)
        wait_for(
            partial(unfenced.call, "POST", f"{home}/secrets?dryRun=All", secret("tried")), lambda it: it.status == 201
        )
        with_rights = await fence.check(ELSEWHERE)
        theatre.admin.make(f"{home}/secrets", secret("bulkhead-fence-check"))
        over_a_secret_of_that_name = await fence.check(ELSEWHERE)
    assert (without_rights, with_rights, over_a_secret_of_that_name) == (Verdict.UNKNOWN, Verdict.OPEN, Verdict.OPEN)


def config_of(plane: ControlPlane, folder: Path, *, namespace: str, name: str) -> KubeConfig:
    files = write_service_account_files(
        folder / "files",
        server=plane.server,
        ca_file=plane.ca_file,
        admin_kubeconfig=plane.admin_kubeconfig,
        namespace=namespace,
        name=name,
    )
    return KubeConfig(server=plane.server, directory=files.folder)


def test_the_document_has_the_attempts_and_their_outcomes() -> None:
    document = (CHECKOUT / "docs" / "profiles.md").read_text()
    rows = re.findall(r"^\| (.+) \| (\w+) \| (\w+) \| (\w+) \|$", document.partition(TABLE)[2], re.MULTILINE)
    assert rows == [(each.does, *(outcome(each, profile) for profile in PROFILES)) for each in ATTEMPTS]
