"""What `bulkhead boundaries` tells of the chart: the walls that documents promise, in every profile and topology."""

import functools
import json
import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest
import yaml

from bulkhead_cli.__main__ import main
from bulkhead_cli.boundaries.compare import compare
from bulkhead_cli.boundaries.document import json_of_report
from bulkhead_cli.boundaries.extract import report_from
from bulkhead_cli.boundaries.grants import Account, ApiRight, Credential, Grant, Identity, Metadata, Privilege, Shares
from bulkhead_cli.boundaries.installation import installation_from
from bulkhead_cli.boundaries.manifests import manifests_of
from bulkhead_cli.boundaries.report import Process, Report
from bulkhead_testkit.binaries import helm_binary
from bulkhead_testkit.command import Command
from bulkhead_testkit.controlplane import ControlPlane
from bulkhead_testkit.helm import CHART, run_helm
from bulkhead_testkit.toolchain import CHECKOUT

pytestmark = pytest.mark.slow

NAMESPACE: Final = "bulkhead-system"
PROFILES: Final[Mapping[str, Mapping[str, object]]] = {
    "strict": {},
    "namespaced": {"profile": "namespaced", "profileNamespaces": ["team-a"]},
    "eso-compat": {"profile": "eso-compat"},
}
TOPOLOGIES: Final = ("sidecar", "isolated")
PROVIDERS: Final = {
    "vault": {
        "credential": {"existingSecret": "vault-credential"},
        "policy": {"hosts": ["https://vault.example.org:8200"]},
    }
}


def rendered(values: Mapping[str, object]) -> Report:
    text = run_helm(["template", "bulkhead", str(CHART), "--namespace", NAMESPACE], values=values)
    return report_from(installation_from(manifests_of("chart", text.encode()), namespace=NAMESPACE))


@functools.cache
def report(profile: str, topology: str) -> Report:
    return rendered({"topology": topology, "providers": PROVIDERS, **PROFILES[profile]})


def process(profile: str, topology: str, name: str) -> Process:
    return next(each for each in report(profile, topology).processes if each.id == name)


both_topologies = pytest.mark.parametrize("topology", TOPOLOGIES)
every_profile = pytest.mark.parametrize("profile", PROFILES)


def having(profile: str, topology: str, *kinds: type[Grant]) -> set[str]:
    return {
        each.grant_id(grant)
        for each in report(profile, topology).processes
        for grant in each.grants
        if isinstance(grant, kinds)
    }


@both_topologies
@every_profile
def test_no_process_has_a_privilege_or_reaches_metadata(profile: str, topology: str) -> None:
    assert having(profile, topology, Privilege, Metadata) == set()


@both_topologies
@every_profile
def test_processes_share_no_user_and_no_process_namespace(profile: str, topology: str) -> None:
    shared = [s for each in report(profile, topology).processes for s in each.having(Shares)]
    assert not [s for s in shared if s.what in ("user", "processes")]


@both_topologies
@pytest.mark.parametrize("profile", ["strict", "namespaced"])
def test_a_credential_is_in_one_process(profile: str, topology: str) -> None:
    assert having(profile, topology, Credential) == {f"provider-vault/credential/secret/{NAMESPACE}/vault-credential"}


@both_topologies
@pytest.mark.parametrize("profile", ["strict", "namespaced"])
def test_every_process_has_its_own_identity_and_the_certcontroller_all(profile: str, topology: str) -> None:
    held = {each.id: {one.uri for one in each.having(Identity)} for each in report(profile, topology).processes}
    everything = held.pop("certcontroller")
    assert "spiffe://bulkhead.local/*" in everything
    assert held == {
        "controller": {"spiffe://bulkhead.local/controller"},
        "provider-fake": {"spiffe://bulkhead.local/provider/fake"},
        "provider-vault": {"spiffe://bulkhead.local/provider/vault"},
        "webhook": {"spiffe://bulkhead.local/webhook", "spiffe://bulkhead.local/webhook/server"},
        # Of helm test: it has the webhook's roots and nobody's key.
        "probe": set(),
    }


@both_topologies
@every_profile
def test_only_controller_and_certcontroller_are_somebody_at_the_api_server(profile: str, topology: str) -> None:
    assert having(profile, topology, Account) == {
        f"controller/account/{NAMESPACE}/bulkhead-controller",
        f"certcontroller/account/{NAMESPACE}/bulkhead-certcontroller",
    }


