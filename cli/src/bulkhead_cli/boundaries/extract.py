"""From the objects of an installation to its report. Pure."""

from collections import Counter

from bulkhead_cli.boundaries.backends import backends_of
from bulkhead_cli.boundaries.grants import Grant, Runs
from bulkhead_cli.boundaries.holdings import holdings_of
from bulkhead_cli.boundaries.installation import Installation, PodMaker
from bulkhead_cli.boundaries.isolation import not_isolated
from bulkhead_cli.boundaries.meanings import Meanings, containers_of, meanings_of
from bulkhead_cli.boundaries.privileges import privileges_of
from bulkhead_cli.boundaries.reach import reach_of
from bulkhead_cli.boundaries.report import Pod, Process, Report
from bulkhead_cli.boundaries.sharing import Placed, shares_of
from bulkhead_cli.problems import InputError


def report_from(seen: Installation) -> Report:
    """Say what each process of an installation has.

    Raises:
        InputError: there are no Pods among the objects, or a file or a policy in them cannot be understood.
    """
    if not seen.pods:
        raise InputError("no Pods and nothing that makes Pods is among the objects, so there is no process to tell of")
    everybody, meanings = _placed(seen), meanings_of(seen)
    processes = {each.id: _process(each, everybody, meanings, seen) for each in everybody}
    return Report(
        pods=tuple(_pod(each, everybody, processes, seen) for each in _in_order(seen)),
        processes=tuple(processes[name] for name in sorted(processes)),
    )


def _placed(seen: Installation) -> list[Placed]:
    times = Counter(each.name for pod in seen.pods for each in containers_of(pod))
    return [
        Placed(id=each.name if times[each.name] == 1 else f"{each.name}@{pod.id}", container=each, pod=pod)
        for pod in _in_order(seen)
        for each in containers_of(pod)
    ]


def _in_order(seen: Installation) -> list[PodMaker]:
    return sorted(seen.pods, key=lambda pod: pod.id)


def _process(placed: Placed, everybody: list[Placed], meanings: Meanings, seen: Installation) -> Process:
    held = holdings_of(placed.container, placed.pod, meanings, seen)
    grants: list[Grant] = [
        Runs(),
        *held.grants,
        *backends_of(placed.container, placed.pod, seen),
        *reach_of(placed.pod, seen),
        *shares_of(placed, everybody),
        *privileges_of(placed),
    ]
    by_key = {each.key: each for each in grants}
    return Process(
        id=placed.id,
        pod=placed.pod.id,
        user=placed.user,
        grants=tuple(by_key[key] for key in sorted(by_key)),
        fences=held.fences,
        secrets=held.secrets,
    )


def _pod(pod: PodMaker, everybody: list[Placed], processes: dict[str, Process], seen: Installation) -> Pod:
    here = [processes[each.id] for each in everybody if each.pod is pod]
    return Pod(
        id=pod.id,
        account=f"{pod.namespace}/{pod.spec.account}",
        processes=tuple(each.id for each in here),
        not_isolated=tuple(not_isolated(pod, here, seen)),
    )
