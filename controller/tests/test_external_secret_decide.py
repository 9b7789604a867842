"""What is to be done about an ExternalSecret, before and after its provider has answered."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from bulkhead_api.errors import (
    AccessDeniedError,
    PropertyNotFoundError,
    ProviderError,
    SecretNotFoundError,
    ThrottledError,
)
from bulkhead_api.external_secret import ExternalSecret, ExternalSecretStatus, SecretStoreRef, StoreKind
from bulkhead_api.meta import Condition, ConditionStatus
from bulkhead_api.provider import Shape
from bulkhead_api.secret_value import SecretValue
from bulkhead_controller.backends import BoundStore, Fields, Outcome, Query, Ref, Value
from bulkhead_controller.externalsecret.contents import decide_target
from bulkhead_controller.externalsecret.decide import FINALIZER, decide
from bulkhead_controller.externalsecret.plan import (
    AwaitStore,
    DeleteTarget,
    DeniedStore,
    Fail,
    Fetch,
    ForeignStore,
    Ignore,
    KeepTarget,
    LeaveTarget,
    MissingStore,
    NotReadyStore,
    Plan,
    Refuse,
    Release,
    Seen,
    StoreState,
    TargetPlan,
    UnusableStore,
    UnvalidatedStore,
    WriteTarget,
)
from bulkhead_controller.externalsecret.refresh import Wait
from bulkhead_controller.externalsecret.sources import sources_from_spec
from bulkhead_controller.externalsecret.unsupported import unsupported_fields
from bulkhead_controller.profile import Profile, Rights
from bulkhead_controller.store.binding import StoreKey
from bulkhead_target.hashing import synced_resource_version
from bulkhead_testkit.asking import settled

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
STORE = BoundStore(
    kind=StoreKind.SECRET_STORE,
    namespace="team-a",
    name="vault",
    uid="s-1",
    generation=1,
    provider="fake",
    spec_json=b"{}",
)
REF = SecretStoreRef(name="vault")
KEY = StoreKey(kind=StoreKind.SECRET_STORE, namespace="team-a", name="vault")
DATA = [{"secretKey": "password", "remoteRef": {"key": "db", "property": "pass"}}]
MARK = b"mark-of-a-secret"


def external_secret(spec: dict[str, object] | None = None, **metadata: object) -> ExternalSecret:
    body = {
        "metadata": {"name": "app", "namespace": "team-a", "uid": "u-1", "generation": 1, **metadata},
        "spec": {"secretStoreRef": {"name": "vault"}, "data": DATA, **(spec or {})},
    }
    return msgspec.json.decode(msgspec.json.encode(body), type=ExternalSecret)


def seen(
    wanted: ExternalSecret,
    *,
    store: StoreState = STORE,
    status: ExternalSecretStatus | None = None,
    rights: Rights | None = None,
) -> Seen:
    return Seen(
        external_secret=wanted,
        status=status or wanted.status,
        resource_version="1",
        stores={REF: store},
        rights=rights or Rights(),
        target_valid=True,
        templates_changed=False,
        refreshed_at=None,
        awaiting_since=None,
    )


def synced(wanted: ExternalSecret, *, at: datetime = NOW) -> ExternalSecretStatus:
    return ExternalSecretStatus(
        refresh_time=at,
        synced_resource_version=synced_resource_version(wanted.metadata),
        conditions=[Condition(type="Ready", status=ConditionStatus.TRUE, reason="SecretSynced")],
    )


def test_a_new_external_secret_asks_for_all_its_refs_at_once() -> None:
    wanted = external_secret({"dataFrom": [{"extract": {"key": "all", "version": "3"}}]})
    plan = decide(seen(wanted), now=NOW)
    assert isinstance(plan, Fetch)
    assert plan.stores == {REF: STORE}
    assert [source.request for source in plan.sources] == [
        Ref(key="all", version="3", shape=Shape.MAP),
        Ref(key="db", property="pass", shape=Shape.VALUE),
    ]
    assert not plan.add_finalizer


def test_an_external_secret_without_refs_needs_no_store() -> None:
    plan = decide(replace(seen(external_secret({"data": []})), stores={}), now=NOW)
    assert isinstance(plan, Fetch)
    assert not plan.stores


def test_a_synced_external_secret_waits_for_its_interval() -> None:
    wanted = external_secret({"refreshInterval": "30m"})
    assert decide(seen(wanted, status=synced(wanted)), now=NOW) == Wait(NOW + timedelta(minutes=30))


def test_our_own_last_refresh_counts_although_the_status_is_older() -> None:
    wanted = external_secret()
    known = replace(
        seen(wanted, status=synced(wanted, at=NOW - timedelta(hours=5))), refreshed_at=NOW - timedelta(minutes=1)
    )
    assert decide(known, now=NOW) == Wait(NOW + timedelta(minutes=59))


@pytest.mark.parametrize(
    ("store", "want"),
    [
        pytest.param(ForeignStore(), Ignore(), id="foreign-class-is-ignored"),
        pytest.param(MissingStore(KEY), AwaitStore(NOW + timedelta(seconds=2)), id="missing-is-awaited-shortly"),
        pytest.param(UnvalidatedStore(KEY), AwaitStore(NOW + timedelta(seconds=15)), id="first-validation-is-awaited"),
        pytest.param(
            NotReadyStore(KEY),
            Fail('could not get secret data from provider: SecretStore "vault" is not ready'),
            id="not-ready",
        ),
        pytest.param(
            UnusableStore(KEY, "spec.provider: exactly one provider is needed, found none"),
            Fail(
                'could not get secret data from provider: SecretStore "vault": '
                "spec.provider: exactly one provider is needed, found none"
            ),
            id="unusable",
        ),
        pytest.param(
            DeniedStore(KEY, "no"),
            Fail('could not get secret data from provider: SecretStore "vault": no'),
            id="denied",
        ),
    ],
)
def test_store_that_cannot_be_asked(store: StoreState, want: Plan) -> None:
    assert decide(seen(external_secret(), store=store), now=NOW) == want


@pytest.mark.parametrize(
    ("spec", "where"),
    [
        pytest.param({"secretStoreRef": {}}, "spec.secretStoreRef.name", id="of-the-spec"),
        pytest.param(
            {"data": [{**DATA[0], "sourceRef": {"storeRef": {}}}]}, "spec.data[0].sourceRef.storeRef.name", id="of-data"
        ),
        pytest.param(
            {"dataFrom": [{"find": {}, "sourceRef": {"storeRef": {}}}]},
            "spec.dataFrom[0].sourceRef.storeRef.name",
            id="of-data-from",
        ),
    ],
)
def test_an_empty_name_of_a_store_is_named(spec: dict[str, object], where: str) -> None:
    known = replace(seen(external_secret(spec)), stores={REF: STORE} if "secretStoreRef" not in spec else {})
    assert decide(known, now=NOW) == Fail(f"could not get secret data from provider: {where} is empty")


def test_each_entry_is_read_from_its_own_store() -> None:
    wanted = external_secret(
        {
            "data": [*DATA, {**DATA[0], "secretKey": "other", "sourceRef": {"storeRef": {"name": "other"}}}],
            "dataFrom": [
                {"find": {"name": {"regexp": "a"}, "tags": {"t": "v"}, "path": "p"}},
                {"sourceRef": {"storeRef": {"name": "other"}}},
            ],
        }
    )
    other = replace(STORE, name="other")
    plan = decide(replace(seen(wanted), stores={REF: STORE, SecretStoreRef(name="other"): other}), now=NOW)
    assert isinstance(plan, Fetch)
    assert [(source.where, source.store.name) for source in plan.sources] == [
        ("spec.dataFrom[0].find", "vault"),
        ("spec.data[0]", "vault"),
        ("spec.data[1]", "other"),
    ]
    assert plan.sources[0].request == Query(path="p", name_regexp="a", tags={"t": "v"})
    assert plan.stores[SecretStoreRef(name="other")] == other


def test_one_foreign_store_makes_the_external_secret_somebody_elses() -> None:
    wanted = external_secret({"dataFrom": [{"extract": {"key": "a"}, "sourceRef": {"storeRef": {"name": "other"}}}]})
    known = replace(seen(wanted), stores={REF: STORE, SecretStoreRef(name="other"): ForeignStore()})
    assert decide(known, now=NOW) == Ignore()


@pytest.mark.parametrize("policy", ["Merge", "CreateOrMerge"])
@pytest.mark.parametrize(
    ("rights", "says"),
    [
        pytest.param(Rights(), "which profile strict does not allow", id="strict"),
        pytest.param(
            Rights(profile=Profile.NAMESPACED, read_namespaces=frozenset({"team-b"})),
            "profile namespaced allows that in the namespaces of the chart value profileNamespaces only, of which "
            '"team-a" is none',
            id="another-namespace",
        ),
        pytest.param(
            Rights(profile=Profile.NAMESPACED, read_namespaces=frozenset({"team-a"})), None, id="opted-in-namespace"
        ),
        pytest.param(Rights(profile=Profile.ESO_COMPAT), None, id="eso-compat"),
    ],
)
def test_a_policy_that_reads_secrets_needs_a_profile_that_does(policy: str, rights: Rights, says: str | None) -> None:
    plan = decide(seen(external_secret({"target": {"creationPolicy": policy}}), rights=rights), now=NOW)
    if says is None:
        assert isinstance(plan, Fetch)
    else:
        assert isinstance(plan, Refuse)
        assert plan.message.startswith(f"spec.target.creationPolicy: {policy} has to read Secrets, ")
        assert says in plan.message


@pytest.mark.parametrize("policy", ["Periodic", "OnChange", "CreatedOnce"])
def test_a_target_that_was_changed_is_made_good_under_every_policy(policy: str) -> None:
    wanted = external_secret({"refreshPolicy": policy})
    known = seen(wanted, status=synced(wanted))
    assert isinstance(decide(known, now=NOW), Wait)
    assert isinstance(decide(replace(known, target_valid=False), now=NOW), Fetch)


@pytest.mark.parametrize(
    ("store", "problem"),
    [
        pytest.param(MissingStore(KEY), "does not exist", id="missing"),
        pytest.param(UnvalidatedStore(KEY), "is not ready", id="never-validated"),
    ],
)
def test_patience_with_a_store_ends(store: StoreState, problem: str) -> None:
    known = replace(seen(external_secret(), store=store), awaiting_since=NOW - timedelta(seconds=15))
    want = Fail(f'could not get secret data from provider: SecretStore "vault" {problem}')
    assert decide(known, now=NOW) == want


@pytest.mark.parametrize(
    ("spec", "want"),
    [
        pytest.param(
            {"dataFrom": [{"sourceRef": {"generatorRef": {"kind": "Password"}}}]},
            ["spec.dataFrom[0].sourceRef.generatorRef"],
            id="generator",
        ),
        pytest.param(
            {"data": [*DATA, {**DATA[0], "sourceRef": {"generatorRef": {"kind": "Password"}}}]},
            ["spec.data[1].sourceRef.generatorRef"],
            id="generator-of-one-key",
        ),
        pytest.param(
            {
                "dataFrom": [{"sourceRef": {"generatorRef": {"kind": "Password"}}}],
                "data": [{**DATA[0], "sourceRef": {"generatorRef": {"kind": "Fake"}}}],
            },
            ["spec.dataFrom[0].sourceRef.generatorRef", "spec.data[0].sourceRef.generatorRef"],
            id="all-are-named-sorted",
        ),
        pytest.param({"target": {"template": None}, "syncWindows": None}, [], id="null-is-not-set"),
        pytest.param({"refreshPolicy": "OnChange", "target": {"deletionPolicy": "Merge"}}, [], id="supported"),
    ],
)
def test_fields_that_are_not_supported_are_named(spec: dict[str, object], want: list[str]) -> None:
    wanted = external_secret(spec)
    assert unsupported_fields(wanted.spec) == want
    plan = decide(seen(wanted, status=synced(wanted)), now=NOW)
    if want:
        assert plan == Refuse(f"{', '.join(want)}: not supported by this version of Bulkhead")
    else:
        assert not isinstance(plan, Refuse)


def test_a_secret_key_that_is_there_twice_counts_the_last_time_unless_the_policy_is_retain() -> None:
    wanted = external_secret({"data": [*DATA, *DATA], "target": {"deletionPolicy": "Delete"}})
    assert isinstance(decide(seen(wanted), now=NOW), Fetch)
    assert target_of(wanted, [value(b"1"), value(b"2")]) == WriteTarget({"password": SecretValue(b"2")})


def test_a_secret_key_that_is_there_twice_is_refused() -> None:
    plan = decide(seen(external_secret({"data": [*DATA, *DATA]})), now=NOW)
    message = 'could not get secret data from provider: spec.data: secretKey "password" is there more than once'
    assert plan == Refuse(message)


def test_an_interval_that_is_no_duration_is_refused() -> None:
    plan = decide(seen(external_secret({"refreshInterval": "soon"})), now=NOW)
    assert isinstance(plan, Refuse)
    assert plan.message.startswith("spec.refreshInterval: ")


@pytest.mark.parametrize(
    ("finalizers", "policy", "want"),
    [
        pytest.param([], "Delete", Ignore(), id="without-our-finalizer-nothing-is-done"),
        pytest.param(["other"], "Delete", Ignore(), id="a-foreign-finalizer-is-left-alone"),
        pytest.param([FINALIZER], "Delete", Release("app"), id="delete-deletes-the-target"),
        pytest.param([FINALIZER], "Retain", Release(None), id="retain-leaves-it-to-the-garbage-collector"),
    ],
)
def test_deletion(finalizers: list[str], policy: str, want: Plan) -> None:
    wanted = external_secret(
        {"target": {"deletionPolicy": policy}}, finalizers=finalizers, deletionTimestamp="2026-11-24T12:00:00Z"
    )
    assert decide(seen(wanted, store=ForeignStore()), now=NOW) == want


@pytest.mark.parametrize("policy", ["Orphan", "Merge", "CreateOrMerge", "None"])
def test_a_target_that_nobody_owns_outlives_its_external_secret(policy: str) -> None:
    wanted = external_secret(
        {"target": {"creationPolicy": policy, "deletionPolicy": "Delete"}},
        finalizers=[FINALIZER],
        deletionTimestamp="2026-11-24T12:00:00Z",
    )
    assert decide(seen(wanted), now=NOW) == Release(None)


@pytest.mark.parametrize(
    ("finalizers", "want"), [pytest.param([], True, id="missing"), pytest.param([FINALIZER], False, id="there")]
)
def test_finalizer_is_added_for_deletion_policy_delete(finalizers: list[str], want: bool) -> None:
    plan = decide(seen(external_secret({"target": {"deletionPolicy": "Delete"}}, finalizers=finalizers)), now=NOW)
    assert isinstance(plan, Fetch)
    assert plan.add_finalizer is want


def value(data: bytes) -> Value:
    return Value(SecretValue(data))


def target_of(wanted: ExternalSecret, outcomes: Sequence[Outcome]) -> TargetPlan:
    return settled(decide_target(wanted, sources_from_spec(wanted.spec), outcomes))


def test_data_overrides_data_from() -> None:
    wanted = external_secret({"dataFrom": [{"extract": {"key": "a"}}, {"extract": {"key": "b"}}]})
    fields = [{"password": b"1", "user": b"2"}, {"user": b"3"}]
    outcomes: list[Outcome] = [
        *(Fields({name: SecretValue(data) for name, data in each.items()}) for each in fields),
        value(b"4"),
    ]
    plan = target_of(wanted, outcomes)
    assert plan == WriteTarget({"password": SecretValue(b"4"), "user": SecretValue(b"3")})


GONE = SecretNotFoundError('store "team-a/vault": key "db": there is no such secret')


@pytest.mark.parametrize(
    ("policy", "outcomes", "want"),
    [
        pytest.param(
            "Retain", [GONE], Fail(f"could not get secret data from provider: {GONE.message}"), id="retain-fails"
        ),
        pytest.param("Delete", [GONE], DeleteTarget(), id="delete-deletes-when-nothing-is-left"),
        pytest.param("Merge", [GONE], WriteTarget({}), id="merge-writes-what-is-left"),
        pytest.param(
            "Delete",
            [PropertyNotFoundError("no such property")],
            Fail("could not get secret data from provider: no such property"),
            id="a-missing-property-is-no-missing-secret",
        ),
        pytest.param(
            "Delete",
            [AccessDeniedError("access denied")],
            Fail("could not get secret data from provider: access denied"),
            id="a-refusal-deletes-nothing",
        ),
    ],
)
def test_deletion_policy_when_a_secret_is_gone(policy: str, outcomes: Sequence[Outcome], want: object) -> None:
    assert target_of(external_secret({"target": {"deletionPolicy": policy}}), outcomes) == want


@pytest.mark.parametrize("policy", ["Orphan", "Merge", "CreateOrMerge", "None"])
def test_a_target_that_is_not_owned_is_not_deleted(policy: str) -> None:
    wanted = external_secret({"target": {"deletionPolicy": "Delete", "creationPolicy": policy}})
    assert target_of(wanted, [GONE]) == Refuse(
        f"could not delete secret: deletionPolicy Delete needs creationPolicy Owner, not {policy}"
    )


def test_creation_policy_none_writes_nothing() -> None:
    assert target_of(external_secret({"target": {"creationPolicy": "None"}}), [value(b"1")]) == LeaveTarget()


def test_a_find_is_converted_decoded_and_checked_as_an_extract() -> None:
    wanted = external_secret(
        {"data": [], "dataFrom": [{"find": {"name": {"regexp": "."}, "decodingStrategy": "Base64"}}]}
    )
    plan = target_of(wanted, [Fields({"a/b": SecretValue(b"bWFyaw==")})])
    assert plan == WriteTarget({"a_b": SecretValue(b"mark")})


def test_target_is_kept_when_nothing_was_asked_for() -> None:
    assert target_of(external_secret({"data": []}), []) == KeepTarget()


def test_causes_are_sorted_unique_and_few() -> None:
    errors: list[ProviderError] = [
        ThrottledError("slow down", retry_after_s=7),
        *(AccessDeniedError(f"denied {name}") for name in "cbabd"),
    ]
    data = [{"secretKey": f"k{index}", "remoteRef": {"key": "k"}} for index in range(len(errors))]
    plan = target_of(external_secret({"data": data}), errors)
    assert plan == Fail(
        "could not get secret data from provider: denied a; denied b; denied c; and others", retry_after_s=7
    )


@pytest.mark.parametrize(
    ("spec", "outcome", "message"),
    [
        pytest.param(
            {"data": [{"secretKey": "a", "remoteRef": {"key": "k", "decodingStrategy": "Base64"}}]},
            value(MARK),
            'could not get secret data from provider: spec.data[0]: key "k": the value is not Base64 as '
            "decodingStrategy says",
            id="value-does-not-decode",
        ),
        pytest.param(
            {"data": [], "dataFrom": [{"extract": {"key": "k"}}]},
            Fields({"a b": SecretValue(MARK), "a/b": SecretValue(MARK)}),
            'could not get secret data from provider: spec.dataFrom[0].extract: fields "a b" and "a/b" both become '
            'the key "a_b"',
            id="names-collide",
        ),
        pytest.param(
            {},
            Fields({}),
            "could not get secret data from provider: spec.data[0]: the provider server answered with fields instead "
            "of a value",
            id="wrong-form",
        ),
    ],
)
def test_answers_that_cannot_become_a_secret(spec: dict[str, object], outcome: Outcome, message: str) -> None:
    plan = target_of(external_secret(spec), [outcome])
    assert plan == Fail(message)
    assert MARK.decode() not in message


def test_a_plan_does_not_show_values() -> None:
    assert MARK.decode() not in repr(target_of(external_secret(), [value(MARK)]))


def test_a_template_of_what_is_written_nowhere_is_not_looked_at() -> None:
    target = {"creationPolicy": "None", "template": {"type": "kubernetes.io/service-account-token"}}
    assert isinstance(decide(seen(external_secret({"target": target})), now=NOW), Fetch)


@pytest.mark.parametrize(
    ("template", "rights", "problem"),
    [
        pytest.param(
            {"type": "kubernetes.io/service-account-token"},
            Rights(),
            "could not update secret: spec.target.template.type: Secrets of type kubernetes.io/service-account-token "
            "are credentials of the cluster and are never written",
            id="a-token-type",
        ),
        pytest.param(
            {"templateFrom": [{"literal": "a: b"}, {"literal": "a: b", "target": "Spec"}]},
            Rights(),
            'could not update secret: spec.target.template.templateFrom[1].target: "Spec" is none of Data, Labels and '
            "Annotations, which alone a Secret has",
            id="a-place-that-no-secret-has",
        ),
        pytest.param(
            {"metadata": {"finalizers": ["plain"]}},
            Rights(),
            'could not update secret: spec.target.template.metadata.finalizers: "plain" has no domain, as in '
            "example.com/name",
            id="a-finalizer-without-a-domain",
        ),
        pytest.param(
            {"templateFrom": [{"configMap": {"name": "c", "items": [{"key": "k"}]}}]},
            Rights(config_map_namespaces=frozenset({"team-b"})),
            "spec.target.template.templateFrom[0].configMap has to read ConfigMaps, which is allowed in the namespaces "
            'of the chart value templates.configMapNamespaces only, of which "team-a" is none',
            id="a-configmap-without-the-right",
        ),
        pytest.param(
            {"templateFrom": [{"literal": ""}, {"secret": {"name": "s", "items": [{"key": "k"}]}}]},
            Rights(config_map_namespaces=frozenset({"*"})),
            "spec.target.template.templateFrom[1].secret has to read Secrets, which profile strict does not allow: ask "
            "whoever deploys Bulkhead for profile namespaced",
            id="a-secret-in-strict",
        ),
    ],
)
def test_a_template_that_cannot_be_used_is_refused_before_anybody_is_asked(
    template: dict[str, object], rights: Rights, problem: str
) -> None:
    known = replace(seen(external_secret({"target": {"template": template}})), rights=rights)
    assert decide(known, now=NOW) == Refuse(problem)


@pytest.mark.parametrize("rights", ["named", "everywhere", "secrets-too", "eso-compat"])
def test_configmaps_may_be_read_where(rights: str) -> None:
    given = {
        "named": Rights(config_map_namespaces=frozenset({"team-a"})),
        "everywhere": Rights(config_map_namespaces=frozenset({"*"})),
        "secrets-too": Rights(profile=Profile.NAMESPACED, read_namespaces=frozenset({"team-a"})),
        "eso-compat": Rights(profile=Profile.ESO_COMPAT),
    }[rights]
    template = {"templateFrom": [{"configMap": {"name": "c", "items": [{"key": "k"}]}}]}
    known = replace(seen(external_secret({"target": {"template": template}})), rights=given)
    assert isinstance(decide(known, now=NOW), Fetch)
