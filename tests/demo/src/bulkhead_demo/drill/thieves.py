"""Puts the thief into a container and hears what it says."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from bulkhead_cluster.containers import exec_in
from bulkhead_demo.drill.attacks import ATTACKS
from bulkhead_demo.drill.facts import Surveyed, facts_for, facts_of
from bulkhead_demo.drill.installation import Installation, Place
from bulkhead_demo.drill.model import Attempt, Facts, Process, Site, plan_of
from bulkhead_demo.drill.program import thief_program

_AT_A_TIME: Final = 3
_PYTHON: Final = "/usr/bin/python3"


class ThiefError(Exception):
    """A thief could not get to work at all; the message is what its interpreter said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    kubeconfig: Path
    namespace: str
    place: Place
    plan: Sequence[Mapping[str, object]]


def let_loose(
    installed: Installation, places: Mapping[Process, Place], seen: Surveyed
) -> Mapping[Site, Mapping[str, Attempt]]:
    """Let a thief try everything in each container of an installation; gives what came of it, by thief and attack.

    Raises:
        ThiefError: one could not get to work.
    """
    facts = facts_of(installed, places, seen)
    sites = [Site(topology=installed.topology, process=process) for process in Process]
    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        said = pool.map(lambda site: _attempts(_job(installed, places, site, facts)), sites)
    return dict(zip(sites, said, strict=True))


def _job(installed: Installation, places: Mapping[Process, Place], site: Site, facts: Facts) -> _Job:
    told = {**facts, **facts_for(site.process, site.topology, places)}
    return _Job(
        kubeconfig=installed.kubeconfig,
        namespace=installed.namespace,
        place=places[site.process],
        plan=plan_of(ATTACKS, site, told),
    )


def _attempts(job: _Job) -> Mapping[str, Attempt]:
    program = thief_program(job.plan).encode()
    done = exec_in(
        job.kubeconfig,
        namespace=job.namespace,
        pod=job.place.pod,
        container=job.place.container,
        # By its length: a stream to a container cannot be closed in one direction alone.
        command=[_PYTHON, "-I", "-c", f"import sys; exec(sys.stdin.buffer.read({len(program)}))"],
        stdin=program,
    )
    if done.exit_code != 0:
        raise ThiefError(f"{job.namespace}/{job.place.container}: {done.stderr.decode()[-2000:]}")
    attempts = [msgspec.json.decode(line, type=Attempt) for line in done.stdout.splitlines()]
    return {each.id: each for each in attempts}
