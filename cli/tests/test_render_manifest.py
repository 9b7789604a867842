"""`bulkhead render MANIFEST`: the object that an ExternalSecret gives, or what stands in the way."""

import base64
import json

import pytest

from bulkhead_testkit.command import Command

RENDER = ("render", "es", "--data", "data")
DATA = "user: admin\npassword: s3cret\n"
HEAD = """\
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata:
  name: db
  namespace: demo
  labels: {team: shop}
"""
PLAIN = HEAD + "spec: {}\n"
TEMPLATED = (
    HEAD
    + """\
spec:
  target:
    name: db-conf
    immutable: true
    template:
      type: example.com/db
      metadata:
        labels: {app: shop, user: "{{ .user }}"}
        annotations: {note: as written}
        finalizers: [example.com/keep]
      data:
        url: "pg://{{ .user }}:{{ .password }}@db"
      templateFrom:
        - configMap: {name: shared, items: [{key: conf}]}
        - secret: {name: hidden, items: [{key: more, templateAs: KeysAndValues}]}
        - literal: "who: {{ .user }}"
"""
)
SHARED = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: shared}\ndata: {conf: 'p={{ .password }}'}\n"
HIDDEN = "apiVersion: v1\nkind: Secret\nmetadata: {name: hidden}\nstringData: {more: 'm: {{ .user }}'}\n"
SOURCES = ("--configmap", "shared", "--secret", "hidden")
MASKED = """\
apiVersion: v1
data:
  conf: '*** (8 bytes)'
  m: '*** (5 bytes)'
  url: '*** (20 bytes)'
  who: '*** (5 bytes)'
immutable: true
kind: Secret
metadata:
  annotations:
    note: as written
    reconcile.external-secrets.io/data-hash: 2a22e458fcdd878509c2624b7b25513825ff55c2e90d49c8b686806d
  finalizers:
  - example.com/keep
  labels:
    app: shop
    reconcile.external-secrets.io/created-by: c3c1175f9808effdecd2cacf2329fdbbaf3678575e56b711f43b12c1
    reconcile.external-secrets.io/managed: "true"
    user: '*** (5 bytes)'
  name: db-conf
  namespace: demo
type: example.com/db
"""


def target(fields: str) -> str:
    """An ExternalSecret with these fields of its target, in YAML's flow style."""
    return f"{HEAD}spec: {{target: {fields}}}\n"


def test_values_are_masked(run: Command) -> None:
    ended = run(*RENDER, *SOURCES, es=TEMPLATED, data=DATA, shared=SHARED, hidden=HIDDEN)
    assert (ended.status, ended.err) == (0, "")
    assert ended.out.decode() == MASKED


def test_values_are_shown_on_demand_ready_to_apply(run: Command) -> None:
    ended = run(*RENDER, *SOURCES, "--show-values", "-o", "json", es=TEMPLATED, data=DATA, shared=SHARED, hidden=HIDDEN)
    shown = json.loads(ended.out)
    assert {key: base64.b64decode(value) for key, value in shown["data"].items()} == {
        "url": b"pg://admin:s3cret@db",
        "conf": b"p=s3cret",
        "m": b"admin",
        "who": b"admin",
    }
    assert shown["metadata"]["labels"]["user"] == "admin"
    assert "ownerReferences" not in shown["metadata"]


def test_without_a_template_the_fetched_values_are_there(run: Command) -> None:
    ended = run(*RENDER, "-o", "json", "--show-values", es=PLAIN, data="a: !!binary /w==")
    shown = json.loads(ended.out)
    assert shown["data"] == {"a": "/w=="}
    assert shown["type"] == "Opaque"
    assert shown["metadata"]["labels"]["team"] == "shop"


