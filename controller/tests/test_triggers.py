"""Which changes of watched objects are worth a look, and who is told."""

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from bulkhead_api.external_secret import (
    ExternalSecret,
    ExternalSecretStatus,
)
from bulkhead_api.meta import Condition, ConditionStatus, ObjectMeta
from bulkhead_api.namespace import Namespace
from bulkhead_api.secret_store import SecretStore, SecretStoreStatus
from bulkhead_controller.store.paused import MASS_CHANGE_BREAKER, RESUME
from bulkhead_controller.triggers import wakes_external_secret, wakes_namespace, wakes_store, wakes_users
from bulkhead_controller.users import Users
from bulkhead_runtime.kube.events import ObjectKey

META = ObjectMeta(name="app", namespace="team-a", uid="u-1", generation=1, resource_version="5")
OBJECT = ExternalSecret(metadata=META)


@pytest.mark.parametrize(
    ("old", "new", "want"),
    [
        pytest.param(None, OBJECT, True, id="new"),
        pytest.param(OBJECT, None, True, id="gone"),
        pytest.param(OBJECT, replace(OBJECT, metadata=replace(META, generation=2)), True, id="spec"),
        pytest.param(OBJECT, replace(OBJECT, metadata=replace(META, labels={"a": "b"})), True, id="labels"),
        pytest.param(OBJECT, replace(OBJECT, metadata=replace(META, annotations={"a": "b"})), True, id="annotations"),
        pytest.param(OBJECT, replace(OBJECT, metadata=replace(META, finalizers=["a"])), True, id="finalizers"),
        pytest.param(OBJECT, replace(OBJECT, metadata=replace(META, uid="u-2")), True, id="made-anew"),
        pytest.param(
            OBJECT,
            replace(OBJECT, metadata=replace(META, deletion_timestamp=datetime(2026, 1, 1, tzinfo=UTC))),
            True,
            id="being-deleted",
        ),
        pytest.param(
            OBJECT,
            replace(
                OBJECT,
                metadata=replace(META, resource_version="6"),
                status=ExternalSecretStatus(synced_resource_version="1-a"),
            ),
            False,
            id="status-alone",
        ),
    ],
)
def test_external_secret_is_woken(old: ExternalSecret | None, new: ExternalSecret | None, want: bool) -> None:
    assert wakes_external_secret(old, new) is want


def store(ready: ConditionStatus | None, **metadata: object) -> SecretStore:
    conditions = [] if ready is None else [Condition(type="Ready", status=ready)]
    return SecretStore(
        metadata=replace(META, **metadata),
        status=SecretStoreStatus(conditions=conditions),
    )


def paused(status: ConditionStatus) -> SecretStore:
    ready = Condition(type="Ready", status=ConditionStatus.TRUE)
    return SecretStore(
        metadata=META, status=SecretStoreStatus(conditions=[ready, Condition(type="Paused", status=status)])
    )


NEW = store(None)
READY = store(ConditionStatus.TRUE)
BROKEN = store(ConditionStatus.FALSE)


@pytest.mark.parametrize(
    ("old", "new", "want"),
    [
        pytest.param(None, NEW, True, id="new"),
        pytest.param(NEW, None, True, id="gone"),
        pytest.param(NEW, READY, False, id="status-alone"),
        pytest.param(READY, store(ConditionStatus.TRUE, generation=2), True, id="spec"),
        pytest.param(READY, store(ConditionStatus.TRUE, labels={"a": "b"}), False, id="labels-alone"),
        pytest.param(READY, store(ConditionStatus.TRUE, annotations={"a": "b"}), False, id="annotations-of-others"),
        pytest.param(READY, store(ConditionStatus.TRUE, annotations={RESUME: "now"}), True, id="resumed"),
        pytest.param(READY, store(ConditionStatus.TRUE, annotations={MASS_CHANGE_BREAKER: "off"}), True, id="exempted"),
    ],
)
def test_store_is_woken(old: SecretStore | None, new: SecretStore | None, want: bool) -> None:
    assert wakes_store(old, new) is want


@pytest.mark.parametrize(
    ("old", "new", "want"),
    [
        pytest.param(None, READY, True, id="found-ready"),
        pytest.param(NEW, READY, True, id="becomes-ready"),
        pytest.param(BROKEN, READY, True, id="works-again"),
        pytest.param(READY, READY, False, id="stays-ready"),
        pytest.param(READY, BROKEN, False, id="stops-working"),
        pytest.param(NEW, BROKEN, True, id="first-verdict-is-bad"),
        pytest.param(BROKEN, BROKEN, False, id="stays-broken"),
        pytest.param(None, NEW, False, id="not-validated-yet"),
        pytest.param(READY, None, False, id="gone"),
        pytest.param(READY, store(ConditionStatus.TRUE, uid="u-2"), True, id="made-anew"),
        pytest.param(READY, paused(ConditionStatus.TRUE), False, id="paused"),
        pytest.param(paused(ConditionStatus.TRUE), paused(ConditionStatus.TRUE), False, id="stays-paused"),
        pytest.param(paused(ConditionStatus.TRUE), paused(ConditionStatus.FALSE), True, id="resumed"),
        pytest.param(READY, store(ConditionStatus.TRUE, generation=2), True, id="another-spec"),
    ],
)
def test_users_of_a_store_are_woken(old: SecretStore | None, new: SecretStore | None, want: bool) -> None:
    assert wakes_users(old, new) is want


@pytest.mark.parametrize(
    ("old", "new", "want"),
    [
        pytest.param({"a": "b"}, {"a": "c"}, True, id="labels"),
        pytest.param({"a": "b"}, {"a": "b"}, False, id="nothing"),
        pytest.param(None, {"a": "b"}, False, id="new"),
        pytest.param({"a": "b"}, None, False, id="gone"),
    ],
)
def test_a_namespace_is_woken(old: dict[str, str] | None, new: dict[str, str] | None, want: bool) -> None:
    before, after = (
        None if labels is None else Namespace(metadata=ObjectMeta(name="a", labels=labels)) for labels in (old, new)
    )
    assert wakes_namespace(before, after) is want


def test_users_follow_what_they_use() -> None:
    users: Users[str] = Users()
    one, two = ObjectKey("team-a", "one"), ObjectKey("team-a", "two")
    users.put(two, ["vault"])
    users.put(one, ["vault", "fake"])
    assert (users.of("vault"), users.of("fake")) == ([one, two], [one])
    users.put(one, ["fake", "fake"])
    assert (users.of("vault"), users.of("fake")) == ([two], [one])
    users.drop(one)
    users.drop(one)
    assert users.of("fake") == []
