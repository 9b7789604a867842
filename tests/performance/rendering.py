"""Measures what hostile templates of one tenant cost those of others: `python tests/performance/rendering.py`.

Renders 1,000 plain templates by themselves, 32 at a time, and then beside 200 hostile ones of another tenant, of which
32 go on at a time too and all begin anew until the plain ones are done. Prints both side by side.
"""

import argparse
import asyncio
import itertools
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Final

from prometheus_client import CollectorRegistry

from bulkhead_controller.rendering.renderer import Renderer
from bulkhead_runtime.run import run
from bulkhead_target.template.job import Fault, Job, Piece, RenderError

_CONCURRENT: Final = 32
"""As many reconciles as the controller has by default."""
_TENANTS: Final = 50
_BACKOFF_S: Final = 0.05
"""Much less than the controller's own backoff."""
_HEARTBEAT_S: Final = 0.001

_PLAIN: Final = """\
[client]
user = {{ .user | quote }}
password = {{ .password | quote }}
{{- if .host }}
url = postgres://{{ .user }}:{{ .password | urlquery }}@{{ .host }}:{{ .port | default "5432" }}/{{ .name }}
{{- end }}
{{- range $host := splitList "," .hosts }}
host = {{ $host | trim | lower }}
{{- end }}
"""
_HOSTILE: Final = (
    '{{ repeat 1000000000 "x" }}',
    "{{ range until 100000000 }}{{ . }}{{ end }}",
    "{{ range 100000000 }}{{ end }}",
    '{{ define "a" }}{{ template "a" }}{{ end }}{{ template "a" }}',
    '{{ range 100 }}{{ genPrivateKey "rsa" }}{{ end }}',
    '{{ range 1000 }}{{ genPrivateKey "ecdsa" }}{{ end }}',
    '{{ printf "%99999999d" 1 }}',
    '{{ range 1000 }}{{ $x := printf "%99999d" 1 }}{{ end }}',
    '{{ range 1000 }}{{ regexMatch (printf "((a{1,%d}){1,30}){1,30}b" (add1 .)) $.big }}{{ end }}',
    '{{ regexReplaceAll "(a|b|ab)*c" .big "${1}${1}" }}',
    "{{ randBytes 1000000000 }}",
    "{{ range 1000 }}{{ randBytes 100000 | len }}{{ end }}",
    "{{ fromYaml .yaml | toYaml }}",
    "{{ range 1000 }}{{ fromYaml $.yaml | len }}{{ end }}",
    "{{ range 1000 }}{{ snakecase $.big | len }}{{ end }}",
    "{{ $x := .big }}{{ range 100 }}{{ $x = print $x $x }}{{ end }}",
    '{{ range 1000 }}{{ bcrypt "x" }}{{ end }}',
    '{{ range 1000 }}{{ derivePassword 1 "long" "a" "b" "c" }}{{ end }}',
    "{{ range 1000 }}{{ sha512sum $.big }}{{ end }}",
    "{{ $d := dict }}{{ range 1000000 }}{{ $d = set $d (print .) $d }}{{ end }}",
)
_HOSTILE_VALUES: Final = {"big": b"ab " * 9_000, "yaml": b"a: [" + b"[], " * 7_000 + b"1]"}
"""As much as the quick lane takes."""


@dataclass(slots=True)
class Measured:
    """One run."""

    took_s: list[float] = field(default_factory=list)
    """Each plain render, with its waiting."""
    blocked_s: float = 0.0
    """The longest that the event loop did nothing else."""
    blocked_at_start_s: float = 0.0
    """The same while all hostile renders begin together and the worker starts, before the first plain one."""
    whole_s: float = 0.0
    hostile: Counter[str] = field(default_factory=Counter)
    """How hostile renders ended."""


Asked = tuple[str, Job]
"""A tenant and its job."""


def plain_jobs(count: int) -> Iterator[Asked]:
    """Make jobs as applications have them: some of the same template, all with their own values."""
    for number in range(count):
        values = {"user": b"app", "password": b"p%d" % number, "host": b"db", "name": b"app", "hosts": b"A, B, C"}
        text = f"# application {number % 100}\n{_PLAIN}"
        values["port"] = b"5432"
        yield f"team-{number % _TENANTS}", Job(pieces=(Piece(name="config", text=text.encode()),), rows=(values,))