def test_text_that_looks_like_a_number_is_quoted_for_kubernetes(run: Command) -> None:
    ended = run(*RENDER, es=target("{template: {metadata: {labels: {a: 1e3, b: 'yes'}}}}"), data=DATA)
    assert ended.status == 1
    ended = run(*RENDER, es=target("{template: {metadata: {labels: {a: '1e3', b: 'yes'}}}}"), data=DATA)
    assert b'a: "1e3"\n    b: "yes"' in ended.out


def test_a_policy_that_does_not_own_sets_no_creator(run: Command) -> None:
    ended = run(*RENDER, "-o", "json", es=target("{creationPolicy: Orphan}"), data=DATA)
    assert "reconcile.external-secrets.io/created-by" not in json.loads(ended.out)["metadata"]["labels"]


CONFIG_MAP = "{manifest: {apiVersion: v1, kind: ConfigMap}}"
WIDGET = """{manifest: {apiVersion: example.com/v1, kind: Widget}, template: {templateFrom: [
  {target: spec.size, literal: "{cpu: 3, name: {{ .user }}, active: true, none: null, list: [{{ .user }}]}"}]}}"""


def test_a_config_map_is_masked_as_well(run: Command) -> None:
    shown = json.loads(run(*RENDER, "-o", "json", es=target(CONFIG_MAP), data=DATA).out)
    assert shown["kind"] == "ConfigMap"
    assert shown["data"] == {"user": "*** (5 bytes)", "password": "*** (6 bytes)"}


def test_leaves_of_other_kinds_are_masked(run: Command) -> None:
    shown = json.loads(run(*RENDER, "-o", "json", es=target(WIDGET), data=DATA).out)
    assert shown["spec"]["size"] == {
        "cpu": "*** (number)",
        "name": "*** (5 bytes)",
        "active": "*** (boolean)",
        "none": None,
        "list": ["*** (5 bytes)"],
    }


def test_leaves_of_other_kinds_are_shown_on_demand(run: Command) -> None:
    shown = json.loads(run(*RENDER, "--show-values", "-o", "json", es=target(WIDGET), data=DATA).out)
    assert shown["spec"]["size"] == {"cpu": 3, "name": "admin", "active": True, "none": None, "list": ["admin"]}


CLUSTER = """\
apiVersion: external-secrets.io/v1
kind: ClusterExternalSecret
metadata: {name: everywhere}
spec:
  externalSecretName: child
  externalSecretMetadata: {labels: {a: b}}
  externalSecretSpec: {target: {template: {data: {k: "{{ .user }}"}, mergePolicy: Merge}}}
"""


def test_a_cluster_external_secret_gives_what_its_children_give(run: Command) -> None:
    shown = json.loads(run(*RENDER, "-n", "here", "-o", "json", es=CLUSTER, data=DATA).out)
    assert (shown["metadata"]["name"], shown["metadata"]["namespace"]) == ("child", "here")
    assert shown["data"].keys() == {"user", "password", "k"}


def test_other_objects_of_the_file_are_passed_over(run: Command) -> None:
    several = f"# first\n---\n{SHARED}---\n{PLAIN}---\n"
    assert run(*RENDER, es=several, data=DATA).status == 0


def test_a_list_is_looked_into(run: Command) -> None:
    item = {"apiVersion": "external-secrets.io/v1", "kind": "ExternalSecret", "metadata": {"name": "db"}, "spec": {}}
    listed = json.dumps({"apiVersion": "v1", "kind": "List", "items": [item]})
    shown = json.loads(run(*RENDER, "-o", "json", es=listed, data=DATA).out)
    assert (shown["metadata"]["name"], shown["metadata"]["namespace"]) == ("db", "default")


def test_of_several_the_named_one_is_meant(run: Command) -> None:
    several = f"{PLAIN}---\n{PLAIN.replace('name: db', 'name: other')}"
    ended = run(*RENDER, es=several, data=DATA)
    assert ended.status == 2
    assert "es: holds ExternalSecret db, ExternalSecret other; say which by --name NAME" in ended.err
    shown = json.loads(run(*RENDER, "--name", "other", "-o", "json", es=several, data=DATA).out)
    assert shown["metadata"]["name"] == "other"


