"""`bulkhead boundaries` as it is called: inputs, forms, exit statuses, and that no value of a Secret comes out."""

import stat
from pathlib import Path
from typing import Final

import msgspec
import pytest

from bulkhead_cli.boundaries.document import DIFF_SCHEMA, SCHEMA
from bulkhead_testkit.canary import search
from bulkhead_testkit.command import Command
from bulkhead_testkit.installations import INSTALLATION, added, loosened

WIDER: Final = loosened("hosts: [", 'hosts: ["https://other:443", ')
CANARY: Final = b"canary-7f3a9c51d2"
SECRET: Final = """\
apiVersion: v1
kind: Secret
metadata: {name: vault-credential, namespace: system}
stringData: {token: canary-7f3a9c51d2}
data: {token: Y2FuYXJ5LTdmM2E5YzUxZDI=}
"""


class _Grant(msgspec.Struct, frozen=True):
    id: str
    kind: str = ""
    text: str = ""


class _Process(msgspec.Struct, frozen=True):
    id: str
    grants: list[_Grant]
    secrets: list[_Grant]


class _Printed(msgspec.Struct, frozen=True):
    schema: str
    processes: list[_Process] = []
    widens: bool = False
    widened: list[_Grant] = []
    narrowed: list[_Grant] = []


def test_manifests_are_shown_as_text(run: Command) -> None:
    ended = run("boundaries", "--manifests", "m.yaml", **{"m.yaml": INSTALLATION})
    assert (ended.status, ended.err) == (0, "")
    assert ended.out.startswith(b"PROCESS ")
    assert b"Pod of Deployment/system/b-controller" in ended.out


def test_manifests_come_from_standard_input(run: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text(INSTALLATION)
    with (tmp_path / "m.yaml").open() as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        assert run("boundaries", "--manifests", "-").status == 0


def test_json_names_its_schema_and_gives_every_grant_an_id_and_a_text(run: Command) -> None:
    ended = run("boundaries", "--manifests", "m.yaml", "-o", "json", **{"m.yaml": INSTALLATION})
    printed = msgspec.json.decode(ended.out, type=_Printed)
    assert printed.schema == SCHEMA
    grants = [grant for process in printed.processes for grant in process.grants]
    assert all(grant.id and grant.kind and grant.text for grant in grants)
    assert len({grant.id for grant in grants}) == len(grants)


def test_definitions_are_passed_over_whatever_is_in_them(run: Command) -> None:
    definition = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: [\n"
    assert run("boundaries", "--manifests", "m.yaml", **{"m.yaml": added(definition)}).status == 0


@pytest.mark.parametrize(
    ("old", "new", "status"),
    [
        pytest.param(INSTALLATION, INSTALLATION, 0, id="nothing-differs"),
        pytest.param(INSTALLATION, WIDER, 1, id="a-boundary-is-wider"),
        pytest.param(WIDER, INSTALLATION, 0, id="a-boundary-is-narrower"),
        pytest.param(INSTALLATION, "a: [", 2, id="an-input-is-bad"),
    ],
)
def test_the_exit_status_says_whether_a_boundary_is_wider(run: Command, old: str, new: str, status: int) -> None:
    assert run("boundaries", "--diff", "old", "new", old=old, new=new).status == status


def test_a_comparison_as_json_has_the_ids_of_the_report(run: Command) -> None:
    ended = run("boundaries", "--diff", "old", "new", "-o", "json", old=INSTALLATION, new=WIDER)
    printed = msgspec.json.decode(ended.out, type=_Printed)
    assert (printed.schema, printed.widens, printed.narrowed) == (DIFF_SCHEMA, True, [])
    assert [(each.id, each.kind) for each in printed.widened] == [
        ("provider-vault/backend/https://other:443", "backend")
    ]


def test_a_report_that_was_kept_is_compared(run: Command, tmp_path: Path) -> None:
    kept = run("boundaries", "--manifests", "m.yaml", "-o", "json", **{"m.yaml": INSTALLATION})
    (tmp_path / "kept.json").write_bytes(kept.out)
    assert run("boundaries", "--diff", "kept.json", "m.yaml").status == 0
    assert run("boundaries", "--diff", "kept.json", "wider", wider=WIDER).status == 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param('{"schema": "bulkhead.dev/boundaries/v9"}', "bulkhead.dev/boundaries/v9", id="of-a-newer-schema"),
        pytest.param(f'{{"schema": "{DIFF_SCHEMA}"}}', DIFF_SCHEMA, id="that-is-a-comparison"),
        pytest.param(f'{{"schema": "{SCHEMA}", "pods": 1}}', "kept.json: ", id="that-was-edited"),
    ],
)
def test_a_report_is_refused(run: Command, text: str, says: str) -> None:
    ended = run("boundaries", "--diff", "kept.json", "m.yaml", **{"kept.json": text, "m.yaml": INSTALLATION})
    assert ended.status == 2
    assert says in ended.err


