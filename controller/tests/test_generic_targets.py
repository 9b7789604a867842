"""Targets of other kinds than Secret, over an API server in memory."""

from hashlib import sha3_224

import pytest

from bulkhead_api.external_secret import ManifestRef
from bulkhead_api.meta import ObjectMeta, OwnerReference, PartialObject
from bulkhead_controller.externalsecret.decide import FINALIZER
from bulkhead_controller.processing import Processing
from bulkhead_controller.requeue import Again, Done, Retry
from bulkhead_runtime.kube.errors import (
    ApiError,
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    RequestTooLargeError,
    ServerUnavailableError,
)
from bulkhead_runtime.kube.events import ObjectKey
from bulkhead_testkit.external_secret_world import KEY, START, SecretWatch, World
from bulkhead_testkit.fake_objects import CONFIG_MAP, WIDGET

MARK = "mark-of-a-secret"
MANAGED = "reconcile.external-secrets.io/managed"
DATA_HASH = "reconcile.external-secrets.io/data-hash"
HOUR = Again(3600.0)
DATA = {"password": MARK}
DISABLED = (
    "invalid generic target: generic targets are disabled; they need the flag --unsafe-allow-generic-targets, which "
    "the chart sets by its value genericTargets.enabled"
)
FORBIDDEN = (
    "the controller's ServiceAccount may not get, create, update and delete configmaps (HTTP 403); they have to be "
    "listed in the chart value genericTargets.resources"
)


def target(kind: ManifestRef = CONFIG_MAP, **more: object) -> dict[str, object]:
    return {"target": {"manifest": {"apiVersion": kind.api_version, "kind": kind.kind}, **more}}


def metadata(name: str = "app", **more: object) -> ObjectMeta:
    return ObjectMeta(name=name, namespace="team-a", **more)  # type: ignore[arg-type]  # names of its fields


@pytest.fixture
def world() -> World:
    return World(processing=Processing(generic_targets=True), normal_events=True)


@pytest.fixture
async def synced(world: World) -> World:
    world.apply(target())
    assert await world.reconcile() == HOUR
    world.objects.calls.clear()
    return world


def follow(world: World, kind: ManifestRef = CONFIG_MAP) -> None:
    """Let the controller see each change of these objects at once."""

    class Watch(SecretWatch):
        @property
        def store(self) -> dict[ObjectKey, PartialObject]:
            return world.objects.copies(kind)

    watch = Watch(world.cluster)
    watch.synced.set()
    world.manifest_copies.follow(kind, watch)


async def test_a_config_map_holds_the_values_as_text(world: World) -> None:
    world.apply(target(), labels={"team": "a"}, annotations={"note": "b"})
    assert await world.reconcile() == HOUR
    assert world.objects.content(CONFIG_MAP) == {"data": DATA}
    assert world.cluster.secrets == {}
    made = world.objects.metadata(CONFIG_MAP)
    assert made.labels["team"] == "a"
    assert made.labels[MANAGED] == "true"
    assert made.annotations["note"] == "b"
    assert [owner.name for owner in made.owner_references] == ["app"]
    assert world.condition == ("True", "ResourceSynced", "secret synced")
    assert world.status.refresh_time == START
    assert world.status.binding.name == ""
    assert [(event.reason, event.message) for event in world.cluster.events] == [("Created", "Created ConfigMap app")]


async def test_every_other_kind_holds_them_in_spec_data(world: World) -> None:
    world.apply(target(WIDGET, name="other"))
    assert await world.reconcile() == HOUR
    assert world.objects.content(WIDGET, "other") == {"spec": {"data": DATA}}
    assert world.cluster.events[-1].message == "Created Widget other"


async def test_the_hash_is_the_one_that_eso_would_find_valid(synced: World) -> None:
    want = sha3_224(f"map[password:{MARK}]".encode()).hexdigest()
    assert synced.objects.metadata(CONFIG_MAP).annotations[DATA_HASH] == want


async def test_a_manifest_of_a_secret_is_an_ordinary_secret() -> None:
    world = World()
    world.apply(target(ManifestRef(api_version="v1", kind="Secret")))
    assert await world.reconcile() == HOUR
    assert world.target() == {"password": MARK.encode()}
    assert world.condition == ("True", "SecretSynced", "secret synced")


async def test_an_unchanged_refresh_writes_nothing(synced: World) -> None:
    assert await synced.refresh() == HOUR
    assert synced.objects.calls == ["GET configmaps"]
    assert synced.cluster.stored_writes == []


