"""What an ExternalSecret's templates make of its target, against a fake API server and fake provider servers."""

from datetime import timedelta

import pytest

from bulkhead_api.meta import ObjectMeta
from bulkhead_api.secret import Secret
from bulkhead_api.secret_value import SecretValue
from bulkhead_controller.processing import Processing
from bulkhead_controller.profile import Profile, Rights
from bulkhead_controller.requeue import Done, Retry
from bulkhead_runtime.kube.errors import ForbiddenError
from bulkhead_runtime.kube.events import ObjectKey
from bulkhead_templating import Delimiters
from bulkhead_testkit.external_secret_world import KEY, World
from bulkhead_testkit.fake_objects import WIDGET

MARK = "mark-of-a-secret"
EVERYWHERE = Rights(config_map_namespaces=frozenset({"*"}))
UPDATE = "could not update secret: "
CONFIG_MAP = ObjectKey("team-a", "shared")


@pytest.fixture
def world() -> World:
    return World(processing=Processing(rights=EVERYWHERE))


def templated(template: dict[str, object], **more: object) -> dict[str, object]:
    return {"target": {"template": template}, **more}


def from_config_map(*keys: str, **entry: object) -> dict[str, object]:
    return {"configMap": {"name": "shared", "items": [{"key": key} for key in keys]}, **entry}


def put_secret(world: World, template: bytes) -> None:
    metadata = ObjectMeta(name="shared", namespace="team-a")
    world.cluster.secrets[CONFIG_MAP] = Secret(metadata=metadata, data={"k": SecretValue(template)})


async def sync(world: World, spec: dict[str, object], **metadata: object) -> World:
    world.apply(spec, **metadata)
    await world.reconcile()
    return world


def target(world: World) -> dict[str, str]:
    return {key: value.decode() for key, value in world.target().items()}


async def test_templates_replace_the_fetched_values(world: World) -> None:
    await sync(world, templated({"data": {"url": "postgres://{{ .password | upper }}@db"}}))
    assert target(world) == {"url": f"postgres://{MARK.upper()}@db"}
    assert world.condition == ("True", "SecretSynced", "secret synced")


async def test_with_merge_the_fetched_values_stay_beside(world: World) -> None:
    await sync(world, templated({"mergePolicy": "Merge", "data": {"url": "{{ .password }}!"}}))
    assert target(world) == {"password": MARK, "url": f"{MARK}!"}


async def test_a_template_without_data_keeps_the_fetched_values(world: World) -> None:
    await sync(world, templated({"type": "example.com/made", "metadata": {"labels": {"n": "{{ len .password }}"}}}))
    secret = world.cluster.secrets[KEY]
    assert (target(world), secret.type) == ({"password": MARK}, "example.com/made")
    assert secret.metadata.labels["n"] == str(len(MARK))


async def test_metadata_is_that_of_the_template_alone(world: World) -> None:
    metadata = {"labels": {"tier": "x"}, "annotations": {"say": "{{ .password | len }}"}, "finalizers": ["a.b/c"]}
    await sync(world, templated({"metadata": metadata}), labels={"own": "1"}, annotations={"note": "1"})
    found = world.cluster.secrets[KEY].metadata
    assert {key: found.labels[key] for key in found.labels if "external-secrets" not in key} == {"tier": "x"}
    assert {key: found.annotations[key] for key in found.annotations if "external-secrets" not in key} == {
        "say": str(len(MARK))
    }
    assert found.finalizers == ["a.b/c"]


async def test_later_templates_win_and_data_wins_over_all(world: World) -> None:
    world.cluster.put_config_map(CONFIG_MAP, {"a": "first", "b": "first", "c": "first"})
    entries = [from_config_map("a", "b", "c"), {"literal": "b: second\nc: second"}]
    await sync(world, templated({"templateFrom": entries, "data": {"c": "third"}}))
    assert target(world) == {"a": "first", "b": "second", "c": "third"}


async def test_keys_and_values_of_one_text_are_rendered(world: World) -> None:
    world.cluster.put_config_map(CONFIG_MAP, {"all": "{{ .password }}-key: '{{ .password }}'\nnumber: 1.50"})
    entry = {"configMap": {"name": "shared", "items": [{"key": "all", "templateAs": "KeysAndValues"}]}}
    await sync(world, templated({"templateFrom": [entry]}))
    assert target(world) == {f"{MARK}-key": MARK, "number": "1.5"}


