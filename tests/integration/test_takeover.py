"""What ESO 2.9 left is taken over: no Secret is written and no backend read before something is due.

All is laid before the controller starts. What the provider holds differs from what the Secrets hold, as if a generator
were behind it: a read that should not be would be followed by a write that is seen.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import product
from pathlib import Path
from typing import Final

import pytest

from bulkhead_api.namespace import Namespace
from bulkhead_testkit.admin import Admin, LiveSecret, Manifest, path_of, wait_for
from bulkhead_testkit.eso_leftovers import (
    CLUSTER_FINALIZER,
    EXTERNAL_SECRET_FINALIZER,
    LABEL_CREATED_BY,
    LABEL_MANAGED,
    NAMESPACE_FINALIZER,
    STORE_FINALIZER,
    EsoLeftovers,
    Leftover,
    cluster_external_secret,
)
from bulkhead_testkit.eso_view import View, view
from bulkhead_testkit.ledger import Ledger
from bulkhead_testkit.manifests import external_secret, target
from bulkhead_testkit.scrape import total
from bulkhead_testkit.stack import Stack, StackOptions

pytestmark = pytest.mark.xdist_group("takeover")

TEAM: Final = "team"
FLEET: Final = ("fleet-a", "fleet-b")
MONTH: Final = timedelta(days=30)
READING: Final = ("Merge", "CreateOrMerge")
"""Policies that the profile strict cannot serve."""
POLICIES: Final = ("Owner", "Orphan", *READING, "None")
REFRESHES: Final[dict[str, dict[str, object]]] = {
    "periodic": {"refresh_policy": "Periodic"},
    "never": {"refresh_policy": "Periodic", "refresh_interval": "0", "age": MONTH},
    "onchange": {"refresh_policy": "OnChange", "age": MONTH},
    "createdonce": {"refresh_policy": "CreatedOnce", "age": MONTH},
}
LONG: Final = "a-name-whose-field-manager-is-longer-than-63-characters"
SAME: Final = {"same": "as the provider holds it"}


def quiet_leftovers() -> list[Leftover]:
    """All that nothing is due for, by policies, and what is special in another way."""
    matrix = [
        Leftover(name=f"{policy}-{word}".lower(), creation_policy=policy, **options)  # type: ignore[arg-type]  # as written above
        for policy, (word, options) in product(POLICIES, REFRESHES.items())
    ]
    return [
        *matrix,
        Leftover(name="frozen", immutable=True),
        Leftover(name=LONG),
        Leftover(name="elsewhere", target="under-another-name"),
        Leftover(name="pushing", store="pushed-to"),
        Leftover(name="with-a-stray", target="the-new-name"),
        Leftover(name="templated", template={"data": {"password": "{{ .password }}"}}),
    ]


QUIET: Final = {each.name: each for each in quiet_leftovers()}
PASSWORD: Final = {"apiVersion": "generators.external-secrets.io/v1alpha1", "kind": "Password", "name": "any"}
KEPT: Final = {
    each.name: each
    for each in (
        Leftover(name="generated", refresh_policy="OnChange", data_from=[{"sourceRef": {"generatorRef": PASSWORD}}]),
    )
}
"""With fields that may not be served; whatever the condition says, the Secret stays."""
ABSENT: Final = {
    each.name: each
    for each in (
        Leftover(name="waiting", creation_policy="Merge", without_target="SecretMissing"),
        Leftover(name="emptied", deletion_policy="Delete", without_target="SecretDeleted", data={"gone": ""}),
    )
}
"""Whose target does not exist, and is not meant to."""
DUE: Final = {
    each.name: each
    for each in (
        Leftover(name="due", age=timedelta(hours=2), data=SAME),
        Leftover(
            name="due-templated", age=timedelta(hours=2), data=SAME, template={"data": {"same": "{{ trim .same }}"}}
        ),
    )
}
RENAMED: Final = Leftover(name="renamed", target="before", data=SAME)
DELETED: Final = Leftover(name="deleted", deletion_policy="Delete")
LET_GO: Final = Leftover(name="let-go", creation_policy="Orphan")
CHILD: Final = Leftover(name="everywhere")


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What stood there before the controller was started, and what it did."""

    stack: Stack
    ledger: Ledger
    secrets: dict[str, LiveSecret]
    """By name of the ExternalSecret; those that have one."""

    @property
    def admin(self) -> Admin:
        return self.stack.admin

    @property
    def reads_secrets(self) -> bool:
        return self.stack.options.profile != "strict"

    def secret(self, leftover: Leftover) -> LiveSecret | None:
        return self.admin.secret(TEAM, leftover.secret_name)


