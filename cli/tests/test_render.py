"""`bulkhead render`, called as from a shell."""

import base64
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from bulkhead_cli.__main__ import main
from bulkhead_testkit.toolchain import CHECKOUT

CANARY = "canary-of-the-command"
DATA = f"user: ada\npassword: {CANARY}\nport: 5432\n"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Write files by name and run the command among them."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str, **files: str) -> tuple[int, str, str]:
        for name, text in files.items():
            Path(name.replace("_", ".")).write_text(text)
        try:
            status = main(["render", *arguments])
        except SystemExit as end:
            status = int(end.code or 0)
        captured = capsysbinary.readouterr()
        return status, captured.out.decode("utf-8", "surrogateescape"), captured.err.decode()

    return call


def template(run: Run, text: str, values: str = DATA, *more: str) -> tuple[int, str, str]:
    return run("--template", "t.tpl", "--values", "v.yaml", *more, t_tpl=text, v_yaml=values)


def manifest(run: Run, spec: str, *more: str, data: str = DATA, **files: str) -> tuple[int, str, str]:
    head = "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: app, namespace: demo}\nspec:\n"
    return run("es.yaml", "--data", "d.yaml", *more, es_yaml=head + spec, d_yaml=data, **files)


@pytest.mark.parametrize(
    ("text", "values", "want"),
    [
        pytest.param("a {{ .user | upper }} b", DATA, "a ADA b", id="a-value"),
        pytest.param("{{ .port }}", "port: 1.50", "1.50", id="a-number-as-it-is-written"),
        pytest.param("{{ .on }}", "on: yes", "yes", id="a-boolean-as-it-is-written"),
        pytest.param("{{ .a }}", "a: [1, {b: x}]", '[1, {"b": "x"}]', id="a-list-as-json"),
        pytest.param("<{{ .a }}>", "a:", "<>", id="nothing"),
        pytest.param("{{ .a }}", "a: !!binary /w==", "\udcff", id="bytes"),
        pytest.param("{{ .a }}", '{"a": "json"}', "json", id="json"),
        pytest.param("plain", "", "plain", id="no-values"),
    ],
)
def test_a_template_is_printed_exactly(run: Run, text: str, values: str, want: str) -> None:
    assert template(run, text, values) == (0, want, "")


def test_a_template_comes_with_other_delimiters(run: Run) -> None:
    arguments = ("--left-delimiter", "<<", "--right-delimiter", ">>")
    assert template(run, "<< .user >>{{", DATA, *arguments) == (0, "ada{{", "")


@pytest.mark.parametrize(
    ("text", "want"),
    [
        pytest.param(
            "one\n\té{{ .absent }}",
            'bulkhead: template: t.tpl:2:6: executing "t.tpl" at <.absent>: map has no entry for key "absent"\n'
            "    \té{{ .absent }}\n    \t    ^\n",
            id="a-missing-key",
        ),
        pytest.param(
            "a\nb {{ nope }}\n",
            'bulkhead: template: t.tpl:2: function "nope" not defined\n    b {{ nope }}\n         ^\n',
            id="an-unknown-function",
        ),
        pytest.param(
            "{{ fail .user }}",
            'bulkhead: template: t.tpl:1:3: executing "t.tpl" at <fail .user>: error calling fail: ada\n'
            "    {{ fail .user }}\n       ^\n",
            id="a-message-of-its-own",
        ),
        pytest.param(
            '{{ define "t" }}{{ template "t" }}{{ end }}{{ template "t" }}',
            "bulkhead: t.tpl: nested more than 100 levels deep\n",
            id="one-without-end",
        ),
    ],
)
def test_a_failing_template_is_pointed_at(run: Run, text: str, want: str) -> None:
    assert template(run, text) == (1, "", want)


SIMPLE = "  target: {template: {type: example.com/x, data: {url: 'u={{ .password }}'}}}\n"