async def test_an_unchanged_refresh_of_what_is_followed_asks_nobody(synced: World) -> None:
    follow(synced)
    assert await synced.refresh() == HOUR
    assert synced.objects.calls == []


async def test_a_changed_value_is_written(synced: World) -> None:
    synced.backends.values["db"] = b"new"
    await synced.refresh()
    assert synced.objects.content(CONFIG_MAP) == {"data": {"password": "new"}}
    assert synced.cluster.events[-1].message == "Updated ConfigMap app"
    assert synced.status.refresh_time == synced.now


@pytest.mark.parametrize("policy", ["Owner", "CreateOrMerge"])
async def test_drift_is_repaired_as_soon_as_it_is_seen(world: World, policy: str) -> None:
    follow(world)
    world.apply(target(creationPolicy=policy))
    await world.reconcile()
    world.objects.put(CONFIG_MAP, world.objects.metadata(CONFIG_MAP), {"data": {"password": "by hand"}})
    assert await world.reconcile() == HOUR
    assert world.objects.content(CONFIG_MAP) == {"data": DATA}


async def test_a_deleted_target_is_made_again_as_soon_as_it_is_seen(synced: World) -> None:
    synced.objects.found.clear()
    assert await synced.reconcile() == HOUR
    assert synced.objects.content(CONFIG_MAP) == {"data": DATA}


async def test_an_orphan_is_left_alone_until_the_next_refresh(world: World) -> None:
    world.apply(target(creationPolicy="Orphan"))
    await world.reconcile()
    assert world.objects.metadata(CONFIG_MAP).owner_references == []
    world.objects.put(CONFIG_MAP, world.objects.metadata(CONFIG_MAP), {"data": {"password": "by hand"}})
    await world.reconcile()
    assert world.objects.content(CONFIG_MAP) == {"data": {"password": "by hand"}}
    await world.refresh()
    assert world.objects.content(CONFIG_MAP) == {"data": DATA}


@pytest.mark.parametrize("policy", ["Merge", "CreateOrMerge"])
@pytest.mark.parametrize(
    ("kind", "present", "want"),
    [
        pytest.param(
            CONFIG_MAP,
            {"data": {"theirs": "1"}, "binaryData": {"b": "AA=="}},
            {"data": {"theirs": "1", **DATA}, "binaryData": {"b": "AA=="}},
            id="config-map",
        ),
        pytest.param(
            WIDGET,
            {"spec": {"size": 3, "data": {"theirs": "1"}}, "status": {"ready": True}},
            {"spec": {"size": 3, "data": {"theirs": "1", **DATA}}, "status": {"ready": True}},
            id="any-other-kind",
        ),
        pytest.param(WIDGET, {"spec": None}, {"spec": {"data": DATA}}, id="nothing-there"),
    ],
)
async def test_a_merge_keeps_what_is_there(
    world: World, policy: str, kind: ManifestRef, present: dict[str, object], want: dict[str, object]
) -> None:
    world.objects.put(kind, metadata(labels={"theirs": "l"}, finalizers=["example.com/hold"]), present)
    world.apply(target(kind, creationPolicy=policy))
    assert await world.reconcile() == HOUR
    assert world.objects.content(kind) == want
    kept = world.objects.metadata(kind)
    assert kept.labels == {"theirs": "l", MANAGED: "true"}
    assert kept.finalizers == ["example.com/hold"]
    assert kept.owner_references == []


@pytest.mark.parametrize("kind", [CONFIG_MAP, WIDGET], ids=["config-map", "any-other-kind"])
async def test_a_merge_takes_back_what_is_not_wanted_any_more(world: World, kind: ManifestRef) -> None:
    world.objects.put(kind, metadata(), {"data": {"theirs": "1"}, "spec": {"data": {"theirs": "1"}}})
    world.apply(target(kind, creationPolicy="Merge"), labels={"old": "l"})
    await world.reconcile()
    renamed = [{"secretKey": "renamed", "remoteRef": {"key": "db"}}]
    world.apply({**target(kind, creationPolicy="Merge"), "data": renamed})
    await world.reconcile()
    content = world.objects.content(kind)
    entries = content["data"] if kind == CONFIG_MAP else content["spec"]["data"]  # type: ignore[index]  # as put above
    assert entries == {"theirs": "1", "renamed": MARK}
    assert world.objects.metadata(kind).labels == {MANAGED: "true"}


