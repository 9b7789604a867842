"""The whole drill: set the scene, let the thieves loose twice, judge, and write the table."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from bulkhead_demo.drill.attacks import ATTACKS, THEMES
from bulkhead_demo.drill.facts import Surveyed, facts_of
from bulkhead_demo.drill.ground import Ground, drill_ground
from bulkhead_demo.drill.installation import Installation, Place
from bulkhead_demo.drill.judge import Drilled, Judgement, judged
from bulkhead_demo.drill.model import Attempt, Process, Site, Topology
from bulkhead_demo.drill.permits import permitted
from bulkhead_demo.drill.report import SITES, Results, count_line, document, unexpected_lines
from bulkhead_demo.drill.scene import Scene, clear_scene, report_of, scene_in, set_scene, wait_for_syncs
from bulkhead_demo.drill.targets import targets_of
from bulkhead_demo.drill.thieves import let_loose
from bulkhead_testkit.admin import Admin
from bulkhead_testkit.toolchain import CHECKOUT

DOCUMENT: Final = CHECKOUT / "docs" / "security" / "drill.md"


def run_drill(ground: Ground, *, keep: bool = False) -> Results:
    """Hold the drill in a cluster and tell how it goes.

    Args:
        ground: the cluster; it gets namespaces that begin with `drill-` and `loose-`.
        keep: whether all of it stays, for a look around.

    Raises:
        AdminError, HelmError: the scene could not be set.
        ThiefError: a thief could not get to work.
    """
    started = time.monotonic()
    with Admin(ground.kubeconfig) as admin:
        scene = scene_in(ground, admin)
        try:
            _say("victims, a backend and four installations are made", started)
            seen = set_scene(scene)
            results = _hold(scene, seen, started)
        finally:
            if not (keep or ground.passing):
                clear_scene(scene)
    for line in unexpected_lines(results):
        print(line)
    print(count_line(results), flush=True)
    return results


def hold_drill(*, keep: bool = False) -> bool:
    """Hold the drill where `drill_ground` says and write the table if all is as expected; says whether it is.

    Raises:
        DemoError, ClusterError: there is no ground for it.
        AdminError, HelmError, ThiefError: as `run_drill`.
    """
    with drill_ground() as ground:
        results = run_drill(ground, keep=keep)
    if unexpected_lines(results):
        return False
    write_document(results)
    return True


def write_document(results: Results, path: Path = DOCUMENT) -> None:
    """Write the table."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(document(THEMES, results))


def _hold(scene: Scene, seen: Surveyed, started: float) -> Results:
    _say("waiting until every process runs", started)
    places = {each.release: each.wait_until_running() for each in scene.installations}
    wait_for_syncs(scene)
    said: dict[str, Mapping[Site, Mapping[str, Attempt]]] = {}
    for each in scene.installations:
        _say(f"thieves in {each.release}", started)
        said[each.release] = let_loose(each, places[each.release], seen)
    results: dict[Site, Mapping[str, Judgement]] = {}
    for topology in Topology:
        strict, loose = _pair(scene, topology)
        permits = _permits(strict, places[strict.release], seen)
        for site, attempts in said[strict.release].items():
            drilled = Drilled(
                site=site, strict=attempts, loose=said[loose.release][site], permitted=permits[site.process]
            )
            results[site] = judged(ATTACKS, drilled)
    return {site: results[site] for site in SITES}


def _permits(
    installed: Installation, places: Mapping[Process, Place], seen: Surveyed
) -> Mapping[Process, frozenset[str]]:
    """Give the ids of the attacks that the boundary report permits, by process."""
    report = report_of(installed)
    facts = facts_of(installed, places, seen)
    targets = targets_of(installed.release, installed.namespace, places, seen)
    return {process: permitted(ATTACKS, report.grants_of(process), facts=facts, targets=targets) for process in Process}


def _pair(scene: Scene, topology: Topology) -> tuple[Installation, Installation]:
    """Give the installation of a topology as it is, and the loosened one."""
    strict, loose = sorted(
        (each for each in scene.installations if each.topology is topology), key=lambda each: each.loosening is not None
    )
    return strict, loose


def _say(text: str, started: float) -> None:
    print(f"{time.monotonic() - started:5.0f} s  {text}", flush=True)