def test_a_secret_is_shown_with_its_values_masked(run: Run) -> None:
    status, out, err = manifest(run, SIMPLE)
    assert (status, err) == (0, "")
    shown = yaml.safe_load(out)
    assert shown["kind"] == "Secret"
    assert shown["type"] == "example.com/x"
    assert shown["metadata"]["name"] == "app"
    assert shown["metadata"]["namespace"] == "demo"
    assert shown["metadata"]["labels"]["reconcile.external-secrets.io/managed"] == "true"
    assert shown["data"] == {"url": f"*** ({len(CANARY) + 2} bytes)"}
    assert "data-hash" not in out


def test_values_are_shown_where_that_is_asked_for(run: Run) -> None:
    _, out, _ = manifest(run, SIMPLE, "--show-values", "-o", "json")
    shown = yaml.safe_load(out)
    assert base64.b64decode(shown["data"]["url"]).decode() == f"u={CANARY}"
    assert len(shown["metadata"]["annotations"]["reconcile.external-secrets.io/data-hash"]) == 56


def test_without_a_template_the_data_is_the_secret(run: Run) -> None:
    _, out, _ = manifest(run, "  target: {name: other}\n", "--show-values")
    shown = yaml.safe_load(out)
    assert shown["metadata"]["name"] == "other"
    assert {key: base64.b64decode(value).decode() for key, value in shown["data"].items()} == {
        "user": "ada",
        "password": CANARY,
        "port": "5432",
    }


def test_templates_come_from_the_files_that_are_given(run: Run) -> None:
    spec = (
        "  target:\n    template:\n      templateFrom:\n"
        "      - configMap: {name: c, items: [{key: k}]}\n"
        "      - secret: {name: s, items: [{key: all, templateAs: KeysAndValues}]}\n"
    )
    config_map = "{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {k: 'hello {{ .user }}'}}"
    secret = "{apiVersion: v1, kind: Secret, metadata: {name: s}, stringData: {all: 'a-{{ .user }}: \"{{ .port }}\"'}}"
    arguments = ("--configmap", "c.yaml", "--secret", "s.yaml", "--show-values")
    _, out, err = manifest(run, spec, *arguments, c_yaml=config_map, s_yaml=secret)
    assert err == ""
    assert {key: base64.b64decode(value).decode() for key, value in yaml.safe_load(out)["data"].items()} == {
        "k": "hello ada",
        "a-ada": "5432",
    }


def test_an_object_of_another_kind_is_shown_with_its_values_masked(run: Run) -> None:
    spec = (
        "  target:\n    manifest: {apiVersion: example.com/v1, kind: Widget}\n"
        "    template: {templateFrom: [{target: spec.rules, literal: '[{host: \"{{ .password }}\"}]'}]}\n"
    )
    _, masked, _ = manifest(run, spec)
    _, shown, _ = manifest(run, spec, "--show-values")
    assert yaml.safe_load(masked)["spec"] == {"rules": [{"host": f"*** ({len(CANARY)} bytes)"}]}
    assert yaml.safe_load(shown)["spec"] == {"rules": [{"host": CANARY}]}


def test_a_clusterexternalsecret_counts_as_what_it_makes(run: Run) -> None:
    owner = (
        "kind: ClusterExternalSecret\nmetadata: {name: owner}\n"
        "spec: {externalSecretName: made, externalSecretSpec: {target: {template: {data: {a: b}}}}}\n"
    )
    _, out, _ = run("es.yaml", "--data", "d.yaml", es_yaml=owner, d_yaml=DATA)
    assert yaml.safe_load(out)["metadata"]["name"] == "made"


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        pytest.param(
            "  target: {template: {data: {k: '{{ .absent }}'}}}\n",
            'spec.target.template.data["k"]: template: k:1:3: executing "k" at <.absent>: map has no entry for key '
            '"absent"\n'
            "    {{ .absent }}\n       ^\n",
            id="a-missing-key",
        ),
        pytest.param(
            "  target: {template: {data: {k: '{{ fail .password }}'}}}\n",
            "error calling fail\n    {{ fail .password }}\n       ^\n",
            id="a-message-of-its-own-without-the-value",
        ),
        pytest.param(
            "  target: {template: {templateFrom: [{literal: '- {{ .password }}'}]}}\n",
            "the output is not usable: line 1: expected a map of strings\n",
            id="no-map",
        ),
        pytest.param(
            "  target: {template: {metadata: {labels: {l: '{{ .password }} x'}}}}\n",
            'the value of label "l" must',
            id="label",
        ),
        pytest.param("  target: {template: {type: bootstrap.kubernetes.io/token}}\n", "are never written\n", id="type"),
    ],
)
def test_what_the_controller_would_refuse_is_refused_in_its_words(run: Run, spec: str, says: str) -> None:
    status, out, err = manifest(run, spec)
    assert (status, out) == (1, "")
    assert says in err
    assert CANARY not in err