async def test_a_merge_into_something_else_than_entries_is_refused(world: World) -> None:
    world.objects.put(WIDGET, metadata(), {"spec": {"data": [1]}})
    world.apply(target(WIDGET, creationPolicy="Merge"))
    assert isinstance(await world.reconcile(), Retry)
    assert "something else in spec.data than entries" in world.condition[2]


async def test_a_merge_without_an_object_waits(world: World) -> None:
    world.apply(target(creationPolicy="Merge"))
    assert await world.reconcile() == HOUR
    assert world.condition[:2] == ("True", "ResourceMissing")
    assert world.objects.found == {}


async def test_a_replaced_object_keeps_the_metadata_of_others_and_its_status(world: World) -> None:
    world.objects.put(
        WIDGET,
        metadata(labels={MANAGED: "true", "theirs": "l"}, annotations={"a": "b"}, finalizers=["example.com/hold"]),
        {"spec": {"size": 3}, "status": {"ready": True}},
    )
    world.apply(target(WIDGET))
    assert await world.reconcile() == HOUR
    assert world.objects.content(WIDGET) == {"spec": {"data": DATA}, "status": {"ready": True}}
    kept = world.objects.metadata(WIDGET)
    assert kept.labels["theirs"] == "l"
    assert kept.annotations["a"] == "b"
    assert kept.finalizers == ["example.com/hold"]


async def test_an_unmanaged_object_is_not_overwritten_unless_asked_for(world: World) -> None:
    world.objects.put(CONFIG_MAP, metadata(), {"data": {"theirs": "1"}})
    world.apply(target())
    assert isinstance(await world.reconcile(), Retry)
    assert world.condition[:2] == ("False", "ResourceSyncedError")
    assert 'annotate this ExternalSecret bulkhead.dev/adopt="true"' in world.condition[2]
    world.apply(target(), annotations={"bulkhead.dev/adopt": "true"})
    assert await world.reconcile() == HOUR
    assert world.objects.content(CONFIG_MAP) == {"data": DATA}


async def test_an_object_that_lost_its_managed_label_is_made_good_if_we_own_it(world: World) -> None:
    world.apply(target())
    assert await world.reconcile() == HOUR
    owned = world.objects.metadata(CONFIG_MAP)
    world.objects.put(CONFIG_MAP, metadata(owner_references=owned.owner_references), {"data": {"a": "edited"}})
    assert await world.refresh() == HOUR
    assert world.objects.content(CONFIG_MAP) == {"data": DATA}
    assert world.objects.metadata(CONFIG_MAP).labels[MANAGED] == "true"


@pytest.mark.parametrize("policy", ["Owner", "Merge"])
async def test_the_object_of_another_external_secret_is_left_to_it(world: World, policy: str) -> None:
    owner = OwnerReference(
        api_version="external-secrets.io/v1", kind="ExternalSecret", name="other", uid="u-9", controller=True
    )
    world.objects.put(CONFIG_MAP, metadata(labels={MANAGED: "true"}, owner_references=[owner]), {"data": {"a": "b"}})
    world.apply(target(creationPolicy=policy))
    assert isinstance(await world.reconcile(), Retry)
    assert world.condition[1] == "ResourceSyncedError"
    assert "target is owned by another ExternalSecret" in world.condition[2]
    assert world.objects.content(CONFIG_MAP) == {"data": {"a": "b"}}


async def test_an_owner_that_becomes_an_orphan_gives_its_object_up(synced: World) -> None:
    synced.apply(target(creationPolicy="Orphan"))
    assert await synced.reconcile() == HOUR
    assert synced.objects.metadata(CONFIG_MAP).owner_references == []


async def test_an_object_that_changes_under_our_hands_is_tried_again_in_silence(synced: World) -> None:
    synced.backends.values["db"] = b"new"
    synced.objects.refusals["PUT"] = [ConflictError(409, "Conflict")]
    assert await synced.refresh() == Retry(None)
    assert synced.condition[0] == "True"


async def test_defaults_of_a_schema_are_no_drift(world: World) -> None:
    world.objects.stores = lambda sent: {**sent, "spec": {"size": 1, **dict(sent["spec"])}}  # type: ignore[call-overload]  # a map
    world.apply(target(WIDGET))
    await world.reconcile()
    # Its controller tells something, so its version is another one.
    live = world.objects.content(WIDGET)
    world.objects.put(WIDGET, world.objects.metadata(WIDGET), {**live, "status": {"ready": True}})
    world.objects.calls.clear()
    assert await world.reconcile() == HOUR
    assert world.objects.calls == ["GET widgets"]
    assert len(world.backends.reads) == 1


