"""`bulkhead render --template`: the bytes of one template, or where and why there are none."""

import io
import sys

import pytest

from bulkhead_testkit.command import Command

RENDER = ("render", "--template", "conf", "--values", "values")


@pytest.mark.parametrize(
    ("template", "values", "output"),
    [
        pytest.param("user={{ .user }}", "user: admin", b"user=admin", id="nothing-is-added"),
        pytest.param("{{ .a }}\r\n\n", "a: x", b"x\r\n\n", id="line-ends-stay"),
        pytest.param("{{ .a }}", "a: !!binary /wA=", b"\xff\0", id="bytes-that-are-no-text"),
        pytest.param("{{ .port | int | add 1 }}", "port: 5432", b"5433", id="numbers-are-text"),
        pytest.param("{{ (.db | fromJson).host }}", "db: {host: h}", b"h", id="maps-are-json"),
        pytest.param("", "", b"", id="empty"),
    ],
)
def test_output_is_exact(run: Command, template: str, values: str, output: bytes) -> None:
    ended = run(*RENDER, conf=template, values=values)
    assert (ended.status, ended.out, ended.err) == (0, output, "")


def test_other_delimiters(run: Command) -> None:
    delimiters = ("--left-delimiter", "<<", "--right-delimiter", ">>")
    assert run(*RENDER, *delimiters, conf="{{ << .a >> }}", values="a: x").out == b"{{ x }}"


def test_a_missing_key_may_have_no_value(run: Command) -> None:
    assert run(*RENDER, "--missing-key", "default", conf="{{ .a }}", values="").out == b"<no value>"


def test_the_template_may_come_from_standard_input(run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"{{ .a }}{{ .b }}")))
    ended = run("render", "--template", "-", "--values", "values", values="a: x")
    assert ended.status == 1
    assert ended.err.startswith("template: stdin:1:11: ")


def test_failure_shows_line_and_column(run: Command) -> None:
    ended = run(*RENDER, conf="a\nb\npassword={{ .absent }}\n", values="")
    assert (ended.status, ended.out) == (1, b"")
    assert ended.err == (
        'template: conf:3:12: executing "conf" at <.absent>: map has no entry for key "absent"\n'
        "  conf, line 3:\n"
        "      password={{ .absent }}\n"
        "                  ^\n"
    )


def test_failure_names_the_template_as_told(run: Command) -> None:
    assert run(*RENDER, "--name", "other", conf="{{ .a }}", values="").err.startswith("template: other:1:3:")


def test_mistake_of_syntax_shows_its_line(run: Command) -> None:
    ended = run(*RENDER, conf="a\n{{ nosuch }}", values="")
    assert ended.status == 1
    assert ended.err.startswith(
        'template: conf:2: function "nosuch" not defined\n  conf, line 2:\n      {{ nosuch }}\n'
    )


def test_whole_message_is_shown_where_values_are(run: Command) -> None:
    files = {"conf": "{{ fail .a }}", "values": "a: CANARY"}
    masked = run(*RENDER, **files)
    assert "CANARY" not in masked.err
    assert masked.err.endswith("  --show-values prints the whole message, which may quote values\n")
    whole = run(*RENDER, "--show-values", **files)
    assert whole.err.startswith('template: conf:1:3: executing "conf" at <fail .a>: error calling fail: CANARY\n')
    assert "--show-values" not in whole.err
    assert (masked.status, whole.status) == (1, 1)


def test_endless_template_ends(run: Command) -> None:
    ended = run(*RENDER, conf='{{ define "x" }}{{ template "x" }}{{ end }}{{ template "x" }}', values="")
    assert ended.status == 1
    assert "levels deep" in ended.err


def test_template_cannot_steer_the_terminal(run: Command) -> None:
    ended = run(*RENDER, "--show-values", conf="\x1b[2J{{ fail .a }}", values='a: "\\e]0;x\\a"')
    assert ended.status == 1
    assert "\x1b" not in ended.err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param(["render"], "give either --template FILE or a MANIFEST", id="nothing-to-render"),
        pytest.param(["render", "--template", "t", "es"], "give either --template FILE or a MANIFEST", id="both"),
        pytest.param(["render", "--template", "t"], "--template needs --values FILE", id="no-values"),
        pytest.param(["render", "es"], "a MANIFEST needs --data FILE", id="no-data"),
        pytest.param([*RENDER, "--data", "x"], "--data does not go with --template", id="data-of-a-template"),
        pytest.param([*RENDER, "-o", "json"], "--output does not go with --template", id="form-of-a-template"),
        pytest.param(
            ["render", "es", "--data", "d", "--missing-key", "error"],
            "--missing-key does not go with a MANIFEST",
            id="missing-key-of-a-manifest",
        ),
        pytest.param(["render", "--template", "-", "--values", "-"], "only one file", id="standard-input-twice"),
        pytest.param(["render", "--template", "none", "--values", "v"], "none: cannot be read: No such", id="no-file"),
        pytest.param(["render", "--template", "a\0b", "--values", "v"], "cannot be read", id="no-path"),
        pytest.param([], "VERB", id="no-verb"),
    ],
)
def test_wrong_usage_ends_with_status_2(run: Command, arguments: list[str], says: str) -> None:
    ended = run(*arguments)
    assert (ended.status, ended.out) == (2, b"")
    assert says in ended.err


def test_help_says_what_becomes_of_values(run: Command) -> None:
    ended = run("render", "--help")
    assert ended.status == 0
    for said in ("1.10 stays", "!!binary", "Exit status", "--show-values", "Stores are not asked", "ownerReferences"):
        assert said in ended.out.decode()
