"""What is decided about a ClusterExternalSecret, from what is known of it and its surroundings."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from msgspec.structs import replace

from bulkhead_api.cluster_external_secret import (
    ClusterExternalSecret,
    ClusterExternalSecretCondition,
    ClusterExternalSecretSpec,
    ClusterExternalSecretStatus,
    FailedNamespace,
)
from bulkhead_api.external_secret import ExternalSecret, ExternalSecretSpec, ExternalSecretStatus
from bulkhead_api.meta import ConditionStatus, ObjectMeta, OwnerReference
from bulkhead_api.namespace import Namespace
from bulkhead_controller.clusterexternalsecret.children import FORCE_SYNC
from bulkhead_controller.clusterexternalsecret.decide import FINALIZER, decide
from bulkhead_controller.clusterexternalsecret.index import Children
from bulkhead_controller.clusterexternalsecret.plan import (
    Converge,
    Create,
    Delete,
    Ignore,
    Remove,
    Replace,
    Seen,
)
from bulkhead_controller.clusterexternalsecret.status import new_failures, status_after_pass
from bulkhead_controller.clusterexternalsecret.targets import concerns
from bulkhead_controller.clusterexternalsecret.triggers import wakes_owner, wakes_owner_of_child
from bulkhead_runtime.kube.events import ObjectKey, key_of

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
OWNER_UID = "c-1"
CHILD_SPEC: Mapping[str, object] = {
    "secretStoreRef": {"name": "vault", "kind": "ClusterSecretStore"},
    "target": {"template": {"type": "Opaque", "data": {"a": "b"}}},
}
TEAMS = {"matchLabels": {"team": "yes"}}


def owner(
    *,
    name: str = "fleet",
    finalizers: Sequence[str] = (),
    annotations: Mapping[str, str] | None = None,
    deleted: bool = False,
    status: ClusterExternalSecretStatus | None = None,
    **spec: object,
) -> ClusterExternalSecret:
    body = {"externalSecretSpec": CHILD_SPEC, "namespaceSelectors": [TEAMS], **spec}
    return ClusterExternalSecret(
        metadata=ObjectMeta(
            name=name,
            uid=OWNER_UID,
            generation=1,
            resource_version="9",
            finalizers=list(finalizers),
            annotations=dict(annotations or {}),
            deletion_timestamp=NOW if deleted else None,
        ),
        spec=msgspec.json.decode(msgspec.json.encode(body), type=ClusterExternalSecretSpec),
        status=status or ClusterExternalSecretStatus(),
    )


def namespace(name: str, *, team: bool = True, terminating: bool = False) -> Namespace:
    return Namespace(
        metadata=ObjectMeta(
            name=name,
            uid=f"n-{name}",
            labels={"kubernetes.io/metadata.name": name} | ({"team": "yes"} if team else {}),
            deletion_timestamp=NOW if terminating else None,
        )
    )


def reference(name: str = "fleet", *, kind: str = "ClusterExternalSecret", uid: str = OWNER_UID) -> OwnerReference:
    return OwnerReference(
        api_version="external-secrets.io/v1",
        kind=kind,
        name=name,
        uid=uid,
        controller=True,
        block_owner_deletion=True,
    )


def child(
    place: str,
    *,
    name: str = "fleet",
    owners: Sequence[OwnerReference] | None = None,
    spec: Mapping[str, object] = CHILD_SPEC,
    deleted: bool = False,
    **metadata: object,
) -> ExternalSecret:
    found = ObjectMeta(
        name=name,
        namespace=place,
        uid=f"e-{place}-{name}",
        resource_version="7",
        owner_references=[reference()] if owners is None else list(owners),
        deletion_timestamp=NOW if deleted else None,
    )
    return ExternalSecret(
        metadata=replace(found, **metadata),
        spec=msgspec.json.decode(msgspec.json.encode(spec), type=ExternalSecretSpec),
    )


def seen(
    about: ClusterExternalSecret, *, namespaces: Iterable[Namespace], children: Iterable[ExternalSecret] = ()
) -> Seen:
    """What a gatherer would have put together."""
    index = Children()
    by_key = {key_of(each.metadata): each for each in children}
    for key, each in by_key.items():
        index.change(key, None, each)
    wanted = about.spec.external_secret_name or about.metadata.name
    return Seen(
        owner=about,
        namespaces=list(namespaces),
        owned={key: by_key[key] for key in index.of(about.metadata.name)},
        named={key.namespace: each for key, each in by_key.items() if key.name == wanted},
    )


def converge(found: Seen) -> Converge:
    plan = decide(found)
    assert isinstance(plan, Converge)
    return plan


def only_write(plan: Converge) -> ObjectMeta:
    """The metadata of the one child that is stored."""
    (write,) = plan.writes
    assert isinstance(write, Create | Replace)
    return write.child.metadata


def test_a_child_has_the_owners_name_spec_and_ownerreference() -> None:
    plan = converge(seen(owner(), namespaces=[namespace("a")]))
    (write,) = plan.writes
    assert isinstance(write, Create)
    assert write.child.metadata == ObjectMeta(name="fleet", namespace="a", owner_references=[reference()])
    assert msgspec.json.decode(write.child.spec) == CHILD_SPEC
    assert (plan.targets, plan.failed, plan.renamed) == (["a"], [], [])


def test_a_child_gets_fields_that_this_version_does_not_know() -> None:
    plan = converge(seen(owner(externalSecretSpec={"fromTheFuture": 1}), namespaces=[namespace("a")]))
    (write,) = plan.writes
    assert isinstance(write, Create)
    assert msgspec.json.decode(write.child.spec) == {"fromTheFuture": 1}


@pytest.mark.parametrize(
    ("spec", "want"),
    [
        pytest.param({}, ["a", "b"], id="selectors"),
        pytest.param({"namespaceSelectors": []}, [], id="nothing-is-meant-without-any"),
        pytest.param({"namespaceSelectors": [{}]}, ["a", "b", "c"], id="an-empty-selector-means-all"),
        pytest.param({"namespaceSelectors": [], "namespaceSelector": TEAMS}, ["a", "b"], id="the-deprecated-selector"),
        pytest.param({"namespaceSelectors": [], "namespaces": ["c", "missing"]}, ["c"], id="names"),
        pytest.param({"namespaces": ["c", "a"]}, ["a", "b", "c"], id="the-union-without-duplicates"),
        pytest.param(
            {
                "namespaceSelectors": [
                    {"matchExpressions": [{"key": "kubernetes.io/metadata.name", "operator": "In", "values": ["b"]}]},
                    {"matchExpressions": [{"key": "team", "operator": "DoesNotExist"}]},
                ]
            },
            ["b", "c"],
            id="expressions-of-either-selector",
        ),
        pytest.param({"namespaceSelectors": [{"matchLabels": {"team": "no"}}]}, [], id="nothing-matches"),
    ],
)
def test_namespaces_that_are_meant(spec: Mapping[str, object], want: list[str]) -> None:
    namespaces = [namespace("b"), namespace("a"), namespace("c", team=False)]
    about = owner(**spec)  # type: ignore[arg-type]  # a table's row
    plan = converge(seen(about, namespaces=namespaces))
    assert plan.targets == want
    assert [each.child.metadata.namespace for each in plan.writes if isinstance(each, Create)] == want


def test_a_bad_selector_fails_for_no_namespace_and_leaves_every_child() -> None:
    before = ClusterExternalSecretStatus(provisioned_namespaces=["a"])
    bad = [TEAMS, {"matchExpressions": [{"key": "team", "operator": "Near"}]}]
    plan = converge(
        seen(
            owner(namespaceSelectors=bad, status=before),
            namespaces=[namespace("a", team=False)],
            children=[child("a")],
        )
    )
    assert [each.namespace for each in plan.failed] == ["unknown"]
    assert plan.failed[0].reason.startswith("namespace selector: ")
    assert "Near" in plan.failed[0].reason
    assert (plan.writes, plan.renamed, plan.targets) == ((), (), ["a"])


def test_a_spec_that_is_none_of_an_externalsecret_is_said_and_changes_nothing() -> None:
    plan = converge(seen(owner(externalSecretSpec={"data": 1}), namespaces=[namespace("a")]))
    assert [each.namespace for each in plan.failed] == ["unknown"]
    assert plan.failed[0].reason.startswith("spec.externalSecretSpec: ")
    assert plan.writes == ()


UNCHANGED = [
    pytest.param({}, {}, id="as-it-was-made"),
    pytest.param({}, {"finalizers": ["externalsecrets.external-secrets.io/externalsecret-cleanup"]}, id="finalizer"),
    pytest.param(
        {"spec": {**CHILD_SPEC, "refreshInterval": "1h0m0s", "refreshPolicy": "Periodic", "data": []}},
        {},
        id="defaults-written-out",
    ),
    pytest.param(
        {"spec": {**CHILD_SPEC, "target": {"template": {"data": {"a": "b"}, "type": "Opaque"}}}},
        {},
        id="keys-in-another-order",
    ),
    pytest.param(
        {"owners": [OwnerReference(api_version="v1", kind="ConfigMap", name="x", uid="x"), reference()]},
        {},
        id="further-owner",
    ),
    pytest.param({"deleted": True}, {"labels": {"a": "b"}}, id="being-deleted"),
]


@pytest.mark.parametrize(("parts", "metadata"), UNCHANGED)
def test_a_child_that_is_as_it_should_be_is_not_written(parts: dict[str, object], metadata: dict[str, object]) -> None:
    there = child("a", **parts, **metadata)  # type: ignore[arg-type]  # a table's row
    plan = converge(seen(owner(), namespaces=[namespace("a")], children=[there]))
    assert (plan.writes, plan.targets) == ([], ["a"])


CHANGED = [
    pytest.param({"spec": {**CHILD_SPEC, "refreshInterval": "5m"}}, {}, id="spec"),
    pytest.param({"spec": {**CHILD_SPEC, "target": {"template": {"data": {"a": "c"}}}}}, {}, id="template"),
    pytest.param({}, {"labels": {"a": "b"}}, id="label-of-somebody-else"),
    pytest.param({}, {"annotations": {"a": "b"}}, id="annotation-of-somebody-else"),
    pytest.param({}, {"annotations": {FORCE_SYNC: "1"}}, id="force-sync-that-the-owner-has-not"),
    pytest.param({"owners": [reference(uid="c-0")]}, {}, id="owner-made-anew"),
]


@pytest.mark.parametrize(("parts", "metadata"), CHANGED)
def test_a_child_that_is_not_as_it_should_be_is_replaced(parts: dict[str, object], metadata: dict[str, object]) -> None:
    there = child("a", **parts, **metadata)  # type: ignore[arg-type]  # a table's row
    plan = converge(seen(owner(), namespaces=[namespace("a")], children=[there]))
    (write,) = plan.writes
    assert isinstance(write, Replace)
    assert write.child.metadata == replace(there.metadata, labels={}, annotations={}, owner_references=[reference()])


def test_a_replaced_child_keeps_what_is_not_its_owners_to_say() -> None:
    further = OwnerReference(api_version="v1", kind="ConfigMap", name="x", uid="x")
    there = child("a", owners=[reference(), further], labels={"a": "b"}, finalizers=["example.com/theirs"])
    metadata = only_write(converge(seen(owner(), namespaces=[namespace("a")], children=[there])))
    assert metadata.finalizers == ["example.com/theirs"]
    assert metadata.owner_references == [further, reference()]
    assert (metadata.uid, metadata.resource_version) == (there.metadata.uid, "7")


@pytest.mark.parametrize(
    ("said", "on_owner", "want"),
    [
        pytest.param({"a": "b"}, {}, {"a": "b"}, id="metadata"),
        pytest.param({"a": "b"}, {FORCE_SYNC: "7", "x": "y"}, {"a": "b", FORCE_SYNC: "7"}, id="force-sync-alone"),
        pytest.param({FORCE_SYNC: "1"}, {FORCE_SYNC: "7"}, {FORCE_SYNC: "7"}, id="the-owners-own-wins"),
        pytest.param({FORCE_SYNC: "1"}, {}, {}, id="absent-on-the-owner"),
    ],
)
def test_annotations_of_a_child(said: Mapping[str, str], on_owner: Mapping[str, str], want: Mapping[str, str]) -> None:
    about = owner(annotations=on_owner, externalSecretMetadata={"labels": {"l": "m"}, "annotations": said})
    metadata = only_write(converge(seen(about, namespaces=[namespace("a")])))
    assert (metadata.labels, metadata.annotations) == ({"l": "m"}, want)


@pytest.mark.parametrize(
    "owners",
    [
        pytest.param([], id="nobody"),
        pytest.param([reference("another")], id="another-clusterexternalsecret"),
        pytest.param([reference(kind="Application")], id="another-kind"),
        pytest.param([replace(reference(), controller=False)], id="an-owner-that-does-not-control"),
        pytest.param([replace(reference(), api_version="example.com/v1")], id="another-group"),
    ],
)
def test_an_externalsecret_of_somebody_else_is_left_alone_and_said(owners: list[OwnerReference]) -> None:
    there = child("a", owners=owners, spec={})
    plan = converge(seen(owner(), namespaces=[namespace("a"), namespace("b")], children=[there]))
    assert plan.failed == [FailedNamespace(namespace="a", reason="external secret already exists in namespace")]
    assert plan.targets == ["b"]
    assert only_write(plan).namespace == "b"


def test_a_child_in_a_namespace_that_is_not_meant_any_more_is_deleted() -> None:
    namespaces = [namespace("a"), namespace("b", team=False)]
    plan = converge(seen(owner(), namespaces=namespaces, children=[child("a"), child("b")]))
    assert plan.writes == [Delete(ObjectKey("b", "fleet"), "e-b-fleet")]
    assert plan.targets == ["a"]


def test_a_child_under_an_earlier_name_is_deleted_wherever_it_is() -> None:
    namespaces = [namespace("a"), namespace("b", team=False)]
    about = owner(externalSecretName="renamed")
    plan = converge(seen(about, namespaces=namespaces, children=[child("a"), child("b")]))
    assert plan.renamed == [
        Delete(ObjectKey("a", "fleet"), "e-a-fleet"),
        Delete(ObjectKey("b", "fleet"), "e-b-fleet"),
    ]
    assert only_write(plan).name == "renamed"


def test_a_namespace_that_is_being_deleted_gets_no_child_and_loses_none() -> None:
    namespaces = [namespace("a", terminating=True), namespace("b", terminating=True)]
    plan = converge(seen(owner(), namespaces=namespaces, children=[child("a")]))
    assert (plan.writes, plan.targets, plan.failed) == ([], [], [])


@pytest.mark.parametrize(
    ("stated", "want"),
    [
        ("5m", timedelta(minutes=5)),
        ("1ns", timedelta(seconds=1)),
        ("", timedelta(hours=1)),
        ("0s", timedelta(hours=1)),
        ("soon", timedelta(hours=1)),
    ],
)
def test_the_next_pass_is_after_the_refresh_time(stated: str, want: timedelta) -> None:
    assert converge(seen(owner(refreshTime=stated), namespaces=[])).again_after == want


def test_no_finalizer_is_ever_added() -> None:
    plan = converge(seen(owner(), namespaces=[namespace("a")], children=[]))
    assert only_write(plan).finalizers == []


@pytest.mark.parametrize(
    ("finalizers", "want"),
    [
        pytest.param([], Ignore(), id="is-left-to-the-garbage-collector"),
        pytest.param(["example.com/theirs"], Ignore(), id="waits-for-somebody-else"),
        pytest.param(
            [FINALIZER, "example.com/theirs"],
            Remove(
                deletes=[
                    Delete(ObjectKey("a", "earlier"), "e-a-earlier"),
                    Delete(ObjectKey("b", "fleet"), "e-b-fleet"),
                ],
                finalizers=["example.com/theirs"],
            ),
            id="is-freed-of-esos-finalizer-after-its-children",
        ),
        pytest.param(["orphan", FINALIZER], Remove(deletes=[], finalizers=["orphan"]), id="leaves-orphans-on-purpose"),
    ],
)
def test_an_object_that_is_being_deleted(finalizers: list[str], want: Ignore | Remove) -> None:
    children = [child("a", name="earlier"), child("b"), child("c", deleted=True), child("d", owners=[])]
    assert decide(seen(owner(finalizers=finalizers, deleted=True), namespaces=[], children=children)) == want


FAILED = FailedNamespace(namespace="b", reason="no")
READY = ClusterExternalSecretCondition(type="Ready", status=ConditionStatus.TRUE)
NOT_READY = ClusterExternalSecretCondition(
    type="Ready", status=ConditionStatus.FALSE, message="one or more namespaces failed"
)


@pytest.mark.parametrize(
    ("failed", "want"), [pytest.param([], READY, id="all"), pytest.param([FAILED], NOT_READY, id="not-all")]
)
def test_status_says_whether_all_namespaces_have_their_child(
    failed: list[FailedNamespace], want: ClusterExternalSecretCondition
) -> None:
    theirs = ClusterExternalSecretCondition(type="Theirs", status=ConditionStatus.UNKNOWN)
    before = ClusterExternalSecretStatus(conditions=[NOT_READY, theirs])
    status = status_after_pass(before, name="fleet", provisioned=["c", "a"], failed=failed)
    assert (status.external_secret_name, status.provisioned_namespaces) == ("fleet", ["a", "c"])
    assert status.failed_namespaces == failed
    assert {each.type: each for each in status.conditions} == {"Ready": want, "Theirs": theirs}
    assert status_after_pass(status, name="fleet", provisioned=["a", "c"], failed=failed) == status


def test_failures_that_were_said_before_are_not_new() -> None:
    old = ClusterExternalSecretStatus(failed_namespaces=[FAILED])
    other = FailedNamespace(namespace="b", reason="another")
    new = ClusterExternalSecretStatus(failed_namespaces=[FAILED, other])
    assert new_failures(old, new) == [other]


@pytest.mark.parametrize(
    ("old", "new", "want"),
    [
        pytest.param(None, namespace("a"), True, id="new"),
        pytest.param(namespace("a"), None, True, id="gone"),
        pytest.param(namespace("a", team=False), namespace("a"), True, id="label-came"),
        pytest.param(namespace("a"), namespace("a", team=False), True, id="label-went"),
        pytest.param(namespace("a"), namespace("a", terminating=True), True, id="being-deleted"),
        pytest.param(
            namespace("a"), Namespace(metadata=replace(namespace("a").metadata, uid="2")), True, id="made-anew"
        ),
        pytest.param(
            namespace("a"),
            Namespace(metadata=replace(namespace("a").metadata, annotations={"a": "b"})),
            False,
            id="else",
        ),
        pytest.param(None, namespace("a", team=False), False, id="not-meant"),
    ],
)
def test_change_of_a_namespace_concerns_who_selects_it(
    old: Namespace | None, new: Namespace | None, want: bool
) -> None:
    assert concerns(owner().spec, old, new) is want


def test_change_of_a_namespace_does_not_concern_a_bad_selector() -> None:
    bad = owner(namespaceSelectors=[{"matchExpressions": [{"key": "a", "operator": "Near"}]}])
    assert not concerns(bad.spec, None, namespace("a"))


def test_own_status_wakes_nobody() -> None:
    old = owner()
    new = replace(old, metadata=replace(old.metadata, resource_version="10"), status=ClusterExternalSecretStatus())
    assert not wakes_owner(old, new)
    assert wakes_owner(old, replace(new, metadata=replace(new.metadata, annotations={FORCE_SYNC: "1"})))
    synced = replace(child("a"), status=ExternalSecretStatus(synced_resource_version="1-a"))
    assert not wakes_owner_of_child(child("a"), synced)
    assert wakes_owner_of_child(child("a"), child("a", owners=[]))


def test_index_follows_children_from_owner_to_owner() -> None:
    index, key = Children(), ObjectKey("a", "fleet")
    index.change(key, None, child("a"))
    index.change(key, child("a"), child("a", owners=[reference("another")]))
    assert index.of("fleet") == frozenset()
    assert index.of("another") == {key}
    index.change(key, child("a", owners=[reference("another")]), None)
    assert index.of("another") == frozenset()