def hostile_jobs(count: int) -> list[Asked]:
    """Make jobs of one tenant, no two of the same text."""
    texts = [f"{{{{/* {number} */}}}}{text}" for number, text in zip(range(count), itertools.cycle(_HOSTILE))]
    return [("mallory", Job(pieces=(Piece(name="p", text=text.encode()),), rows=(_HOSTILE_VALUES,))) for text in texts]


async def measure(plain: int, hostile: int) -> Measured:
    """Render all plain jobs, with the hostile ones beside them."""
    measured = Measured()
    async with Renderer(registry=CollectorRegistry()) as renderer, asyncio.TaskGroup() as others:
        attacks = itertools.cycle(hostile_jobs(hostile))
        beside = [others.create_task(attack(renderer, attacks, measured)) for _ in range(_CONCURRENT if hostile else 0)]
        beside.append(others.create_task(beat(measured)))
        if hostile:
            # The attack is under way before the first plain template comes.
            await asyncio.sleep(1)
            measured.blocked_at_start_s, measured.blocked_s = measured.blocked_s, 0.0
        began, waiting = time.perf_counter(), plain_jobs(plain)
        async with asyncio.TaskGroup() as reconciles:
            for _ in range(_CONCURRENT):
                reconciles.create_task(work(renderer, waiting, measured))
        measured.whole_s = time.perf_counter() - began
        for task in beside:
            task.cancel()
    return measured


async def work(renderer: Renderer, waiting: Iterator[Asked], measured: Measured) -> None:
    """Be one of the controller's reconciles."""
    for job in waiting:
        began = time.perf_counter()
        await renderer.render(*job)
        measured.took_s.append(time.perf_counter() - began)


async def attack(renderer: Renderer, jobs: Iterator[Asked], measured: Measured) -> None:
    """Be a reconcile that the attacker keeps busy."""
    for job in jobs:
        try:
            await renderer.render(*job)
            measured.hostile["rendered"] += 1
        except RenderError as error:
            measured.hostile["refused for now" if error.fault is Fault.UNAVAILABLE else "refused"] += 1
        await asyncio.sleep(_BACKOFF_S * random.uniform(0.5, 1.5))  # noqa: S311 - no secret


async def beat(measured: Measured) -> None:
    """Watch how late the event loop comes back."""
    while True:
        began = time.perf_counter()
        await asyncio.sleep(_HEARTBEAT_S)
        measured.blocked_s = max(measured.blocked_s, time.perf_counter() - began - _HEARTBEAT_S)


def table(runs: Sequence[tuple[str, Measured]]) -> str:
    """Write the runs side by side as Markdown."""
    names = " | ".join(name for name, _ in runs)
    lines = [f"| figure | {names} |", "|---|" + "---|" * len(runs)]

    def add(figure: str, values: Sequence[str]) -> None:
        lines.append(f"| {figure} | {' | '.join(values)} |")

    def in_ms(value_s: float) -> str:
        return f"{value_s * 1000:.2f}"

    took = [sorted(run.took_s) for _, run in runs]
    add("plain render, ms, median", [in_ms(median(each)) for each in took])
    add("plain render, ms, p99", [in_ms(each[len(each) * 99 // 100]) for each in took])
    add("plain render, ms, max", [in_ms(each[-1]) for each in took])
    add("event loop blocked at most, ms", [in_ms(run.blocked_s) for _, run in runs])
    add("the same in the first second of the attack, ms", [in_ms(run.blocked_at_start_s) for _, run in runs])
    add("plain renders/s", [f"{len(run.took_s) / run.whole_s:.0f}" for _, run in runs])
    add("hostile renders that ended", [str(sum(run.hostile.values())) for _, run in runs])
    return "\n".join(lines)


async def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plain", type=int, default=1_000)
    parser.add_argument("--hostile", type=int, default=200)
    arguments = parser.parse_args()
    alone = await measure(arguments.plain, 0)
    beside = await measure(arguments.plain, arguments.hostile)
    print(table([("by themselves", alone), (f"beside {arguments.hostile} hostile ones", beside)]))
    print(dict(beside.hostile))


if __name__ == "__main__":
    # As every process of this project runs: its event loop, and its settings of the collector of garbage.
    sys.exit(run(main()))