def test_templates_of_the_same_file_need_not_be_passed(run: Command) -> None:
    ended = run(*RENDER, es=f"{TEMPLATED}---\n{SHARED}---\n{HIDDEN}", data=DATA)
    assert ended.out.decode() == MASKED


def test_a_file_that_is_passed_counts_before_the_same_file(run: Command) -> None:
    beside = SHARED.replace("p=", "not this one ")
    ended = run(*RENDER, "--configmap", "shared", es=f"{TEMPLATED}---\n{beside}---\n{HIDDEN}", data=DATA, shared=SHARED)
    assert ended.out.decode() == MASKED


@pytest.mark.parametrize(
    ("es", "says"),
    [
        pytest.param(SHARED, "es: holds no ExternalSecret or ClusterExternalSecret", id="no-external-secret"),
        pytest.param("- a", "es: holds something else than Kubernetes objects", id="no-object"),
        pytest.param("a: 'b", "es: line 1: ", id="no-yaml"),
        pytest.param(f"{PLAIN}---\na: 'b", "es: line 9: ", id="the-line-is-that-of-the-file"),
        pytest.param(
            TEMPLATED,
            'ConfigMap "shared" is not given; pass a file with its manifest by --configmap FILE',
            id="configmap",
        ),
        pytest.param(
            f"{TEMPLATED}---\n{SHARED}",
            'Secret "hidden" is not given; pass a file with its manifest by --secret FILE',
            id="secret",
        ),
        pytest.param(
            f"{TEMPLATED}---\n{SHARED}---\n{SHARED}", "is given more than once (es, es)", id="configmap-twice"
        ),
        pytest.param(
            f"{TEMPLATED}---\n{SHARED.replace('{name: shared}', '{name: shared, namespace: far}')}",
            "that of es is in namespace far, and the ExternalSecret in demo",
            id="configmap-of-another-namespace",
        ),
    ],
)
def test_what_is_missing_is_named(run: Command, es: str, says: str) -> None:
    ended = run(*RENDER, es=es, data=DATA)
    assert (ended.status, ended.out) == (2, b"")
    assert says in ended.err


@pytest.mark.parametrize(
    ("es", "says"),
    [
        pytest.param(b'{"a\xff": 1}', "es: position 3: expected characters", id="no-utf-8"),
        pytest.param(b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "levels deep", id="deep"),
    ],
)
def test_json_that_is_none_is_told(run: Command, es: bytes, says: str) -> None:
    (run.folder / "es").write_bytes(es)
    ended = run(*RENDER, data=DATA)
    assert ended.status == 2
    assert says in ended.err


def test_a_file_without_a_config_map_is_named(run: Command) -> None:
    ended = run(*RENDER, "--configmap", "shared", es=TEMPLATED, data=DATA, shared=HIDDEN)
    assert (ended.status, ended.err) == (2, "bulkhead: shared: holds no ConfigMap of v1, as --configmap needs\n")


def test_two_namespaces_do_not_go_together(run: Command) -> None:
    ended = run(*RENDER, "-n", "other", es=PLAIN, data=DATA)
    assert (ended.status, ended.err) == (
        2,
        "bulkhead: es: ExternalSecret db: it is in namespace demo; leave out --namespace other\n",
    )


def test_a_name_that_is_not_there_is_told(run: Command) -> None:
    ended = run(*RENDER, "--name", "x", es=PLAIN, data=DATA)
    assert (ended.status, ended.err) == (
        2,
        "bulkhead: es: holds no ExternalSecret x; it holds ExternalSecret db\n",
    )


