"""The table of the drill, as docs/security/drill.md shows it: the same for the same outcome, on any machine. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from bulkhead_demo.drill.judge import AS_EXPECTED, Judgement, Verdict
from bulkhead_demo.drill.model import Attack, Process, Site, Topology

Results = Mapping[Site, Mapping[str, Judgement]]
"""Judgements by thief and attack."""

SITES: Final = tuple(Site(topology=topology, process=process) for topology in Topology for process in Process)
"""All thieves, in the order of the columns."""

_INTRODUCTION: Final = """\
# The drill: a thief in every container

Made by `make drill`; do not edit. It installs the chart on a real node and puts a thief into each container: a program
in the container's own Python, run there by `exec`, with the container's user, files, sockets, tokens and network and
nothing else. The thief tries what the rows say.

- **permitted**: what `bulkhead boundaries` lists for this process, and only that. It was done.
- **api server**, **network**, **files**, **kernel**, **provider**, **backend**: refused, and by whom: the API server
  (rights and admission policies), the NetworkPolicy, what is mounted and who owns it, the kernel (user, capabilities,
  seccomp, what is masked), the provider server (certificate, policy file) or the backend (credential, policy).
- **·**: not tried, because the thing is the thief's own, or is not there in this topology.

Each attack was tried first in an installation that was loosened on purpose, with the same images and programs: every
right, root and all capabilities, every volume in every container, one process namespace for a Pod, no admission policy,
no NetworkPolicy, open policy files. There each of them **succeeded**; one that does not proves nothing and fails the
drill.
"""


def document(themes: Mapping[str, Sequence[Attack]], results: Results) -> str:
    """Write the document.

    Args:
        themes: the attacks, by what the tables are called.
        results: of every thief in `SITES`.
    """
    count = sum(map(len, themes.values()))
    parts = [_INTRODUCTION, f"{count} attacks by {len(Process)} thieves in {len(Topology)} topologies.\n"]
    for topology in Topology:
        parts.append(f"## Topology `{topology}`\n")
        for theme, attacks in themes.items():
            parts.append(f"### {theme}\n\n{_table(attacks, results, topology)}\n")
    return "\n".join(parts)


def count_line(results: Results) -> str:
    """Count what became of all attempts, in one line."""
    counts = Counter(each.verdict for by_attack in results.values() for each in by_attack.values())
    tried = sum(counts.values()) - counts[Verdict.NOT_TRIED]
    unexpected = sum(count for verdict, count in counts.items() if verdict not in AS_EXPECTED)
    return (
        f"{tried} attempts: {counts[Verdict.REFUSED]} refused, {counts[Verdict.PERMITTED]} permitted and done, "
        f"{unexpected} not as expected"
    )


def unexpected_lines(results: Results) -> Sequence[str]:
    """Tell each attempt that was not as expected, in the table's order."""
    return [
        f"{site.topology} {site.process}: {attack}: {each.verdict}: {each.why}"
        for site, by_attack in results.items()
        for attack, each in by_attack.items()
        if each.verdict not in AS_EXPECTED
    ]


def _table(attacks: Iterable[Attack], results: Results, topology: Topology) -> str:
    sites = [site for site in SITES if site.topology is topology]
    head = ["attack", "the thief tries to", *(site.process for site in sites)]
    rows = [
        [f"`{attack.id}`", attack.does, *(_cell(results[site][attack.id]) for site in sites)]
        for attack in attacks
        if topology in attack.topologies
    ]
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *rows]) + "\n"


def _cell(judgement: Judgement) -> str:
    match judgement.verdict:
        case Verdict.REFUSED:
            return judgement.by
        case Verdict.NOT_TRIED:
            return "·"
        case Verdict.PERMITTED:
            return "**permitted**"
        case _:
            return f"**{judgement.verdict}**"
