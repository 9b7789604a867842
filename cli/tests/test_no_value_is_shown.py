"""Without --show-values no value is on the screen, whatever goes wrong."""

import base64

import pytest

from bulkhead_testkit.command import Command, Ended

CANARY = "CANARY-7f3a"
VALUES = f'v: "{CANARY}"\nj: \'{{"a": "{CANARY}"}}\'\nb: {base64.b64encode(CANARY.encode()).decode()}\n'
HEAD = "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: es}\n"
FAILING = [
    "{{ fail .v }}",
    "{{ fail (printf `%s!` .v) }}",
    "{{ index .v 99 }}",
    "{{ .v.x }}",
    "{{ (fromJson .j).a.b }}",
    "{{ mustFromJson .v }}",
    "{{ (fromYaml .v).a.b }}",
    "{{ mustToDate `2006` .v }}",
    "{{ b64dec .v | fail }}",
    "{{ b64dec .b | fail }}",
    "{{ mustRegexMatch (printf `(%s` .v) `a` }}",
    "{{ required .v nil }}",
    "{{ pemCertificate .v }}",
    "{{ pkcs12cert .v }}",
    "{{ jwkPublicKeyPem .v }}",
    "{{ semver .v }}",
    "{{ urlParse (printf `:%s` .v) }}",
    "{{ call .v }}",
    "{{ slice .v 99 }}",
    "{{ range .v }}{{ .x }}{{ end }}",
    "{{ $x := fromJson .j }}{{ template `none` $x }}",
    "{{ .v | atoi | printf `%d` | fail }}",
    "{{ len .absent }}",
    "{{ repeat 999999999 .v }}",
]
OUTPUTS = [
    "{{ .v }}",
    "k: [{{ .v }}]",
    "k: '{{ .v }}",
    "{{ .v }}: {{ .v }}: {{ .v }}",
    "- {{ .v }}",
]
CONFLICT = """{manifest: {apiVersion: e.com/v1, kind: W}, template: {templateFrom: [
  {target: spec.a, literal: '{{ .v }}'}, {target: spec.a.b, literal: x}]}}"""
TARGETS = [
    "{template: {metadata: {labels: {l: '{{ .v }}!!'}}}}",
    "{template: {metadata: {labels: {l: '{{ .v }}'}, annotations: {a: '{{ .j }}'}}}}",
    "{template: {type: kubernetes.io/dockerconfigjson, data: {.dockerconfigjson: '{{ .v }}'}}}",
    "{template: {mergePolicy: Merge, data: {k: '{{ .v }}'}}}",
    "{manifest: {apiVersion: v1, kind: ConfigMap}}",
    "{manifest: {apiVersion: e.com/v1, kind: Widget}, template: {data: {k: '{{ .v }}'}}}",
    "{manifest: {apiVersion: e.com/v1, kind: W}, template: {templateFrom: [{target: spec.a.b, literal: '{{ .v }}'}]}}",
    CONFLICT,
    "{}",
]


def in_literal(template: str) -> str:
    """An ExternalSecret with a template of its own."""
    indented = template.replace("\n", "\n            ")
    return (
        f"{HEAD}spec:\n  target:\n    template:\n      templateFrom:\n        - literal: |-\n            {indented}\n"
    )


def assert_mute(ended: Ended) -> None:
    for shown in (ended.out.decode("utf-8", "replace"), ended.err):
        assert CANARY not in shown
        assert base64.b64encode(CANARY.encode()).decode() not in shown


@pytest.mark.parametrize("template", FAILING)
def test_failing_template_shows_no_value(run: Command, template: str) -> None:
    ended = run("render", "--template", "t", "--values", "v", t=template, v=VALUES)
    assert ended.status == 1
    assert ended.err
    assert_mute(ended)


@pytest.mark.parametrize("template", FAILING)
def test_failing_template_of_a_manifest_shows_no_value(run: Command, template: str) -> None:
    ended = run("render", "es", "--data", "v", es=in_literal(template), v=VALUES)
    assert ended.status == 1
    assert_mute(ended)


@pytest.mark.parametrize("template", OUTPUTS)
def test_output_that_is_not_usable_shows_no_value(run: Command, template: str) -> None:
    ended = run("render", "es", "--data", "v", es=in_literal(template), v=VALUES)
    assert ended.status == 1
    assert_mute(ended)


@pytest.mark.parametrize("fields", TARGETS)
@pytest.mark.parametrize("output", ["yaml", "json"])
def test_object_shows_no_value(run: Command, fields: str, output: str) -> None:
    es = f"{HEAD}spec: {{target: {fields}}}\n"
    ended = run("render", "es", "--data", "v", "-o", output, es=es, v=VALUES)
    assert ended.status in (0, 1)
    assert ended.out or ended.err
    assert_mute(ended)


@pytest.mark.parametrize("data", ['{v":"CANARY-7f3a"}', '{"v: CANARY-7f3a", "w": 1}', "v CANARY-7f3a: 1"])
def test_value_that_is_misread_as_a_key_is_not_quoted(run: Command, data: str) -> None:
    ended = run("render", "es", "--data", "v", es=f"{HEAD}spec: {{}}", v=data)
    assert ended.status == 2
    assert "quotation mark" in ended.err
    assert_mute(ended)


SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n"


@pytest.mark.parametrize(
    "secret",
    [
        f"{SECRET}data: {{k: '{CANARY}'}}",
        f"{SECRET}data: {{k: ['{CANARY}']}}",
        f"{SECRET}stringData: '{CANARY}'",
        f"{SECRET}stringData: {{k: '{CANARY}",
        f"{SECRET}stringData: {{k: '{{{{ fail `{CANARY}` }}}}'}}",
        f"{SECRET}stringData: {{k: '{{{{ {CANARY} }}}}'}}",
    ],
)
def test_secret_with_templates_is_not_quoted(run: Command, secret: str) -> None:
    es = f"{HEAD}spec: {{target: {{template: {{templateFrom: [{{secret: {{name: s, items: [{{key: k}}]}}}}]}}}}}}\n"
    ended = run("render", "es", "--data", "v", "--secret", "s", es=es, v="a: b", s=secret)
    assert ended.status in (1, 2)
    assert ended.err
    assert_mute(ended)


def test_a_defect_shows_its_class_alone(run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> bytes:
        raise RuntimeError(CANARY)

    monkeypatch.setattr("bulkhead_cli.__main__.render_template", broken)
    ended = run("render", "--template", "t", "--values", "v")
    assert ended.status == 70
    assert "RuntimeError" in ended.err
    assert_mute(ended)