@pytest.fixture(scope="module", params=["strict", "namespaced", "eso-compat"])
def before(request: pytest.FixtureRequest) -> Iterator[Before]:
    profile = str(request.param)
    stack = Stack(StackOptions(providers=("fake",), profile=profile, profile_namespaces=(TEAM,)))
    stack.start_control_plane()
    try:
        secrets = lay(stack.admin)
        stack.start_pods()
        yield watched(Before(stack=stack, ledger=Ledger.from_the_start(stack), secrets=secrets))
    finally:
        stack.stop()


def lay(admin: Admin) -> dict[str, LiveSecret]:
    for name in (TEAM, *FLEET):
        admin.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    team = EsoLeftovers(admin, TEAM)
    values = {"password": "as it was made anew", **SAME}
    team.store(values)
    team.store(values, name="pushed-to", finalizers=(STORE_FINALIZER,))
    for leftover in (*QUIET.values(), *KEPT.values(), *ABSENT.values(), *DUE.values(), RENAMED, DELETED, LET_GO):
        team.external_secret(leftover)
    team.stray(QUIET["with-a-stray"], "the-old-name")
    for name in FLEET:
        EsoLeftovers(admin, name).store(values)
    cluster_external_secret(admin, CHILD.name, dict.fromkeys(FLEET, CHILD))
    # What people did while no operator ran.
    admin.request(
        "PATCH",
        f"/apis/external-secrets.io/v1/namespaces/{TEAM}/externalsecrets/{RENAMED.name}",
        body={"spec": {"target": {"name": "after"}}},
        content_type="application/merge-patch+json",
    )
    for leftover in (DELETED, LET_GO):
        admin.delete(external_secret(TEAM, leftover.name))
    admin.delete(store_of("pushed-to"))
    found = {
        each.name: admin.secret(TEAM, each.secret_name) for each in (*QUIET.values(), *KEPT.values(), *DUE.values())
    }
    return {name: secret for name, secret in found.items() if secret is not None}


def watched(before: Before) -> Before:
    """Wait until the controller has looked at everything that is there and has written what was to be written."""
    before.admin.apply(external_secret(TEAM, "fresh", store="fake", data={"k": {"key": "same"}}))
    before.admin.wait_ready(TEAM, "fresh", reason="SecretSynced")
    for namespace, name in [
        *((TEAM, name) for name in (*QUIET, *KEPT, *ABSENT)),
        *((name, CHILD.name) for name in FLEET),
    ]:
        wait_for(partial(_looked_at, before.stack, namespace, name), what=f"a look at {namespace}/{name}")
    return before


def _looked_at(stack: Stack, namespace: str, name: str) -> bool | None:
    calls = total(stack.container("controller"), "externalsecret_sync_calls_total", namespace=namespace, name=name)
    return True if calls >= 1 else None


def store_of(name: str) -> Manifest:
    metadata = {"name": name, "namespace": TEAM}
    return {"apiVersion": "external-secrets.io/v1", "kind": "SecretStore", "metadata": metadata}


@pytest.mark.parametrize("name", QUIET)
def test_what_eso_left_is_left_as_it_is(before: Before, name: str) -> None:
    leftover, ledger = QUIET[name], before.ledger
    assert ledger.writes("secrets", namespace=TEAM, name=leftover.secret_name) == {}
    assert ledger.provider_calls(namespace=TEAM, name=name) == {}
    assert ledger.writes("externalsecrets", namespace=TEAM, name=name) == {}
    now = before.secret(leftover)
    assert now == before.secrets.get(name)
    if leftover.creation_policy in READING and not before.reads_secrets:
        seen = before.admin.wait_ready(TEAM, name, reason="SecretSyncedError", says="profile strict does not allow")
        assert seen.status.synced_resource_version
        return
    assert ledger.writes("externalsecrets/status", namespace=TEAM, name=name) == {}
    before.admin.wait_ready(TEAM, name, reason="SecretSynced", says="secret synced")


@pytest.mark.parametrize("name", KEPT)
def test_a_secret_of_fields_that_may_not_be_served_is_kept(before: Before, name: str) -> None:
    assert before.ledger.writes("secrets", namespace=TEAM, name=name) == {}
    assert before.ledger.provider_calls(namespace=TEAM, name=name) == {}
    assert before.secret(KEPT[name]) == before.secrets[name]


