"""What is written over a Secret that exists: what of others stays and what of ours goes."""

from collections.abc import Mapping

import msgspec
import pytest
from msgspec.structs import replace

from bulkhead_api.external_secret import KIND, ExternalSecret
from bulkhead_api.meta import ManagedFields, OwnerReference
from bulkhead_api.owners import controller_reference
from bulkhead_api.secret import LiveObjectMeta, LiveSecret
from bulkhead_api.secret_value import SecretValue
from bulkhead_controller.externalsecret.managed_fields import OwnFields, own_fields
from bulkhead_controller.externalsecret.plan import Fail
from bulkhead_controller.externalsecret.update import Unchanged, Update, decide_update, is_valid
from bulkhead_target.hashing import created_by, hash_data
from bulkhead_target.target import build_target, content_without_template

MANAGED = "reconcile.external-secrets.io/managed"
CREATED_BY = "reconcile.external-secrets.io/created-by"
DATA_HASH = "reconcile.external-secrets.io/data-hash"
MANAGER = "externalsecrets.external-secrets.io/app"
DATA = {"k": SecretValue(b"new")}


def external_secret(policy: str = "Owner", *, immutable: bool = False, **metadata: object) -> ExternalSecret:
    body = {
        "metadata": {"name": "app", "namespace": "team-a", "uid": "u-1", **metadata},
        "spec": {"target": {"creationPolicy": policy, "immutable": immutable}},
    }
    return msgspec.convert(body, ExternalSecret)


def live(
    data: Mapping[str, bytes],
    *,
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
    owners: list[OwnerReference] | None = None,
    own: Mapping[str, object] | None = None,
    immutable: bool = False,
) -> LiveSecret:
    fields = [ManagedFields(manager=MANAGER, fields_v1=msgspec.Raw(msgspec.json.encode(own)))] if own else []
    metadata = LiveObjectMeta(
        name="app",
        namespace="team-a",
        uid="s-1",
        resource_version="7",
        labels=dict(labels or {}),
        annotations=dict(annotations or {}),
        finalizers=["theirs"],
        owner_references=owners or [],
        managed_fields=fields,
    )
    return LiveSecret(
        metadata=metadata, data={key: SecretValue(value) for key, value in data.items()}, immutable=immutable
    )


def update(wanted: ExternalSecret, seen: LiveSecret) -> Update:
    plan = decide_update(wanted, content_without_template(wanted, DATA), seen)
    assert isinstance(plan, Update)
    return plan


def written_data(wanted: ExternalSecret, seen: LiveSecret) -> dict[str, bytes]:
    return {key: value.reveal() for key, value in update(wanted, seen).secret.data.items()}


@pytest.mark.parametrize(
    ("policy", "want"),
    [
        pytest.param("Owner", {"k": b"new"}, id="owner-replaces-all"),
        pytest.param("Orphan", {"k": b"new"}, id="orphan-replaces-all"),
        pytest.param("Merge", {"k": b"new", "theirs": b"1"}, id="merge-keeps-what-is-not-its-own"),
        pytest.param("CreateOrMerge", {"k": b"new", "theirs": b"1"}, id="create-or-merge-likewise"),
    ],
)
def test_data_after_a_write(policy: str, want: Mapping[str, bytes]) -> None:
    seen = live({"theirs": b"1", "k": b"old", "stale": b"2"}, own={"f:data": {".": {}, "f:stale": {}, "f:k": {}}})
    assert written_data(external_secret(policy), seen) == want


def test_labels_and_annotations_of_others_stay_and_stale_ones_of_ours_go() -> None:
    own: dict[str, object] = {"f:metadata": {"f:labels": {"f:stale": {}}, "f:annotations": {"f:stale": {}}}}
    seen = live({}, labels={"theirs": "1", "stale": "2"}, annotations={"theirs": "1", "stale": "2"}, own=own)
    metadata = update(external_secret("Orphan", labels={"a": "b"}, annotations={"c": "d"}), seen).secret.metadata
    assert metadata.labels == {"theirs": "1", "a": "b", MANAGED: "true"}
    assert metadata.annotations == {"theirs": "1", "c": "d", DATA_HASH: hash_data(DATA)}
    assert (metadata.finalizers, metadata.resource_version, metadata.uid) == (["theirs"], "7", "s-1")


def test_the_hash_covers_the_data_of_others_too() -> None:
    secret = update(external_secret("Merge"), live({"theirs": b"1"})).secret
    assert secret.metadata.annotations[DATA_HASH] == hash_data(secret.data)


def test_an_owner_is_set_beside_others() -> None:
    other = OwnerReference(api_version="v1", kind="ConfigMap", name="x", uid="o-1")
    metadata = update(external_secret(), live({}, owners=[other])).secret.metadata
    assert [owner.kind for owner in metadata.owner_references] == ["ConfigMap", "ExternalSecret"]
    assert metadata.labels[CREATED_BY] == created_by("team-a", "app")


