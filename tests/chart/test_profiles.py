"""What a thief of the controller's token can do in each profile, tried with the token of each on a real API server.

The chart is installed three times, once for each profile; the policies match by the ServiceAccount's name, so the three
do not meet. The table of attempts is the one in docs/profiles.md, row by row.
"""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import msgspec
import pytest

from bulkhead_controller.fence import Fence, Verdict
from bulkhead_controller.profile import Profile
from bulkhead_runtime.kube.client import KubeClient
from bulkhead_runtime.kube.config import KubeConfig
from bulkhead_testkit import helm
from bulkhead_testkit.attempts import (
    ATTEMPTS,
    ELSEWHERE,
    GROUP,
    ONE,
    OPTED_IN,
    PROFILES,
    RBAC,
    RELEASES,
    SECRETS,
    Attempt,
    Stage,
    of_app,
    owned,
)
from bulkhead_testkit.caller import (
    JSON,
    MANAGED,
    MERGE_PATCH,
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

TABLE: Final = "## What a stolen controller token can do"


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
            {"metadata": {"labels": {"a": "b"}}},
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