@pytest.mark.parametrize("name", ABSENT)
def test_a_target_that_is_not_there_is_not_made(before: Before, name: str) -> None:
    leftover = ABSENT[name]
    assert before.ledger.writes("secrets", namespace=TEAM, name=name) == {}
    assert before.secret(leftover) is None
    if leftover.creation_policy in READING and not before.reads_secrets:
        return
    before.admin.wait_ready(TEAM, name, reason=leftover.without_target)
    # As ESO, which takes what is not there for changed at each start; without a look, it cannot be known.
    reads = int(before.reads_secrets)
    assert sum(before.ledger.provider_calls(namespace=TEAM, name=name).values()) == reads


@pytest.mark.parametrize("name", DUE)
def test_what_is_due_costs_one_read_and_stores_nothing(before: Before, name: str) -> None:
    ledger = before.ledger
    before.admin.wait_ready(TEAM, name, reason="SecretSynced")
    calls = wait_for(lambda: ledger.provider_calls(namespace=TEAM, name=name) or None, what="the due read")
    assert sum(calls.values()) == 1
    wanted = {} if before.reads_secrets else {f"update secrets {TEAM}/{name}: 200": 1}
    wait_for(lambda: ledger.writes("secrets", namespace=TEAM, name=name) == wanted or None, what="the due write")
    # The same version too: an update that changes nothing is not stored.
    assert before.secret(DUE[name]) == before.secrets[name]
    (fields,) = before.admin.managed_fields(_secret(name))
    assert (fields.manager, fields.operation) == (f"externalsecrets.external-secrets.io/{name}", "Update")


def test_a_target_that_was_renamed_meanwhile_moves(before: Before) -> None:
    after = before.admin.wait_for_secret(TEAM, "after", data=RENAMED.secret_data)
    wait_for(lambda: before.admin.secret(TEAM, "before") is None or None, what="the Secret of the old name goes")
    (owner,) = after.metadata.owner_references
    assert owner["name"] == RENAMED.name
    assert sum(before.ledger.provider_calls(namespace=TEAM, name=RENAMED.name).values()) == 1


def test_a_stray_secret_goes_with_the_next_refresh_where_secrets_are_watched(before: Before) -> None:
    assert before.admin.secret(TEAM, "the-old-name") is not None
    manifest = external_secret(TEAM, "with-a-stray")
    before.admin.patch_metadata(manifest, annotations={"force-sync": "1"})
    before.admin.wait_for_secret(TEAM, "the-new-name", data={"password": b"as it was made anew"})
    if before.reads_secrets:
        wait_for(lambda: before.admin.secret(TEAM, "the-old-name") is None or None, what="the stray Secret goes")
    else:
        # Nobody remembers the name: status.binding has the new one already.
        assert before.admin.secret(TEAM, "the-old-name") is not None


def test_a_label_that_others_put_on_a_target_stays_where_secrets_are_read(before: Before) -> None:
    leftover = QUIET["elsewhere"]
    before.admin.patch_metadata(_secret(leftover.secret_name), labels={"theirs": "yes"})
    before.admin.patch_metadata(external_secret(TEAM, leftover.name), annotations={"force-sync": "1"})
    now = before.admin.wait_for_secret(TEAM, leftover.secret_name, data={"password": b"as it was made anew"})
    assert ("theirs" in now.metadata.labels) is before.reads_secrets


def test_an_externalsecret_that_esos_finalizer_held_is_let_go(before: Before) -> None:
    for leftover in (DELETED, LET_GO):
        wait_for(partial(_gone, before.admin, TEAM, leftover.name), what=f"{leftover.name} is gone")
    assert before.secret(DELETED) is None
    kept = before.secret(LET_GO)
    assert kept is not None
    assert kept.data == LET_GO.secret_data
    assert before.ledger.provider_calls(namespace=TEAM, name=DELETED.name) == {}


def test_a_store_that_waits_for_esos_pushsecrets_is_not_let_go_and_still_serves(before: Before) -> None:
    before.admin.patch_metadata(external_secret(TEAM, "pushing"), annotations={"force-sync": "1"})
    before.admin.wait_for_secret(TEAM, "pushing", data={"password": b"as it was made anew"})
    assert before.admin.store(TEAM, "pushed-to") is not None
    assert before.ledger.writes("secretstores", namespace=TEAM, name="pushed-to") == {}


def test_children_of_a_clusterexternalsecret_stay_and_namespaces_are_freed(before: Before) -> None:
    for namespace in FLEET:
        wait_for(partial(_freed, before.admin, namespace), what=f"namespace {namespace} is free")
        for resource in ("externalsecrets", "externalsecrets/status", "secrets"):
            assert before.ledger.writes(resource, namespace=namespace) == {}
        assert before.ledger.provider_calls(namespace=namespace, name=CHILD.name) == {}
    assert before.ledger.writes("clusterexternalsecrets") == {}
    assert before.ledger.writes("clusterexternalsecrets/status") == {}