async def test_a_schema_without_the_field_is_told(world: World) -> None:
    world.objects.stores = lambda sent: {**sent, "spec": {}}
    world.apply(target(WIDGET))
    assert isinstance(await world.reconcile(), Retry)
    assert world.condition[2] == (
        "could not update target: the API server drops what is written to spec.data, as Widget of example.com/v1 has "
        "no such field"
    )
    assert isinstance(await world.reconcile(), Retry)


async def test_a_value_that_is_no_text_is_named_and_not_shown(world: World) -> None:
    world.backends.values["db"] = b"\xff\xfe"
    world.apply(target())
    assert isinstance(await world.reconcile(), Retry)
    assert world.condition[2] == (
        'could not update target: the value of "password" is not UTF-8 text; only a Secret holds other bytes'
    )
    assert world.objects.found == {}


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        (ManifestRef(api_version="v1", kind="Namespace"), "Namespace of v1 is cluster-wide"),
        (ManifestRef(api_version="v1", kind="Binding"), "Binding of v1 cannot be read, created, updated and deleted"),
        (ManifestRef(api_version="v1", kind="secret"), "the API server has no secret of v1"),
        (ManifestRef(api_version="core/v1", kind="Secret"), "the API server has no Secret of core/v1"),
    ],
    ids=["cluster-wide", "without-the-verbs", "not-served", "group-not-served"],
)
async def test_a_kind_that_cannot_be_a_target_is_told_before_the_provider_is_asked(
    world: World, kind: ManifestRef, says: str
) -> None:
    world.apply(target(kind))
    assert isinstance(await world.reconcile(), Retry)
    assert world.condition[:2] == ("False", "ResourceSyncedError")
    assert world.condition[2].startswith(f"invalid generic target: {says}")
    assert world.backends.reads == []


@pytest.mark.parametrize(
    ("api_version", "kind"),
    [
        ("rbac.authorization.k8s.io/v1", "Role"),
        ("external-secrets.io/v1", "ExternalSecret"),
        ("coordination.k8s.io/v1", "Lease"),
        ("v1", "Event"),
        ("v1/../../v1", "ConfigMap"),
        ("v1", "ConfigMap?x=y"),
    ],
    ids=["role", "external-secret", "lease", "event", "path-in-the-version", "query-in-the-kind"],
)
async def test_a_kind_that_is_never_a_target_is_refused_for_good(world: World, api_version: str, kind: str) -> None:
    world.apply(target(ManifestRef(api_version=api_version, kind=kind)))
    assert await world.reconcile() == Done()
    assert world.condition[2].startswith("invalid generic target: ")
    assert world.objects.calls == []


async def test_a_kind_whose_definition_comes_later_is_found(world: World) -> None:
    served = world.objects.served.pop("example.com/v1")
    world.apply(target(WIDGET))
    assert isinstance(await world.reconcile(), Retry)
    world.objects.served["example.com/v1"] = served
    assert await world.reconcile() == HOUR


async def test_a_kind_is_asked_for_once_and_again_when_it_is_not_there_any_more(synced: World) -> None:
    synced.objects.found.clear()
    synced.objects.refusals["POST"] = [NotFoundError(404, "NotFound")]
    assert await synced.reconcile() == Retry(None)
    assert synced.objects.calls == ["GET configmaps", "GET configmaps", "POST configmaps"]
    assert await synced.reconcile() == HOUR
    assert "DISCOVER v1" in synced.objects.calls