@pytest.mark.parametrize(
    ("target_name", "place"), [("Labels", "labels"), ("labels", "labels"), ("ANNOTATIONS", "annotations")]
)
async def test_templates_from_elsewhere_go_to_their_place(world: World, target_name: str, place: str) -> None:
    await sync(world, templated({"templateFrom": [{"literal": "a: '{{ len .password }}'", "target": target_name}]}))
    assert getattr(world.cluster.secrets[KEY].metadata, place)["a"] == str(len(MARK))
    assert target(world) == {}


async def test_outputs_from_elsewhere_are_decoded(world: World) -> None:
    world.cluster.put_config_map(CONFIG_MAP, {"k": "{{ .password | b64enc }}"})
    entries = [from_config_map("k", valuesDecodingStrategy="Base64")]
    await sync(world, templated({"templateFrom": entries}))
    assert target(world) == {"k": MARK}


async def test_an_output_that_does_not_decode_is_told_without_it(world: World) -> None:
    entries = [{"literal": "a: '{{ .password }}'", "valuesDecodingStrategy": "Base64"}]
    await sync(world, templated({"templateFrom": entries}))
    status, _, message = world.condition
    where = "spec.target.template.templateFrom[0].literal"
    problem = 'the output is not usable: key "a": the value is not Base64 as decodingStrategy says'
    assert (status, message) == ("False", f"{UPDATE}{where}: {problem}")


async def test_the_delimiters_are_those_of_the_flags() -> None:
    world = World(processing=Processing(template_delimiters=Delimiters(left="<<", right=">>")))
    await sync(world, templated({"data": {"a": "<< .password >>{{ .password }}"}}))
    assert target(world) == {"a": f"{MARK}{{{{ .password }}}}"}


@pytest.mark.parametrize(
    ("template", "message"),
    [
        pytest.param(
            {"data": {"a": "{{ .absent }}"}},
            'spec.target.template.data["a"]: template: a:1:3: executing "a" at <.absent>: map has no entry for key '
            '"absent"',
            id="a-missing-key",
        ),
        pytest.param(
            {"data": {"a": "{{ .password | fromJson | first }}"}},
            'spec.target.template.data["a"]: template: a:1:26: executing "a" at <first>: error calling first',
            id="a-failing-function",
        ),
        pytest.param(
            {"data": {"a": "{{ fail .password }}"}},
            'spec.target.template.data["a"]: template: a:1:3: executing "a" at <fail .password>: error calling fail',
            id="a-message-of-its-own",
        ),
        pytest.param(
            {"templateFrom": [{"literal": "- {{ .password }}"}]},
            "spec.target.template.templateFrom[0].literal: the output is not usable: line 1: expected a map of strings",
            id="yaml-of-another-shape",
        ),
        pytest.param(
            {"templateFrom": [from_config_map("k")]},
            'spec.target.template.templateFrom: ConfigMap "shared" is missing',
            id="a-missing-configmap",
        ),
        pytest.param(
            {"metadata": {"labels": {"a": "{{ .password }}!"}}},
            "the value of label \"a\" must be at most 63 of the characters a-z, A-Z, 0-9, '-', '_', '.', and begin and "
            "end with a letter or digit",
            id="a-label-that-is-none",
        ),
        pytest.param(
            {"type": "kubernetes.io/tls", "data": {"tls.crt": "x"}},
            'a Secret of type kubernetes.io/tls needs the key "tls.key"',
            id="a-type-without-its-key",
        ),
        pytest.param(
            {"type": "kubernetes.io/dockerconfigjson", "data": {".dockerconfigjson": "{{ .password }}"}},
            'a Secret of type kubernetes.io/dockerconfigjson needs a JSON object as the value of ".dockerconfigjson"',
            id="a-docker-config-that-is-none",
        ),
        pytest.param(
            {"templateFrom": [{"literal": '"a/b": x'}]},
            "secret key \"a/b\" must be 1 to 253 of the characters a-z, A-Z, 0-9, '-', '.', '_'",
            id="a-key-that-is-none",
        ),
        pytest.param(
            {"data": {"a": "{{ repeat 2000000 `x` }}"}}, "the Secret would be larger than 1 MiB", id="too-large"
        ),
    ],
)
async def test_what_fails_is_told_and_the_last_good_secret_stays(
    world: World, template: dict[str, object], message: str
) -> None:
    await sync(world, {})
    await sync(world, templated(template))
    status, reason, said = world.condition
    assert (status, reason) == ("False", "SecretSyncedError")
    assert said.startswith(UPDATE + message)
    assert MARK not in said
    assert target(world) == {"password": MARK}
    assert await world.reconcile() == Retry()