def test_a_clusterexternalsecret_that_eso_holds_is_let_go_with_its_children(before: Before) -> None:
    path = f"/apis/external-secrets.io/v1/clusterexternalsecrets/{CHILD.name}"
    before.admin.request("DELETE", path)
    wait_for(lambda: before.admin.get(path, Namespace) is None or None, what="the ClusterExternalSecret is gone")
    for namespace in FLEET:
        wait_for(partial(_gone, before.admin, namespace, CHILD.name), what=f"the child in {namespace} is gone")


def _gone(admin: Admin, namespace: str, name: str) -> bool | None:
    return True if admin.external_secret(namespace, name) is None else None


def _freed(admin: Admin, namespace: str) -> bool | None:
    seen = admin.get(f"/api/v1/namespaces/{namespace}", Namespace)
    held = seen is None or any(each.startswith(NAMESPACE_FINALIZER) for each in seen.metadata.finalizers)
    return None if held else True


def _secret(name: str) -> Manifest:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": TEAM}}


def test_the_page_for_operators_names_all_that_eso_leaves() -> None:
    page = (Path(__file__).parents[2] / "docs" / "takeover.md").read_text()
    left = (EXTERNAL_SECRET_FINALIZER, CLUSTER_FINALIZER, NAMESPACE_FINALIZER, STORE_FINALIZER, LABEL_MANAGED)
    webhooks = ("externalsecret-validate", "secretstore-validate", "external-secrets.io/component=webhook")
    assert [each for each in (*left, *webhooks) if each not in page] == []


def test_what_was_laid_is_what_eso_leaves(before: Before) -> None:
    # Holds the fixture itself against the page: without these the rest would show nothing.
    for name in ("owner-periodic", "merge-periodic", LONG):
        secret = before.secrets[name]
        assert secret.metadata.labels[LABEL_MANAGED] == "true"
        assert "kubectl.kubernetes.io/last-applied-configuration" in secret.metadata.annotations
    assert LABEL_CREATED_BY in before.secrets["owner-periodic"].metadata.labels
    managers = {each.manager for each in before.admin.managed_fields(_secret("merge-periodic"))}
    assert managers == {"an-application", "externalsecrets.external-secrets.io/merge-periodic"}
    (long,) = before.admin.managed_fields(_secret(LONG))
    assert (long.operation, len(long.manager)) == ("Update", len("externalsecrets.external-secrets.io/sha3/") + 56)
    for name in before.secrets.keys() - DUE.keys():
        assert eso_view(before.admin, {**QUIET, **KEPT}[name]).is_quiet, name
    assert [name for name in QUIET if name not in before.secrets] == [
        name for name, each in QUIET.items() if each.creation_policy == "None"
    ]


@pytest.mark.parametrize("word", REFRESHES)
@pytest.mark.parametrize("policy", [each for each in POLICIES if each != "None"])
def test_what_bulkhead_makes_is_what_eso_would_leave_alone_unless_the_profile_refuses_it(
    before: Before, policy: str, word: str
) -> None:
    ours = Leftover(name=f"ours-{policy}-{word}".lower(), creation_policy=policy)
    if policy in READING:
        before.admin.create({**_secret(ours.name), "data": {"theirs": "eA=="}})
    options = {key: value for key, value in REFRESHES[word].items() if key != "age"}
    manifest = external_secret(
        TEAM,
        ours.name,
        store="fake",
        data={"same": {"key": "same"}},
        refresh_interval=str(options.get("refresh_interval", "1h")),
        refreshPolicy=options["refresh_policy"],
        target=target(creation_policy=policy),
    )
    if policy in READING and not before.reads_secrets:
        before.admin.apply(manifest)
        before.admin.wait_ready(TEAM, ours.name, reason="SecretSyncedError", says="which profile strict does not allow")
        return
    before.admin.apply(manifest)
    before.admin.wait_ready(TEAM, ours.name, reason="SecretSynced")
    found = eso_view(before.admin, ours)
    assert (found.is_quiet, found.refetches, found.faults) == (True, "", ())


def eso_view(admin: Admin, leftover: Leftover) -> View:
    external = admin.request("GET", path_of(external_secret(TEAM, leftover.name)))
    secret = admin.request("GET", path_of(_secret(leftover.secret_name)))
    return view(external, secret, now=datetime.now(UTC))