async def test_without_the_flag_it_is_refused_for_good_and_nothing_is_deleted_either() -> None:
    world = World()
    world.apply(target(deletionPolicy="Delete"))
    assert await world.reconcile() == Done()
    assert world.condition == (
        "False",
        "SecretSyncedError",
        DISABLED,
    )
    world.apply(target(deletionPolicy="Delete"), finalizers=[FINALIZER], deletionTimestamp="2026-11-24T12:00:00Z")
    assert await world.reconcile() == Done()
    assert [call.verb for call in world.cluster.calls if call.resource == "secrets"] == []


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (
            ForbiddenError(403, "Forbidden"),
            f"could not update target: {FORBIDDEN}",
        ),
        (InvalidError(422, "Invalid", message=MARK), "could not update target: the API server finds the ConfigMap"),
        (
            InvalidError(422, "Invalid", message="data: Forbidden: field is immutable when `immutable` is set"),
            "could not update target, target is immutable",
        ),
        (
            InvalidError(422, "Invalid", message="bulkhead:namespace-protected: ..."),
            "could not update target: the namespace is protected by an admission policy",
        ),
        (RequestTooLargeError(413, "TooLarge"), "could not update target: the ConfigMap would be larger"),
        (ApiError(400, "BadRequest", message=MARK), "could not update target: the API server refused it (HTTP 400)"),
    ],
    ids=["forbidden", "invalid", "immutable", "protected", "too-large", "anything-else"],
)
async def test_a_refusal_is_told_in_our_words(synced: World, error: ApiError, says: str) -> None:
    synced.backends.values["db"] = b"new"
    synced.objects.refusals["PUT"] = [error] * 3
    await synced.refresh()
    synced.now = synced.now.replace(minute=30)
    await synced.reconcile()
    assert synced.condition[1] == "ResourceSyncedError"
    assert synced.condition[2].startswith(says)
    assert MARK not in synced.condition[2]


async def test_an_api_server_that_is_away_is_no_failure(synced: World) -> None:
    synced.objects.refusals["GET"] = [ServerUnavailableError(503, "Unavailable", 7.0)]
    assert await synced.refresh() == Retry(7.0)
    assert synced.condition[0] == "True"


async def test_what_the_provider_does_not_have_any_more_is_deleted_if_it_is_ours(world: World) -> None:
    world.apply(target(deletionPolicy="Delete"))
    await world.reconcile()
    world.backends.values.clear()
    assert await world.refresh() == HOUR
    assert world.objects.found == {}
    assert world.condition == ("True", "ResourceDeleted", "secret deleted due to DeletionPolicy=Delete")
    assert "Deleted ConfigMap app" in [event.message for event in world.cluster.events]


async def test_what_is_not_ours_is_not_deleted(world: World) -> None:
    world.apply(target(deletionPolicy="Delete"))
    await world.reconcile()
    held = world.objects.metadata(CONFIG_MAP)
    world.objects.found.clear()
    world.objects.put(CONFIG_MAP, metadata(labels=held.labels), {"data": {"theirs": "1"}})
    world.backends.values.clear()
    assert isinstance(await world.refresh(), Retry)
    assert world.condition[1:] == (
        "ResourceSyncedError",
        "could not delete target: target exists and does not belong to this ExternalSecret",
    )
    assert world.objects.content(CONFIG_MAP) == {"data": {"theirs": "1"}}


@pytest.mark.parametrize("is_ours", [True, False], ids=["ours", "not-ours"])
async def test_the_target_goes_with_its_external_secret_only_if_it_is_its_own(world: World, *, is_ours: bool) -> None:
    policy = "Owner" if is_ours else "Orphan"
    world.apply(target(deletionPolicy="Delete", creationPolicy=policy))
    await world.reconcile()
    assert FINALIZER in world.cluster.external_secrets[KEY].metadata.finalizers
    world.apply(
        target(deletionPolicy="Delete", creationPolicy=policy),
        finalizers=[FINALIZER],
        deletionTimestamp="2026-11-24T12:00:00Z",
    )
    assert await world.reconcile() == Done()
    assert KEY not in world.cluster.external_secrets
    assert ((CONFIG_MAP, ObjectKey("team-a", "app")) in world.objects.found) is not is_ours


async def test_nothing_is_written_with_the_policy_none(world: World) -> None:
    world.apply(target(creationPolicy="None"))
    assert await world.reconcile() == HOUR
    assert world.condition[:2] == ("True", "ResourceSynced")
    assert world.objects.found == {}


async def test_keys_are_those_of_the_kind(world: World) -> None:
    spec = {"data": [{"secretKey": "schlüssel", "remoteRef": {"key": "db"}}]}
    world.apply({**target(), **spec})
    assert isinstance(await world.reconcile(), Retry)
    assert world.condition[2].startswith("could not update target: ")
    world.apply({**target(WIDGET), **spec})
    assert await world.reconcile() == HOUR
    assert world.objects.content(WIDGET) == {"spec": {"data": {"schlüssel": MARK}}}