async def test_a_text_that_is_no_template_is_not_tried_again_before_it_changes(world: World) -> None:
    world.apply(templated({"data": {"a": "{{ if }}"}}))
    assert await world.reconcile() == Done()
    assert world.condition[2] == f'{UPDATE}spec.target.template.data["a"]: template: a:1: missing value for if'


async def test_a_text_in_a_configmap_that_is_no_template_is_tried_again(world: World) -> None:
    world.cluster.put_config_map(CONFIG_MAP, {"k": "{{"})
    world.apply(templated({"templateFrom": [from_config_map("k")]}))
    assert await world.reconcile() == Retry()


async def test_a_configmap_that_lacks_a_key_is_named(world: World) -> None:
    world.cluster.put_config_map(CONFIG_MAP, {})
    await sync(world, templated({"templateFrom": [from_config_map("k")]}))
    assert world.condition[2] == (
        f'{UPDATE}spec.target.template.templateFrom[0].configMap.items[0]: ConfigMap "shared" has no "k"'
    )


async def test_a_changed_configmap_refreshes_at_once(world: World) -> None:
    world.cluster.put_config_map(CONFIG_MAP, {"k": "old"})
    await sync(world, templated({"templateFrom": [from_config_map("k")]}))
    await world.reconcile()
    assert len(world.backends.reads) == 1
    world.cluster.put_config_map(CONFIG_MAP, {"k": "new {{ .password }}"})
    await world.reconcile()
    assert target(world) == {"k": f"new {MARK}"}
    await world.reconcile()
    assert len(world.backends.reads) == 2


@pytest.mark.parametrize(
    "spec", [{"refreshInterval": "0"}, {"refreshPolicy": "OnChange"}, {"refreshPolicy": "CreatedOnce"}]
)
async def test_a_changed_configmap_changes_nothing_where_only_the_object_makes_a_sync_due(
    world: World, spec: dict[str, object]
) -> None:
    world.cluster.put_config_map(CONFIG_MAP, {"k": "old"})
    await sync(world, templated({"templateFrom": [from_config_map("k")]}, **spec))
    world.cluster.put_config_map(CONFIG_MAP, {"k": "new"})
    await world.reconcile()
    assert target(world) == {"k": "old"}


async def test_templates_may_stand_in_a_secret_where_secrets_may_be_read() -> None:
    world = World(processing=Processing(rights=Rights(profile=Profile.ESO_COMPAT)))
    put_secret(world, b"from a Secret: {{ .password }}")
    await sync(world, templated({"templateFrom": [{"secret": {"name": "shared", "items": [{"key": "k"}]}}]}))
    assert target(world) == {"k": f"from a Secret: {MARK}"}


async def test_of_a_template_in_a_secret_no_more_is_told_than_where_it_fails() -> None:
    world = World(processing=Processing(rights=Rights(profile=Profile.ESO_COMPAT)))
    put_secret(world, b"\n{{ hidden }}")
    await sync(world, templated({"templateFrom": [{"secret": {"name": "shared", "items": [{"key": "k"}]}}]}))
    where = "spec.target.template.templateFrom[0].secret.items[0]"
    problem = "template: k:2:3: it is no template; as it stands in a Secret, no more is told"
    assert world.condition[2] == f"{UPDATE}{where}: {problem}"


async def test_a_configmap_that_may_not_be_read_is_named_once_it_has_lasted(world: World) -> None:
    world.cluster.refusals["GET configmaps"] = [ForbiddenError(403, "Forbidden")] * 9
    await sync(world, templated({"templateFrom": [from_config_map("k")]}))
    world.now += timedelta(seconds=6)
    await world.reconcile()
    assert world.condition[2] == (
        f'{UPDATE}spec.target.template.templateFrom: ConfigMap "shared" cannot be read (HTTP 403)'
    )


async def test_a_key_that_a_transform_lacks_has_no_value_and_is_no_error(world: World) -> None:
    world.backends.maps["all"] = {"a": b"1"}
    entry = {"extract": {"key": "all"}, "rewrite": [{"transform": {"template": "{{ .absent }}"}}]}
    await sync(world, {"data": [], "dataFrom": [entry]})
    assert world.condition[2].endswith("key \"<no value>\" may only hold letters, numbers, '-', '.' and '_'")