@pytest.mark.parametrize(
    ("arguments", "files", "says"),
    [
        pytest.param((), {}, "give a manifest and --data", id="nothing"),
        pytest.param(("es.yaml",), {}, "--data is missing", id="no-data"),
        pytest.param(("es.yaml", "--values", "v"), {}, "--values goes with --template", id="values-for-a-manifest"),
        pytest.param(("es.yaml", "--template", "t"), {}, "--template goes with --values alone", id="both"),
        pytest.param(("--template", "t"), {}, "t: No such file or directory", id="no-such-file"),
        pytest.param(
            ("--template", "t.tpl", "--values", "v.yaml"),
            {"t_tpl": "", "v_yaml": f"{CANARY}: [\n"},
            "v.yaml: line 2: is no YAML",
            id="no-yaml",
        ),
        pytest.param(
            ("--template", "t.tpl", "--values", "v.yaml"),
            {"t_tpl": "", "v_yaml": f"- {CANARY}"},
            "v.yaml: holds no map of values by key",
            id="no-map",
        ),
        pytest.param(
            ("es.yaml", "--data", "d.yaml"),
            {"es_yaml": "kind: Pod", "d_yaml": DATA},
            "the file has no ExternalSecret and no ClusterExternalSecret",
            id="another-kind",
        ),
        pytest.param(
            ("es.yaml", "--data", "d.yaml"),
            {"es_yaml": "{kind: ExternalSecret, metadata: {name: a}, spec: {target: {name: 1}}}", "d_yaml": DATA},
            "ExternalSecret: Expected `str`, got `int` - at `$.spec.target.name`",
            id="a-field-of-another-type",
        ),
        pytest.param(
            ("es.yaml", "--data", "d.yaml"),
            {
                "es_yaml": "{kind: ExternalSecret, metadata: {name: a}}\n---\n"
                "{kind: ExternalSecret, metadata: {name: b}}",
                "d_yaml": DATA,
            },
            'the file has several ExternalSecrets; choose by --name: "a", "b"',
            id="several",
        ),
        pytest.param(
            ("es.yaml", "--data", "d.yaml"),
            {
                "es_yaml": "{kind: ExternalSecret, metadata: {name: a}, spec: {target: {template: {templateFrom: "
                "[{configMap: {name: c, items: [{key: k}]}}]}}}}",
                "d_yaml": DATA,
            },
            'ConfigMap "c" was not given; pass its manifest by --configmap FILE',
            id="a-configmap-that-was-not-given",
        ),
    ],
)
def test_what_cannot_be_used_is_said(run: Run, arguments: tuple[str, ...], files: dict[str, str], says: str) -> None:
    status, out, err = run(*arguments, **files)
    assert (status, out) == (2, "")
    assert says in err
    assert CANARY not in err


def test_the_help_says_what_is_left_out(run: Run) -> None:
    status, out, _ = run("--help")
    assert status == 0
    assert "Stores are not asked" in out


def test_the_page_about_the_command_shows_what_it_says(run: Run) -> None:
    page = (CHECKOUT / "docs/cli.md").read_text()
    shown = page.partition("```text\n")[2].partition("```")[0]
    _, _, err = run("--template", "url.tpl", url_tpl="first\nhost={{ .absent }}\n")
    assert err == shown


@pytest.mark.slow
def test_the_installed_command_renders(tmp_path: Path) -> None:
    (tmp_path / "t").write_text("{{ .a }}")
    (tmp_path / "v").write_text("a: b")
    command = Path(sys.executable).with_name("bulkhead")
    done = subprocess.run(
        [command, "render", "--template", tmp_path / "t", "--values", tmp_path / "v"], capture_output=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"b", b"")