@pytest.mark.parametrize(
    ("es", "says"),
    [
        pytest.param(
            target("{template: {data: {k: '{{ .absent }}'}}}"),
            'spec.target.template.data["k"]: template: k:1:3: executing "k" at <.absent>: map has no entry for key '
            '"absent"\n  spec.target.template.data["k"], line 1:\n      {{ .absent }}\n         ^\n',
            id="template-fails",
        ),
        pytest.param(
            target("{template: {type: kubernetes.io/service-account-token}}"),
            "spec.target.template.type: Secrets of type kubernetes.io/service-account-token are credentials of the "
            "cluster and are never written\n",
            id="type-that-is-never-written",
        ),
        pytest.param(
            target("{template: {templateFrom: [{literal: x, target: Spec}]}}"),
            'spec.target.template.templateFrom[0].target: "Spec" is none of Data, Labels and Annotations, which alone '
            "a Secret has\n",
            id="place-that-a-secret-lacks",
        ),
        pytest.param(
            target("{template: {type: kubernetes.io/tls}}"),
            'a Secret of type kubernetes.io/tls needs the key "tls.crt"\n',
            id="key-that-the-type-needs",
        ),
        pytest.param(
            target("{template: {templateFrom: [{literal: 'a: [x]'}]}}"),
            "spec.target.template.templateFrom[0].literal: the output is not usable: line 1: expected a scalar as the "
            "value of a key\n",
            id="output-of-another-form",
        ),
        pytest.param(
            target("{creationPolicy: None}"), "spec.target.creationPolicy is None: nothing is", id="no-target"
        ),
        pytest.param(target("{creationPolicy: Some}"), "es: ExternalSecret db: Invalid enum value 'Some'", id="policy"),
        pytest.param(
            PLAIN.replace("io/v1", "io/v1beta1"),
            "es: ExternalSecret db: apiVersion is external-secrets.io/v1beta1, and external-secrets.io/v1 is needed\n",
            id="version",
        ),
        pytest.param(
            PLAIN.replace("  name: db\n", ""),
            "es: ExternalSecret: metadata.name is missing\n",
            id="object-without-a-name",
        ),
        pytest.param(
            CLUSTER.replace("target: {", "target: [").replace("}, mergePolicy: Merge}}}", "}, mergePolicy: Merge}]}"),
            "es: ClusterExternalSecret everywhere: spec.externalSecretSpec: Expected `object`, got `array`",
            id="spec-of-children",
        ),
    ],
)
def test_what_fails_is_told_in_the_controllers_words(run: Command, es: str, says: str) -> None:
    ended = run(*RENDER, es=es, data=DATA)
    assert (ended.status, ended.out) == (1, b"")
    assert ended.err.startswith(says)


def test_a_value_that_is_no_text_goes_into_no_other_kind(run: Command) -> None:
    ended = run(*RENDER, es=target(CONFIG_MAP), data="a: !!binary /w==")
    assert (ended.status, ended.err) == (
        1,
        'the value of "a" is not UTF-8 text; only a Secret holds other bytes\n',
    )


def test_a_template_of_a_secret_is_shown_with_values_only(run: Command) -> None:
    hidden = HIDDEN.replace("{{ .user }}", "MARK {{ .absent }}")
    files = {"es": TEMPLATED, "data": DATA, "shared": SHARED, "hidden": hidden}
    masked = run(*RENDER, *SOURCES, **files)
    assert "MARK" not in masked.err
    assert "more is told" in masked.err
    shown = run(*RENDER, *SOURCES, "--show-values", **files)
    assert "      m: MARK {{ .absent }}\n" in shown.err
    assert (masked.status, shown.status) == (1, 1)


def test_other_delimiters_hold_for_all_templates(run: Command) -> None:
    delimiters = ("--left-delimiter", "<<", "--right-delimiter", ">>")
    es = target("{template: {data: {k: '{{ << .user >> }}'}}}")
    shown = json.loads(run(*RENDER, *delimiters, "--show-values", "-o", "json", es=es, data=DATA).out)
    assert base64.b64decode(shown["data"]["k"]) == b"{{ admin }}"