HELM: Final = """\
#!/bin/sh
printf '%s\\n' "$*" >&2
if [ "$6" = --values ] && [ "$7" = bad ]; then echo 'Error: values do not fit' >&2; exit 1; fi
cat manifests
"""


def chart(folder: Path) -> None:
    (folder / "helm").write_text(HELM)
    (folder / "helm").chmod(stat.S_IRWXU)
    (folder / "manifests").write_text(INSTALLATION)


def test_a_chart_is_rendered_by_helm(run: Command, tmp_path: Path) -> None:
    chart(tmp_path)
    ended = run("boundaries", "--chart", "c", "-f", "v", "--helm", "./helm", "-n", "system", v="")
    assert ended.status == 0
    assert b"provider-vault" in ended.out


def test_what_helm_says_is_told(run: Command, tmp_path: Path) -> None:
    chart(tmp_path)
    ended = run("boundaries", "--chart", "c", "-f", "bad", "--helm", "./helm", bad="")
    assert ended.status == 2
    assert "Error: values do not fit" in ended.err


def test_a_kept_report_is_compared_with_values(run: Command, tmp_path: Path) -> None:
    chart(tmp_path)
    kept = run("boundaries", "--manifests", "m.yaml", "-o", "json", **{"m.yaml": WIDER})
    (tmp_path / "kept.json").write_bytes(kept.out)
    ended = run("boundaries", "--diff", "kept.json", "v", "--chart", "c", "--helm", "./helm", v="")
    assert (ended.status, ended.out.splitlines()[0]) == (0, b"Narrower (1):")


def test_a_missing_helm_is_named_with_what_to_do(run: Command) -> None:
    ended = run("boundaries", "--chart", "c", "--helm", "./no-such-helm")
    assert ended.status == 2
    assert "./no-such-helm: no such program" in ended.err
    assert "--manifests" in ended.err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param([], "give one of", id="no-source"),
        pytest.param(["--live", "--manifests", "m"], "give one of", id="two-sources"),
        pytest.param(["--live", "--chart", "c"], "give one of", id="a-chart-and-a-cluster"),
        pytest.param(["--manifests", "m", "-f", "v"], "-f goes with --chart", id="values-without-a-chart"),
        pytest.param(
            ["--diff", "a", "b", "--chart", "c", "-f", "v"], "not with --diff", id="values-beside-a-comparison"
        ),
        pytest.param(["--diff", "-", "-"], "standard input", id="standard-input-twice"),
        pytest.param(["--diff", "a", "b", "-o", "svg"], "svg does not go", id="a-drawn-comparison"),
        pytest.param(
            ["--manifests", "m", "--context", "c"], "--context goes with --live", id="a-context-without-a-cluster"
        ),
    ],
)
def test_wrong_usage_is_refused(run: Command, arguments: list[str], says: str) -> None:
    ended = run("boundaries", *arguments)
    assert ended.status == 2
    assert says in ended.err


@pytest.mark.parametrize("form", ["text", "json", "svg"])
def test_no_value_of_a_secret_or_a_variable_is_shown(run: Command, form: str) -> None:
    text = added(SECRET).replace(
        "args: [--trust-domain=example.org]\n",
        f"args: [--trust-domain=example.org]\n          env: [{{name: A, value: {CANARY.decode()}}}]\n",
    )
    assert text.count(CANARY.decode()) == 2
    ended = run("boundaries", "--manifests", "m.yaml", "-o", form, **{"m.yaml": text})
    assert ended.status == 0
    assert search({"out": ended.out, "err": ended.err.encode()}, CANARY) == []


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(SECRET.replace("stringData: {", "stringData: [{").replace("}\ndata", "]}\ndata"), id="yaml"),
        pytest.param(SECRET.replace("metadata: {name", "metadata: {labels: 7, name"), id="metadata"),
        pytest.param(SECRET.replace("{token: Y2FuYXJ5LTdmM2E5YzUxZDI=}", "Y2FuYXJ5LTdmM2E5YzUxZDI="), id="data"),
    ],
)
def test_no_value_of_a_secret_with_a_broken_part_is_shown(run: Command, broken: str) -> None:
    ended = run("boundaries", "--manifests", "m.yaml", **{"m.yaml": added(broken)})
    assert search({"out": ended.out, "err": ended.err.encode()}, CANARY) == []