@pytest.mark.parametrize("policy", ["Orphan", "Merge", "CreateOrMerge"])
def test_our_own_ownership_is_given_up_under_other_policies(policy: str) -> None:
    wanted = external_secret(policy)
    seen = live({}, labels={CREATED_BY: "x"}, owners=[controller_reference(KIND, wanted.metadata)])
    metadata = update(wanted, seen).secret.metadata
    assert metadata.owner_references == []
    assert CREATED_BY not in metadata.labels


def test_an_external_secret_that_was_made_anew_goes_on_as_owner() -> None:
    before = replace(controller_reference(KIND, external_secret().metadata), uid="u-0")
    metadata = update(external_secret(), live({}, owners=[before])).secret.metadata
    assert [owner.uid for owner in metadata.owner_references] == ["u-1"]


def owner(kind: str, name: str, api_version: str = "external-secrets.io/v1") -> OwnerReference:
    return OwnerReference(api_version=api_version, kind=kind, name=name, uid="o-1", controller=True)


@pytest.mark.parametrize(
    ("policy", "by", "message"),
    [
        pytest.param(
            "Owner",
            owner("ExternalSecret", "other"),
            "target is owned by another ExternalSecret; give one of the two another spec.target.name",
            id="another-external-secret",
        ),
        pytest.param(
            "Merge",
            owner("ExternalSecret", "other", "external-secrets.io/v1beta1"),
            "target is owned by another ExternalSecret; give one of the two another spec.target.name",
            id="another-external-secret-under-merge",
        ),
        pytest.param(
            "Owner",
            owner("Certificate", "web", "cert-manager.io/v1"),
            "failed to take ownership of target secret: it belongs to Certificate web",
            id="somebody-else",
        ),
    ],
)
def test_a_target_of_somebody_else_is_left_alone(policy: str, by: OwnerReference, message: str) -> None:
    assert decide_update(
        external_secret(policy), content_without_template(external_secret(policy), DATA), live({}, owners=[by])
    ) == Fail(message)


def test_a_target_of_another_kind_may_be_merged_into() -> None:
    seen = live({}, owners=[owner("Certificate", "web", "cert-manager.io/v1")])
    assert update(external_secret("Merge"), seen).secret.metadata.owner_references == seen.metadata.owner_references


@pytest.mark.parametrize("policy", ["Owner", "Orphan", "Merge", "CreateOrMerge"])
def test_what_was_written_is_not_written_again(policy: str) -> None:
    wanted = external_secret(policy, labels={"a": "b"})
    first = build_target(wanted, content_without_template(wanted, DATA))
    fields = {each.name: getattr(first.metadata, each.name) for each in msgspec.structs.fields(first.metadata)}
    seen = LiveSecret(metadata=LiveObjectMeta(**fields), data=first.data, type=first.type)
    assert decide_update(wanted, content_without_template(wanted, DATA), seen) == Unchanged()
    assert is_valid(seen)


def test_a_frozen_target_keeps_its_data_and_becomes_immutable() -> None:
    plan = update(external_secret(immutable=True), live({"k": b"old"}))
    assert (plan.secret.data, plan.secret.immutable, plan.failure) == ({"k": SecretValue(b"old")}, True, None)


def test_an_immutable_secret_gets_its_metadata_and_a_failure() -> None:
    plan = update(external_secret(labels={"a": "b"}), live({"k": b"old"}, immutable=True))
    assert plan.secret.data == {"k": SecretValue(b"old")}
    assert plan.secret.metadata.labels["a"] == "b"
    assert plan.failure == Fail("could not update secret, target is immutable")


@pytest.mark.parametrize(
    ("labels", "annotations", "want"),
    [
        pytest.param({MANAGED: "true"}, {DATA_HASH: hash_data({"k": SecretValue(b"v")})}, True, id="as-written"),
        pytest.param({MANAGED: "true"}, {DATA_HASH: hash_data({})}, False, id="edited"),
        pytest.param({MANAGED: "true"}, {}, False, id="without-a-hash"),
        pytest.param({}, {DATA_HASH: hash_data({"k": SecretValue(b"v")})}, False, id="without-the-label"),
    ],
)
def test_a_target_is_valid(labels: Mapping[str, str], annotations: Mapping[str, str], want: bool) -> None:
    assert is_valid(live({"k": b"v"}, labels=labels, annotations=annotations)) is want


def test_own_fields_are_those_of_one_manager() -> None:
    entries = [
        ManagedFields(manager="kubectl", fields_v1=msgspec.Raw(b'{"f:data": {"f:theirs": {}}}')),
        ManagedFields(manager=MANAGER, fields_v1=msgspec.Raw(b'{"f:data": {".": {}, "f:a.b": {}}, "f:type": {}}')),
        ManagedFields(manager=MANAGER, fields_v1=msgspec.Raw(b'{"f:metadata": {"f:labels": {"f:x/y": {}}}}')),
        ManagedFields(manager=MANAGER, fields_v1=msgspec.Raw(b'{"f:data": []}')),
        ManagedFields(manager=MANAGER),
    ]
    assert own_fields(entries, MANAGER) == OwnFields(data=frozenset({"a.b"}), labels=frozenset({"x/y"}))