async def test_names_of_keys_are_transformed_by_a_template(world: World) -> None:
    world.backends.maps["all"] = {"db/user": b"u", "db/pass": b"p"}
    rewrite = [{"transform": {"template": "{{ .value | trimPrefix `db/` | upper }}{{ .absent }}"}}]
    await sync(world, {"data": [], "dataFrom": [{"extract": {"key": "all"}, "rewrite": rewrite}]})
    assert world.condition[2].endswith("keys may only hold letters") is False
    assert world.condition[0] == "False"
    rewrite = [
        {"transform": {"template": "{{ .value | trimPrefix `db/` | upper }}"}},
        {"regexp": {"source": "^", "target": "X"}},
    ]
    await sync(world, {"data": [], "dataFrom": [{"extract": {"key": "all"}, "rewrite": rewrite}]})
    assert target(world) == {"XUSER": "u", "XPASS": "p"}
    assert set(world.renderer.tenants) == {"team-a"}


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("same", 'rewrite[0].transform: keys "a" and "b" both become "same"'),
        ("{{ .value | nope }}", 'rewrite[0].transform: template: transform:1: function "nope" not defined'),
    ],
)
async def test_a_transform_that_fails_is_told(world: World, template: str, message: str) -> None:
    world.backends.maps["all"] = {"a": b"1", "b": b"2"}
    entry = {"extract": {"key": "all"}, "rewrite": [{"transform": {"template": template}}]}
    await sync(world, {"data": [], "dataFrom": [entry]})
    assert world.condition[2] == f"could not get secret data from provider: spec.dataFrom[0].extract: {message}"


def manifest(template: dict[str, object], kind: str = "Widget", **more: object) -> dict[str, object]:
    return {"target": {"template": template, "manifest": {"apiVersion": "example.com/v1", "kind": kind}, **more}}


@pytest.fixture
def generic() -> World:
    return World(processing=Processing(generic_targets=True, rights=EVERYWHERE))


@pytest.mark.parametrize(
    ("template", "want"),
    [
        pytest.param({"data": {"a": "{{ .password }}"}}, {"spec": {}, "data": {"a": MARK}}, id="data"),
        pytest.param(
            {"templateFrom": [{"literal": "a: {b: [1, '{{ .password }}']}", "target": "spec"}]},
            {"spec": {"a": {"b": [1, MARK]}}},
            id="the-whole-spec",
        ),
        pytest.param(
            {"templateFrom": [{"literal": "host: '{{ .password }}'", "target": "spec.rules[1].from"}]},
            {"spec": {"rules": [None, {"from": {"host": MARK}}]}},
            id="a-path",
        ),
        pytest.param(
            {"templateFrom": [from_config_map("k", target="spec.nested")]},
            {"spec": {"nested": {"a": MARK, "b": 1}}},
            id="a-value-at-a-path",
        ),
        pytest.param({"metadata": {"labels": {"a": "b"}}}, {"spec": {"data": {"password": MARK}}}, id="metadata-alone"),
    ],
)
async def test_templates_of_other_kinds(generic: World, template: dict[str, object], want: dict[str, object]) -> None:
    generic.cluster.put_config_map(CONFIG_MAP, {"k": "{a: '{{ .password }}', b: 1}"})
    await sync(generic, manifest(template))
    assert generic.condition[:2] == ("True", "ResourceSynced")
    assert content_of(generic) == want


async def test_a_fetched_value_that_looks_like_a_template_is_never_rendered(generic: World) -> None:
    generic.backends.values["db"] = b"{{ fail `x` }}"
    generic.cluster.put_config_map(CONFIG_MAP, {"k": "{{ .password }}"})
    await sync(generic, manifest({"templateFrom": [from_config_map("k", target="Data")]}))
    assert content_of(generic) == {"spec": {}, "data": {"k": "{{ fail `x` }}"}}


async def test_a_path_through_another_type_is_told(generic: World) -> None:
    entries = [{"literal": "a: text", "target": "spec"}, {"literal": "x: y", "target": "spec.a.b"}]
    await sync(generic, manifest({"templateFrom": entries}))
    assert generic.condition[2] == (
        'could not update target: failed to set path spec.a.b: expected map at key "b" but found string'
    )


def content_of(world: World) -> dict[str, object]:
    return world.objects.content(WIDGET)
