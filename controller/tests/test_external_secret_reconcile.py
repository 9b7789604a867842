"""One ExternalSecret against a fake API server and fake provider servers."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from msgspec.structs import replace

from bulkhead_api.errors import SecretNotFoundError, ThrottledError, UnavailableError
from bulkhead_api.external_secret import ExternalSecretStatus
from bulkhead_api.meta import ObjectMeta, OwnerReference
from bulkhead_api.namespace import Namespace
from bulkhead_api.secret import Secret
from bulkhead_api.secret_store import SecretStoreStatus
from bulkhead_api.secret_value import SecretValue
from bulkhead_controller.externalsecret.decide import FINALIZER
from bulkhead_controller.processing import Processing
from bulkhead_controller.requeue import Again, Done, Requeue, Retry
from bulkhead_runtime.kube.errors import (
    ApiError,
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    RequestTooLargeError,
    ServerUnavailableError,
    TooManyRequestsError,
    UnauthorizedError,
)
from bulkhead_runtime.kube.events import ObjectKey
from bulkhead_testkit.external_secret_world import KEY, READY, START, World

MARK = b"mark-of-a-secret"
HOUR = Again(3600.0)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
async def synced(world: World) -> World:
    world.apply()
    await world.reconcile()
    return world


async def test_first_sync_is_one_secret_write_and_one_status_write(world: World) -> None:
    world.apply()
    assert await world.reconcile() == HOUR
    assert [f"{call.verb} {call.resource}" for call in world.cluster.calls] == [
        "POST secrets",
        "PATCH externalsecrets/status",
    ]
    assert world.target() == {"password": MARK}
    assert world.condition == ("True", "SecretSynced", "secret synced")
    assert world.status.refresh_time == START
    assert world.status.binding.name == "app"
    assert world.cluster.field_managers == {"externalsecrets.external-secrets.io/app"}


async def test_all_refs_are_read_in_one_batch_for_the_consumer(world: World) -> None:
    world.backends.maps["all"] = {"user": b"u"}
    world.apply({"dataFrom": [{"extract": {"key": "all"}}]})
    await world.reconcile()
    ((store, consumer, refs),) = world.backends.reads
    assert (store.name, store.uid, store.spec_json) == ("vault", "s-1", b"{}")
    assert (consumer.kind, consumer.namespace, consumer.name) == ("ExternalSecret", "team-a", "app")
    assert [ref.key for ref in refs] == ["all", "db"]
    assert world.target() == {"password": MARK, "user": b"u"}


async def test_a_look_before_the_interval_asks_nobody(synced: World) -> None:
    synced.now += timedelta(minutes=20)
    assert await synced.reconcile() == Again(2400.0)
    assert len(synced.backends.reads) == 1


async def test_unchanged_refresh_stores_nothing(synced: World) -> None:
    assert await synced.refresh() == HOUR
    assert [f"{call.verb} {call.resource}" for call in synced.cluster.calls] == ["PUT secrets"]
    assert synced.cluster.stored_writes == []
    assert synced.status.refresh_time == START


async def test_unchanged_refresh_is_not_due_again_before_the_interval(synced: World) -> None:
    await synced.refresh()
    assert await synced.reconcile() == HOUR
    assert len(synced.backends.reads) == 2


async def test_unchanged_refresh_after_a_restart_stores_nothing(synced: World) -> None:
    synced.restart()
    assert await synced.refresh() == HOUR
    assert synced.cluster.stored_writes == []


async def test_changed_secret_is_written_and_moves_refresh_time(synced: World) -> None:
    synced.backends.values["db"] = b"new"
    await synced.refresh()
    assert synced.cluster.stored_writes == ["PUT secrets", "PATCH externalsecrets/status"]
    assert synced.target() == {"password": b"new"}
    assert synced.status.refresh_time == synced.now


async def test_deleted_target_is_made_again_at_the_next_refresh(synced: World) -> None:
    synced.cluster.secrets.clear()
    await synced.refresh()
    assert synced.cluster.stored_writes == ["POST secrets", "PATCH externalsecrets/status"]
    assert synced.target() == {"password": MARK}


async def test_target_that_was_edited_is_put_right_at_the_next_refresh(synced: World) -> None:
    key = ObjectKey("team-a", "app")
    secret = synced.cluster.secrets[key]
    synced.cluster.put_secret(replace(secret, data={"password": SecretValue(b"by hand")}))
    await synced.refresh()
    assert synced.target() == {"password": MARK}


async def test_our_own_status_counts_while_the_watch_is_behind(world: World) -> None:
    world.cluster.delays_watch = True
    world.apply()
    await world.reconcile()
    assert await world.reconcile() == HOUR
    assert len(world.backends.reads) == 1
    world.cluster.deliver()
    assert await world.reconcile() == HOUR


async def test_changed_label_is_synced_at_once_and_reaches_the_target(synced: World) -> None:
    synced.apply(labels={"team": "a"})
    await synced.reconcile()
    assert synced.cluster.secrets[KEY].metadata.labels["team"] == "a"
    assert synced.status.synced_resource_version.startswith("2-")


@pytest.mark.parametrize("policy", ["CreatedOnce", "OnChange"])
async def test_policies_without_a_timer_are_not_looked_at_again(world: World, policy: str) -> None:
    world.apply({"refreshPolicy": policy})
    assert await world.reconcile() == Done()
    assert await world.refresh() == Done()
    assert len(world.backends.reads) == 1


async def test_interval_of_zero_is_not_looked_at_again(world: World) -> None:
    world.apply({"refreshInterval": "0"})
    assert await world.reconcile() == Done()


async def test_failing_provider_gives_a_condition_once_and_leaves_the_target(synced: World) -> None:
    synced.backends.failure = UnavailableError('store "team-a/vault": sealed', retry_after_s=9)
    assert await synced.refresh() == Retry(9)
    want = ("False", "SecretSyncedError", 'could not get secret data from provider: store "team-a/vault": sealed')
    assert synced.condition == want
    assert await synced.reconcile() == Retry(9)
    assert synced.cluster.stored_writes == ["PATCH externalsecrets/status"]
    assert synced.target() == {"password": MARK}
    assert [(event.reason, event.message) for event in synced.cluster.events] == [("UpdateFailed", want[2])]


async def test_recovered_provider_gives_a_sync(synced: World) -> None:
    synced.backends.failure = UnavailableError("sealed")
    await synced.refresh()
    synced.backends.failure = None
    assert await synced.reconcile() == HOUR
    assert synced.condition[0] == "True"
    assert synced.status.refresh_time == synced.now


async def test_one_missing_key_leaves_the_whole_target(synced: World) -> None:
    del synced.backends.values["db"]
    assert await synced.refresh() == Retry()
    assert synced.target() == {"password": MARK}


async def test_longest_wait_of_all_keys_is_honoured(world: World) -> None:
    world.backends.errors["db"] = ThrottledError("slow down", retry_after_s=30)
    world.apply()
    assert await world.reconcile() == Retry(30)


async def test_unsupported_field_gives_a_condition_and_is_not_tried_again(synced: World) -> None:
    synced.apply({"dataFrom": [{"sourceRef": {"generatorRef": {"kind": "Password"}}}]})
    assert await synced.reconcile() == Done()
    message = "spec.dataFrom[0].sourceRef.generatorRef: not supported by this version of Bulkhead"
    assert synced.condition == ("False", "SecretSyncedError", message)
    assert synced.target() == {"password": MARK}


async def test_unsupported_field_that_goes_away_is_synced_even_without_a_timer(world: World) -> None:
    world.apply({"refreshInterval": "0"})
    await world.reconcile()
    world.apply({"refreshInterval": "0", "target": {"immutable": True}})
    await world.reconcile()
    world.apply({"refreshInterval": "0"})
    await world.reconcile()
    assert world.condition == ("True", "SecretSynced", "secret synced")


async def test_missing_store_is_awaited_then_named_and_backs_off(world: World) -> None:
    world.cluster.secret_stores.clear()
    world.apply()
    assert await world.reconcile() == Again(2.0)
    assert world.status.conditions == []
    world.now += timedelta(seconds=2)
    assert await world.reconcile() == Retry()
    assert world.condition[2] == 'could not get secret data from provider: SecretStore "vault" does not exist'
    assert await world.reconcile() == Retry()


async def test_store_that_was_never_validated_is_awaited_without_a_write(world: World) -> None:
    world.put_store(SecretStoreStatus())
    world.apply()
    assert await world.reconcile() == Again(15.0)
    assert world.cluster.calls == []
    world.put_store(READY)
    assert await world.reconcile() == HOUR


async def test_flood_gate_can_be_opened(world: World) -> None:
    world.processing = Processing(flood_gate=False)
    world.restart()
    world.put_store(SecretStoreStatus())
    world.apply()
    assert await world.reconcile() == HOUR


async def test_store_of_another_class_is_left_alone(world: World) -> None:
    world.put_store(READY, controller="other")
    world.apply()
    assert await world.reconcile() == Done()
    assert world.cluster.calls == []


@pytest.mark.parametrize(
    ("conditions", "labels", "reason"),
    [
        pytest.param([], {}, "SecretSynced", id="without-conditions"),
        pytest.param([{"namespaces": ["team-a"]}], {}, "SecretSynced", id="by-name"),
        pytest.param([{"namespaceRegexes": ["^team-"]}], {}, "SecretSynced", id="by-expression"),
        pytest.param(
            [{"namespaceSelector": {"matchLabels": {"tier": "prod"}}}], {"tier": "prod"}, "SecretSynced", id="by-label"
        ),
        pytest.param([{"namespaces": ["other"]}], {}, "SecretSyncedError", id="of-others"),
        pytest.param([{"namespaceRegexes": ["("]}], {}, "SecretSyncedError", id="that-cannot-be-read"),
    ],
)
async def test_a_cluster_store_serves_the_namespaces_that_its_conditions_admit(
    world: World, conditions: list[object], labels: dict[str, str], reason: str
) -> None:
    world.namespaces[ObjectKey("", "team-a")] = Namespace(metadata=ObjectMeta(name="team-a", labels=labels))
    world.put_cluster_store(conditions=conditions)
    world.apply({"secretStoreRef": {"name": "vault", "kind": "ClusterSecretStore"}})
    await world.reconcile()
    assert world.condition[1] == reason
    if reason != "SecretSynced":
        assert 'could not get secret data from provider: ClusterSecretStore "vault": ' in world.condition[2]
        assert world.backends.reads == []


def unmanaged() -> Secret:
    return Secret(metadata=ObjectMeta(name="app", namespace="team-a"), data={"x": SecretValue(b"theirs")})


async def test_unmanaged_target_is_untouched_until_it_is_labelled(world: World) -> None:
    world.cluster.put_secret(unmanaged())
    world.apply()
    assert await world.reconcile() == Retry()
    assert world.condition[2].startswith(
        "could not update secret: target exists and is not managed by an ExternalSecret; delete it, or label it"
    )
    assert world.target() == {"x": b"theirs"}
    labelled = ObjectMeta(name="app", namespace="team-a", labels={"reconcile.external-secrets.io/managed": "true"})
    world.cluster.put_secret(replace(unmanaged(), metadata=labelled))
    assert await world.reconcile() == HOUR
    assert world.target() == {"password": MARK}


def owned_by(name: str, *, secret: str = "app") -> Secret:
    return Secret(
        metadata=ObjectMeta(
            name=secret,
            namespace="team-a",
            labels={"reconcile.external-secrets.io/managed": "true"},
            owner_references=[
                OwnerReference(
                    api_version="external-secrets.io/v1", kind="ExternalSecret", name=name, uid="u-9", controller=True
                )
            ],
        ),
        data={"x": SecretValue(b"theirs")},
    )


async def test_target_of_another_external_secret_is_untouched(world: World) -> None:
    world.cluster.put_secret(owned_by("other"))
    world.apply()
    assert await world.reconcile() == Retry()
    assert world.condition[2].startswith("target is owned by another ExternalSecret")
    assert world.target() == {"x": b"theirs"}


async def test_target_left_by_an_earlier_object_of_the_same_name_is_taken_over(world: World) -> None:
    world.cluster.put_secret(owned_by("app"))
    world.apply()
    assert await world.reconcile() == HOUR
    assert world.target() == {"password": MARK}


async def test_renamed_target_is_written_before_the_old_one_is_deleted(synced: World) -> None:
    synced.cluster.calls.clear()
    synced.apply({"target": {"name": "renamed"}})
    await synced.reconcile()
    assert synced.cluster.stored_writes == ["POST secrets", "DELETE secrets", "PATCH externalsecrets/status"]
    assert [key.name for key in synced.cluster.secrets] == ["renamed"]
    assert synced.status.binding.name == "renamed"


async def test_old_target_that_cannot_be_deleted_is_tried_again(synced: World) -> None:
    synced.cluster.refusals["DELETE secrets"] = [InvalidError(422, "Invalid", sensitive=True)]
    synced.apply({"target": {"name": "renamed"}})
    assert await synced.reconcile() == Retry()
    assert synced.condition[2].startswith("could not delete orphaned secrets: ")
    assert synced.status.binding.name == "app"
    assert await synced.reconcile() == HOUR
    assert [key.name for key in synced.cluster.secrets] == ["renamed"]


async def test_old_target_that_another_took_over_is_left_alone(synced: World) -> None:
    synced.cluster.put_secret(owned_by("other"))
    synced.apply({"target": {"name": "renamed"}})
    assert await synced.reconcile() == HOUR
    assert synced.target("app") == {"x": b"theirs"}


async def test_deletion_policy_delete_deletes_the_target_when_the_last_key_is_gone(world: World) -> None:
    world.apply({"target": {"deletionPolicy": "Delete"}})
    await world.reconcile()
    assert world.cluster.external_secrets[KEY].metadata.finalizers == [FINALIZER]
    world.backends.errors["db"] = SecretNotFoundError("gone")
    assert await world.refresh() == HOUR
    assert world.cluster.secrets == {}
    assert world.condition == ("True", "SecretDeleted", "secret deleted due to DeletionPolicy=Delete")
    assert await world.refresh() == HOUR
    assert world.cluster.stored_writes == []


async def test_deletion_policy_delete_leaves_a_foreign_secret(world: World) -> None:
    world.cluster.put_secret(unmanaged())
    world.backends.errors["db"] = SecretNotFoundError("gone")
    world.apply({"target": {"deletionPolicy": "Delete"}})
    assert await world.reconcile() == Retry()
    assert world.condition[2] == "could not delete secret: target exists and does not belong to this ExternalSecret"
    assert world.target() == {"x": b"theirs"}


async def test_retained_target_stays_when_nothing_is_asked_for(synced: World) -> None:
    synced.apply({"data": []})
    assert await synced.reconcile() == HOUR
    assert synced.condition == ("True", "SecretSynced", "secret retained due to DeletionPolicy=Retain")
    assert synced.target() == {"password": MARK}


def delete(world: World) -> None:
    """Ask for the deletion of the ExternalSecret, which its finalizer holds up."""
    old = world.cluster.external_secrets[KEY]
    world.cluster.put(replace(old, metadata=replace(old.metadata, deletion_timestamp=world.now)))


async def test_deleted_external_secret_takes_its_target_along_with_policy_delete(world: World) -> None:
    world.apply({"target": {"deletionPolicy": "Delete"}})
    await world.reconcile()
    delete(world)
    assert await world.reconcile() == Done()
    assert world.cluster.secrets == {}
    assert KEY not in world.cluster.external_secrets


async def test_deleted_external_secret_lets_go_of_a_target_that_is_not_its_own(world: World) -> None:
    world.apply({"target": {"deletionPolicy": "Delete"}})
    await world.reconcile()
    world.cluster.put_secret(owned_by("other"))
    delete(world)
    assert await world.reconcile() == Done()
    assert world.target() == {"x": b"theirs"}
    assert KEY not in world.cluster.external_secrets


async def test_target_that_cannot_be_deleted_does_not_hold_the_external_secret_up(world: World) -> None:
    world.apply({"target": {"deletionPolicy": "Delete"}})
    await world.reconcile()
    world.cluster.refusals["DELETE secrets"] = [
        InvalidError(422, "Invalid", message="bulkhead:delete-refused: ...", sensitive=True)
    ]
    delete(world)
    assert await world.reconcile() == Done()
    assert KEY not in world.cluster.external_secrets


async def test_target_with_finalizers_is_named_when_it_should_be_deleted(world: World) -> None:
    world.apply({"target": {"deletionPolicy": "Delete"}})
    await world.reconcile()
    world.backends.errors["db"] = SecretNotFoundError("gone")
    world.cluster.refusals["DELETE secrets"] = [
        InvalidError(422, "Invalid", message="bulkhead:delete-refused: ...", sensitive=True)
    ]
    assert await world.refresh() == Retry()
    assert world.condition[2] == "could not delete secret: the Secret has finalizers; take them off"


async def test_finalizer_of_eso_is_taken_off(world: World) -> None:
    world.apply(finalizers=[FINALIZER, "other"])
    delete(world)
    await world.reconcile()
    assert world.cluster.external_secrets[KEY].metadata.finalizers == ["other"]


async def test_finalizer_that_was_changed_by_another_is_tried_again(world: World) -> None:
    world.apply(finalizers=[FINALIZER])
    delete(world)
    world.cluster.refusals["PATCH externalsecrets"] = [ConflictError(409, "Conflict")]
    assert await world.reconcile() == Retry()
    assert await world.reconcile() == Done()


async def test_external_secret_deleted_during_the_read_gets_no_secret(world: World) -> None:
    world.apply()
    await during_read(world, lambda: world.cluster.remove(KEY))
    assert world.cluster.calls == []


async def test_external_secret_recreated_during_the_read_is_not_mixed_up(world: World) -> None:
    world.apply()

    def recreate() -> None:
        world.cluster.remove(KEY)
        world.apply()

    await during_read(world, recreate)
    assert world.cluster.calls == []


async def during_read(world: World, happens: Callable[[], None]) -> None:
    read = world.backends.batch_get

    async def batch_get(*arguments: object) -> object:
        happens()
        return await read(*arguments)  # type: ignore[arg-type]  # passed on as they came

    world.backends.batch_get = batch_get  # type: ignore[assignment, method-assign]  # the fake is ours to bend
    assert await world.reconcile() == Done()


async def test_status_is_not_written_to_a_recreated_object(world: World) -> None:
    world.apply()

    def recreate(call: str) -> None:
        if call == "PATCH externalsecrets/status" and world.cluster.before is not None:
            world.cluster.before = None
            world.cluster.remove(KEY)
            world.apply()

    world.cluster.before = recreate
    assert await world.reconcile() == Retry()
    assert world.status == ExternalSecretStatus()


async def test_external_secret_changed_during_the_sync_is_synced_once_more(world: World) -> None:
    world.apply()

    def change(call: str) -> None:
        if call == "POST secrets":
            world.cluster.before = None
            world.apply(labels={"team": "a"})

    world.cluster.before = change
    assert await world.reconcile() == Retry()
    assert world.status == ExternalSecretStatus()
    assert await world.reconcile() == HOUR
    assert world.cluster.secrets[KEY].metadata.labels["team"] == "a"


async def test_external_secret_that_is_gone_leaves_no_series(synced: World) -> None:
    synced.cluster.remove(KEY)
    assert await synced.reconcile() == Done()
    assert [sample for metric in synced.metrics.collect() for sample in metric.samples] == []


SERVER_TEXT = "the server quotes bWFyay1vZi1hLXNlY3JldA=="


@pytest.mark.parametrize(
    ("error", "want"),
    [
        pytest.param(TooManyRequestsError(429, "TooManyRequests", 11), Retry(11), id="429-with-retry-after"),
        pytest.param(ConflictError(409, "Conflict"), Retry(), id="conflict"),
        pytest.param(ServerUnavailableError(0, "ConnectionFailed"), Retry(), id="server-gone"),
        pytest.param(
            ForbiddenError(403, "Forbidden", message="x because it is being terminated", sensitive=True),
            Retry(),
            id="namespace-terminating",
        ),
    ],
)
async def test_refused_write_that_passes_by_says_nothing(synced: World, error: ApiError, want: Requeue) -> None:
    synced.cluster.refusals["PUT secrets"] = [error]
    assert await synced.refresh() == want
    assert synced.cluster.stored_writes == []
    assert synced.condition[0] == "True"


@pytest.mark.parametrize(
    ("error", "message"),
    [
        pytest.param(
            RequestTooLargeError(413, "RequestEntityTooLarge", message=SERVER_TEXT),
            "could not update secret: the Secret would be larger than 1 MiB",
            id="too-large",
        ),
        pytest.param(
            InvalidError(422, "Invalid", message=SERVER_TEXT, sensitive=True),
            "could not update secret: the API server finds the Secret invalid (HTTP 422)",
            id="invalid",
        ),
        pytest.param(
            InvalidError(422, "Invalid", message=f'type: "Opaque": field is immutable {SERVER_TEXT}', sensitive=True),
            "could not update secret: target exists with another type; delete it",
            id="another-type",
        ),
        pytest.param(
            InvalidError(422, "Invalid", message="data: field is immutable when `immutable` is set", sensitive=True),
            "could not update secret, target is immutable",
            id="immutable",
        ),
        pytest.param(
            InvalidError(422, "Invalid", message="bulkhead:namespace-protected: ...", sensitive=True),
            "could not update secret: the namespace is protected by an admission policy",
            id="protected-namespace",
        ),
        pytest.param(
            ApiError(418, "Teapot", message=SERVER_TEXT),
            "could not update secret: the API server refused it (HTTP 418)",
            id="anything-else",
        ),
    ],
)
async def test_refused_write_gives_a_condition_in_our_own_words(synced: World, error: ApiError, message: str) -> None:
    synced.cluster.refusals["PUT secrets"] = [error]
    assert await synced.refresh() == Retry()
    assert synced.condition == ("False", "SecretSyncedError", message)
    assert synced.target() == {"password": MARK}
    assert SERVER_TEXT not in str(synced.cluster.events)


@pytest.mark.parametrize(
    ("error", "message"),
    [
        pytest.param(
            ForbiddenError(403, "Forbidden", message=SERVER_TEXT),
            "could not update secret: the controller's ServiceAccount is not allowed to (HTTP 403)",
            id="forbidden",
        ),
        pytest.param(
            UnauthorizedError(401, "Unauthorized"),
            "could not update secret: the API server does not accept the controller's token (HTTP 401)",
            id="unauthorized",
        ),
    ],
)
async def test_denied_write_is_told_once_it_has_lasted(synced: World, error: ApiError, message: str) -> None:
    synced.cluster.refusals["PUT secrets"] = [error] * 3
    assert await synced.refresh() == Retry()
    synced.now += timedelta(seconds=4)
    assert await synced.reconcile() == Retry()
    assert synced.condition[0] == "True"
    synced.now += timedelta(seconds=1)
    assert await synced.reconcile() == Retry()
    assert synced.condition == ("False", "SecretSyncedError", message)
    assert await synced.reconcile() == HOUR
    assert synced.condition[0] == "True"


async def test_denial_that_came_back_is_doubted_anew(synced: World) -> None:
    for _ in range(2):
        synced.cluster.refusals["PUT secrets"] = [ForbiddenError(403, "Forbidden")]
        assert await synced.refresh() == Retry()
        assert await synced.reconcile() == HOUR
    assert synced.cluster.stored_writes == []


async def test_namespace_that_is_gone_is_left_in_silence(world: World) -> None:
    world.apply()
    world.cluster.refusals["POST secrets"] = [NotFoundError(404, "NotFound")]
    assert await world.reconcile() == Retry()
    assert world.status.conditions == []


async def test_successes_are_told_when_that_is_asked_for(world: World) -> None:
    world.normal_events = True
    world.restart()
    world.apply()
    await world.reconcile()
    world.backends.values["db"] = b"new"
    await world.refresh()
    await world.refresh()
    assert [(event.reason, event.message) for event in world.cluster.events] == [
        ("Created", "secret created"),
        ("Updated", "secret updated"),
    ]


async def test_event_that_is_refused_holds_nothing_up(world: World) -> None:
    world.backends.failure = UnavailableError("down")
    world.cluster.refusals["POST events"] = [ForbiddenError(403, "Forbidden")]
    world.apply()
    assert await world.reconcile() == Retry()
    assert world.condition[0] == "False"


async def test_value_reaches_nothing_but_the_target(synced: World) -> None:
    synced.backends.values["db"] = MARK * 100_000
    await synced.refresh()
    shown = str((synced.status, synced.cluster.events, synced.cluster.calls, synced.cluster.secrets))
    assert MARK.decode() not in shown
