"""The whole drill: set the scene, let the thieves loose twice, judge, and write the table."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from bulkhead_demo.drill.attacks import ATTACKS, THEMES
from bulkhead_demo.drill.facts import facts_for, facts_of
from bulkhead_demo.drill.ground import Ground, drill_ground
from bulkhead_demo.drill.installation import Installation, Place
from bulkhead_demo.drill.judge import Drilled, Judgement, judged
from bulkhead_demo.drill.model import Attempt, Process, Site, Topology
from bulkhead_demo.drill.permits import Report, permitted
from bulkhead_demo.drill.report import SITES, Results, count_line, document, unexpected_lines
from bulkhead_demo.drill.scene import Scene, clear_scene, report_of, set_scene, wait_for_syncs
from bulkhead_demo.drill.targets import targets_of
from bulkhead_demo.drill.thieves import let_loose
from bulkhead_testkit.admin import Admin
from bulkhead_testkit.toolchain import CHECKOUT

DOCUMENT: Final = CHECKOUT / "docs" / "security" / "drill.md"
_Places = Mapping[Process, Place]
_Said = Mapping[Site, Mapping[str, Attempt]]


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
        _say("victims, a backend and four installations are made", started)
        scene = set_scene(ground, admin)
        try:
            results = _hold(scene, started)
        finally:
            if not keep:
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


def _hold(scene: Scene, started: float) -> Results:
    _say("waiting until every process runs", started)
    places = {each.release: each.wait_until_running() for each in scene.installations}
    wait_for_syncs(scene)
    said: dict[str, _Said] = {}
    for each in scene.installations:
        _say(f"thieves in {each.release}", started)
        said[each.release] = let_loose(each, places[each.release], scene.seen)
    reports = {each.topology: report_of(each) for each in scene.installations if each.loosening is None}
    return {site: _judged(site, scene, places, said, reports[site.topology]) for site in SITES}


def _judged(
    site: Site, scene: Scene, places: Mapping[str, _Places], said: Mapping[str, _Said], report: Report
) -> Mapping[str, Judgement]:
    strict = _of(scene, site.topology, loose=False)
    loose = _of(scene, site.topology, loose=True)
    at = places[strict.release]
    facts = {**facts_of(strict, at, scene.seen), **facts_for(site.process, site.topology, at)}
    targets = targets_of(strict.release, strict.namespace, at, scene.seen)
    return judged(
        ATTACKS,
        Drilled(
            site=site,
            strict=said[strict.release][site],
            loose=said[loose.release][site],
            permitted=permitted(ATTACKS, report.grants_of(site.process), facts=facts, targets=targets),
        ),
    )


def _of(scene: Scene, topology: Topology, *, loose: bool) -> Installation:
    return next(
        each for each in scene.installations if each.topology is topology and (each.loosening is not None) is loose
    )


def _say(text: str, started: float) -> None:
    print(f"{time.monotonic() - started:5.0f} s  {text}", flush=True)