@both_topologies
@pytest.mark.parametrize(
    ("profile", "reads"),
    [
        pytest.param("strict", set(), id="strict"),
        pytest.param("namespaced", {"secrets/read/team-a/*/api"}, id="namespaced"),
        pytest.param("eso-compat", {"secrets/read/*/*/api"}, id="eso-compat"),
    ],
)
def test_the_controller_reads_the_secrets_of_its_profile(profile: str, reads: set[str], topology: str) -> None:
    secrets = process(profile, topology, "controller").secrets
    assert {each.key for each in secrets if each.access == "read" and each.how == "api"} == reads


@both_topologies
@every_profile
def test_every_right_to_write_secrets_everywhere_is_fenced(profile: str, topology: str) -> None:
    writes = [
        right
        for each in report(profile, topology).processes
        for right in each.having(ApiRight)
        if right.resource == "secrets" and right.name == "*" and right.verb in ("create", "update", "delete")
    ]
    assert writes
    assert {right.fenced_by for right in writes if right.verb != "delete"} == {("bulkhead-secrets",)}


@pytest.mark.parametrize(("topology", "others"), [("sidecar", 2), ("isolated", 0)], ids=TOPOLOGIES)
def test_a_network_is_shared_in_one_topology_alone(topology: str, others: int) -> None:
    shared = [each for each in process("strict", topology, "provider-vault").having(Shares) if each.what == "network"]
    assert len(shared) == others


def test_the_isolated_topology_gives_no_process_anything_but_ways_to_the_pods_that_are_new() -> None:
    comparison = compare(report("strict", "sidecar"), report("strict", "isolated"))
    kinds = {change.what.__struct_config__.tag for change in comparison.widened}
    assert kinds == {"reaches", "admits"}
    assert {change.what.peer.namespaces for change in comparison.widened} == {  # type: ignore[union-attr]  # as above
        (f"kubernetes.io/metadata.name={NAMESPACE}",)
    }


def test_a_cluster_tells_the_same_as_the_chart_that_was_installed(
    installed_plane: ControlPlane, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    where = ["--live", "--kubeconfig", str(installed_plane.admin_kubeconfig)]
    assert main(["boundaries", *where, "-o", "json"]) == 0
    said = json.loads(capsysbinary.readouterr().out)
    # The Pod of helm test is there while it runs.
    values = {"webhook": {"enabled": False}, "validationPolicies": {"enabled": False}, "helmTest": {"enabled": False}}
    assert said == json.loads(json_of_report(rendered(values)))


PAGE: Final = (CHECKOUT / "docs" / "boundaries.md").read_text()
FILES: Final = re.findall(r"^`([\w.-]+)`:\n\n```\w*\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)
COMMANDS: Final = re.findall(
    r"^\$ bulkhead (.*?)(?: \| head -(\d+))?\n((?:(?!\$ |```).*\n)*)", PAGE, flags=re.MULTILINE
)


@pytest.mark.parametrize(("command", "head", "shown"), COMMANDS, ids=[command for command, _, _ in COMMANDS])
def test_an_example_of_the_page_prints_what_the_page_shows(
    command: str,
    head: str,
    shown: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsysbinary: pytest.CaptureFixture[bytes],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "charts").symlink_to(CHART.parent)
    monkeypatch.setenv("PATH", str(helm_binary().parent), prepend=":")
    files = dict(FILES)
    ended = Command(main, capsysbinary, tmp_path)(*shlex.split(command), **files)
    lines = ended.out.decode().splitlines(keepends=True)
    assert "".join(lines[: int(head)] if head else lines) == shown
    assert ended.err == ""


def test_the_page_tells_of_every_kind_of_grant_and_each_of_its_fields() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*)$", PAGE, flags=re.MULTILINE))
    kinds = {each.__struct_config__.tag: each.__struct_fields__ for each in Grant.__args__}
    assert kinds.keys() <= rows.keys()
    for kind, fields in kinds.items():
        for field in fields:
            assert f"`{_camel(field)}`" in rows[str(kind)], (kind, field)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(each.capitalize() for each in rest)


def test_examples_of_values_are_yaml() -> None:
    assert all(isinstance(yaml.safe_load(text), dict) for name, text in FILES if name.endswith(".yaml"))
