"""What a Pod does not keep apart, said for each Pod as it is. Pure."""

from collections.abc import Iterator, Sequence

from bulkhead_cli.boundaries.grants import Account, Metadata, Privilege
from bulkhead_cli.boundaries.installation import Installation, PodMaker
from bulkhead_cli.boundaries.pods import Container
from bulkhead_cli.boundaries.reach import is_fenced
from bulkhead_cli.boundaries.report import NotIsolated, Process


def not_isolated(pod: PodMaker, processes: Sequence[Process], seen: Installation) -> Iterator[NotIsolated]:
    """Give what nothing of this Pod's keeps apart, the most surprising first."""
    names = _listed([each.id for each in processes])
    if len(processes) > 1:
        yield NotIsolated(
            what="network",
            says=f"{names} have one network namespace: each reaches the ports of the others, loopback included, and"
            " whoever listens first on a free port has it",
        )
        yield NotIsolated(
            what="egress",
            says="network policies know Pods and not containers: what one of these processes may reach, all may",
        )
        yield NotIsolated(what="ipc", says="they have one IPC namespace and one host name")
        if pod.spec.share_process_namespace:
            yield NotIsolated(what="processes", says="they see each other's processes, environments and files")
    yield from _metadata(pod, processes, seen)
    yield from _account(pod, processes)
    yield NotIsolated(
        what="node",
        says="the node's root and its kubelet read every mount, token and memory of this Pod, and whoever may start"
        " Pods there or use nodes/proxy is not far from it",
    )
    yield NotIsolated(what="kernel", says="its containers have the node's kernel in common with all others of the node")
    yield from _memory(pod)


def _metadata(pod: PodMaker, processes: Sequence[Process], seen: Installation) -> Iterator[NotIsolated]:
    reached = sorted({each.address for process in processes for each in process.having(Metadata)})
    on_node = any(each.what == "host-network" for process in processes for each in process.having(Privilege))
    if reached:
        why = "" if is_fenced(pod, seen) or on_node else ", as no network policy narrows what it sends"
        yield NotIsolated(
            what="metadata",
            says=f"it reaches {_listed(reached)}{why}: where a cloud answers there, a process gets what the node or the"
            " Pod is given",
        )
    else:
        yield NotIsolated(
            what="enforcement",
            says="network policies hold only where the cluster's network plugin enforces them, the one that keeps it"
            " from metadata addresses too",
        )


def _account(pod: PodMaker, processes: Sequence[Process]) -> Iterator[NotIsolated]:
    own = (pod.namespace, pod.spec.account, "mounted")
    with_token = [
        each for each in processes if any((one.namespace, one.name, one.how) == own for one in each.having(Account))
    ]
    if len(processes) > 1 and with_token:
        yield NotIsolated(
            what="account",
            says=f"a Pod has one ServiceAccount; only mounts keep its tokens in {_listed([e.id for e in with_token])}",
        )


def _memory(pod: PodMaker) -> Iterator[NotIsolated]:
    unbound = [each.name for each in _containers(pod) if "memory" not in each.resources.limits]
    if unbound:
        yield NotIsolated(
            what="memory", says=f"{_listed(unbound)}: without a limit of memory, so it can starve the others"
        )
    else:
        yield NotIsolated(
            what="memory",
            says="each container has its own limit of memory, but under pressure the node evicts the whole Pod",
        )


def _containers(pod: PodMaker) -> list[Container]:
    return [*pod.spec.init_containers, *pod.spec.containers]


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
