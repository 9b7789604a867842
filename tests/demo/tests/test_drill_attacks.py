"""The table of attacks: each can be carried out by the thief's program, and says what it is."""

import ast
import inspect
import json
import string
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from bulkhead_demo.drill import thief
from bulkhead_demo.drill.attacks import ATTACKS, THEMES
from bulkhead_demo.drill.facts import Surveyed, facts_for, facts_of
from bulkhead_demo.drill.installation import Installation, Place
from bulkhead_demo.drill.model import Attack, Process, Site, Topology, is_tried, plan_of
from bulkhead_demo.drill.permits import permitted
from bulkhead_demo.drill.program import thief_program
from bulkhead_demo.drill.targets import targets_of
from bulkhead_demo.drill.thief import api, calls, files, kernel, network, processes
from bulkhead_testkit.admin import Admin

MODULES = {
    "api": api, "calls": calls, "files": files, "kernel": kernel, "network": network, "processes": processes,
}  # fmt: skip
SITES = [Site(topology=topology, process=process) for topology in Topology for process in Process]


SEEN = Surveyed(
    node="node",
    node_ip="10.251.0.2",
    kubelet_port="10250",
    api_host="10.96.0.1",
    api_port="443",
    api_endpoint="10.251.0.2",
    api_endpoint_port="6443",
    dns="10.96.0.10",
    dns_pod="10.244.0.2",
    dns_labels={"k8s-app": "kube-dns"},
    openbao="10.96.0.20",
    openbao_pod="10.244.0.3",
    backend_labels={"app.kubernetes.io/name": "openbao"},
    other_backend="10.244.0.4",
    stranger="10.244.0.5",
    stranger_service="10.96.0.30",
    csr="",
    backend_url="https://openbao.openbao.svc:8200",
    backend_namespace="openbao",
    roots="",
)


class _Everything:
    """An administrator of a cluster in which everything is there."""

    def secret(self, _: str, __: str) -> SimpleNamespace:
        return SimpleNamespace(data=defaultdict(bytes, dict.fromkeys(("token", "ca.key", "tls.key"), b"x")))

    def get(self, _: str, __: type[object]) -> dict[str, object]:
        return {"data": {"policy.yaml": "x"}}


def gathered() -> set[str]:
    """Name the facts that are gathered for a thief."""
    installed = Installation(
        admin=cast("Admin", _Everything()), kubeconfig=Path("/"), topology=Topology.SIDECAR, values={}
    )
    places = {process: Place(pod="p", container="c", ip="i") for process in Process}
    return {*facts_of(installed, places, SEEN), *facts_for(Process.VAULT, Topology.SIDECAR, places)}


def texts_in(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for each in value.values():
                yield from texts_in(each)
        case list() | tuple():
            for each in value:
                yield from texts_in(each)
        case _:
            return


def test_no_two_attacks_share_an_id_or_say_the_same() -> None:
    assert len({attack.id for attack in ATTACKS}) == len(ATTACKS) == sum(map(len, THEMES.values()))
    assert len({attack.does for attack in ATTACKS}) == len(ATTACKS)


@pytest.mark.parametrize("site", SITES, ids=lambda site: f"{site.topology}-{site.process}")
def test_each_thief_tries_at_least_sixty_attacks_that_nothing_permits(site: Site) -> None:
    assert len([attack for attack in ATTACKS if is_tried(attack, site) and not attack.permitted]) >= 60


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.id)
def test_an_attack_is_an_act_of_the_thief_and_fits_its_arguments(attack: Attack) -> None:
    module, _, name = attack.act.partition(".")
    inspect.signature(getattr(MODULES[module], name)).bind(**attack.arguments)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.id)
def test_an_attack_needs_no_fact_that_is_not_gathered(attack: Attack) -> None:
    asked = [*texts_in(attack.arguments), attack.permitted]
    named = {name for text in asked for _, name, _, _ in string.Formatter().parse(text) if name}
    assert named <= gathered()


@pytest.mark.parametrize("attack", [each for each in ATTACKS if each.permitted], ids=lambda attack: attack.id)
def test_what_permits_an_attack_is_looked_up_in_words_that_are_known(attack: Attack) -> None:
    places = {process: Place(pod="p", container="c", ip="10.244.0.9") for process in Process}
    targets = targets_of("drill", "drill-system", places, SEEN)
    facts = defaultdict(str, dict.fromkeys(gathered(), "x"))
    assert permitted([attack], [], facts=facts, targets=targets) == frozenset()


def test_a_plan_holds_what_the_site_tries_with_its_facts_filled_in() -> None:
    attack = Attack(id="a.b", does="b", act="api.call", arguments={"body": {"names": ["{team}"], "n": 1}})
    elsewhere = Attack(id="a.c", does="c", act="api.call", topologies=frozenset({Topology.ISOLATED}))
    own = Attack(id="a.d", does="d", act="api.call", thieves=frozenset({Process.FAKE}))
    site = Site(topology=Topology.SIDECAR, process=Process.VAULT)

    assert plan_of([attack, elsewhere, own], site, {"team": "demo"}) == [
        {"id": "a.b", "act": "api.call", "arguments": {"body": {"names": ["demo"], "n": 1}}}
    ]


@pytest.mark.parametrize("source", sorted(Path(inspect.getfile(thief)).parent.glob("*.py")), ids=lambda path: path.name)
def test_the_thiefs_program_needs_nothing_but_the_standard_library(source: Path) -> None:
    imported = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(source.read_text()))
        for name in (
            [each.name for each in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert imported - {"bulkhead_demo"} <= sys.stdlib_module_names


def run(plan: list[dict[str, object]]) -> list[dict[str, str]]:
    program = thief_program(plan)
    done = subprocess.run(
        [sys.executable, "-I", "-"], input=program, capture_output=True, text=True, check=True, timeout=60, cwd="/"
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.slow
def test_the_program_runs_from_its_input_alone_and_tells_how_each_attempt_ended(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch(mode=0o600)
    nowhere: dict[str, object] = {"places": ["127.0.0.1:1"], "name": "x", "method": "GetInfo", "request": ""}
    said = run(
        [
            {"id": "write", "act": "files.write", "arguments": {"paths": [str(file)]}},
            {"id": "missing", "act": "files.write", "arguments": {"paths": [str(tmp_path / "none")]}},
            {"id": "closed", "act": "network.connect", "arguments": {"host": "127.0.0.1", "port": "1"}},
            {"id": "call", "act": "calls.ask", "arguments": nowhere},
            {"id": "alone", "act": "kernel.unshare", "arguments": {"kind": "none"}},
            {"id": "mistaken", "act": "files.write", "arguments": {}},
        ]
    )

    assert {each["id"]: (each["outcome"], each["by"], each["how"]) for each in said} == {
        "write": ("done", "", "open"),
        "missing": ("refused", "files", "ENOENT"),
        "closed": ("refused", "network", "ECONNREFUSED"),
        "call": ("refused", "files", "not there"),
        "alone": ("stumbled", "", "KeyError"),
        "mistaken": ("stumbled", "", "TypeError"),
    }
