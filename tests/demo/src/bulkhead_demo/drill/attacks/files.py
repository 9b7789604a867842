"""Attacks on what other containers hold in files and memory, and on the node's disk."""

from collections.abc import Sequence
from typing import Final

from bulkhead_demo.drill.model import EVERYBODY, PROVIDERS, Attack, Process, Topology

_SOCKET: Final = "/run/bulkhead/providers/{name}/server/provider.sock"
_ON_NODE: Final = "/loot/node/pods/*/volumes/kubernetes.io~empty-dir/socket-{name}/server/provider.sock"
_SIDECAR: Final = frozenset({Topology.SIDECAR})


def socket_places(provider: str) -> list[str]:
    """Give the places at which a thief looks for the socket of a provider server."""
    return [place.format(name=provider) for place in (_SOCKET, _ON_NODE)]


def _find(what: str, does: str, *, whose: frozenset[Process] = frozenset(), permitted: str = "") -> Attack:
    return Attack(
        id=f"files.find-{what}",
        does=does,
        act="files.find",
        arguments={"sha256": "{sha256_" + what.replace("-", "_") + "}"},
        thieves=EVERYBODY - whose,
        permitted=permitted,
    )


def _find_token(process: Process) -> Attack:
    return Attack(
        id=f"files.find-{process}-token",
        does=f"find a token of the {process}'s ServiceAccount",
        act="files.find_token",
        arguments={"subject": "system:serviceaccount:{ns}:{release}-" + process},
        permitted=f"account {{ns}}/{{release}}-{process}",
    )


def _act(name: str, does: str, act: str, *, thieves: frozenset[Process] = EVERYBODY, **arguments: object) -> Attack:
    return Attack(id=f"files.{name}", does=does, act=act, arguments=arguments, thieves=thieves)


FILES: Final[Sequence[Attack]] = (
    _find("vault-credential", "find the vault provider's credential in a file", permitted="credential vault"),
    _find("ca-key", "find the CA's key in a file"),
    _find("controller-key", "find the controller's mTLS key in a file", permitted="identity controller"),
    _find("vault-key", "find the vault provider's mTLS key in a file", permitted="identity provider/vault"),
    _find("fake-key", "find the fake provider's mTLS key in a file", permitted="identity provider/fake"),
    _find("webhook-key", "find the webhook's serving key in a file", permitted="identity webhook/server"),
    _find("vault-policy", "find the vault provider's policy in a file", whose=frozenset({Process.VAULT})),
    _find("team-secret", "find a team's Secret in a file"),
    _find_token(Process.CONTROLLER),
    _find_token(Process.CERTCONTROLLER),
    _find_token(Process.VAULT),
    Attack(
        id="files.vault-socket",
        does="connect to the vault provider's socket",
        act="files.connect",
        arguments={"patterns": socket_places("vault")},
        thieves=EVERYBODY - {Process.VAULT},
        topologies=_SIDECAR,
        permitted="socket vault",
    ),
    Attack(
        id="files.fake-socket",
        does="connect to the fake provider's socket",
        act="files.connect",
        arguments={"patterns": socket_places("fake")},
        thieves=EVERYBODY - {Process.FAKE},
        topologies=_SIDECAR,
        permitted="socket fake",
    ),
    _act(
        "containerd",
        "connect to the container runtime",
        "files.connect",
        patterns=["/run/containerd/containerd.sock", "/loot/containerd"],
    ),
    _act(
        "node-disk",
        "look into the node's disk",
        "files.list_folder",
        patterns=["/loot/node/pods/*", "/var/lib/kubelet/pods/*", "/host/*"],
    ),
    _act("device", "open a disk of the node as a device", "files.open_disk"),
    _act("write-root", "write to the root of its file system", "files.create", folder="/"),
    _act("write-program", "change its own program on disk", "files.write_program"),
    _act("write-passwd", "add a user to its own system", "files.write", paths=["/etc/passwd"]),
    Attack(
        id="files.write-policy",
        does="widen its own policy file",
        act="kernel.overwrite",
        arguments={"paths": ["/etc/bulkhead/policy.yaml"]},
        thieves=PROVIDERS,
    ),
    Attack(
        id="files.write-roots",
        does="change the roots that it trusts",
        act="kernel.overwrite",
        arguments={"paths": ["/var/run/bulkhead/tls/ca.crt"]},
        thieves=EVERYBODY - {Process.CERTCONTROLLER},
    ),
    Attack(
        id="files.write-denylist",
        does="change the list of the revoked",
        act="kernel.overwrite",
        arguments={"paths": ["/var/run/bulkhead/tls/denylist.jws"]},
        thieves=EVERYBODY - {Process.CERTCONTROLLER},
    ),
    _act(
        "sysctl-core",
        "have core dumps given to a program of its own",
        "files.write",
        paths=["/proc/sys/kernel/core_pattern"],
    ),
    _act(
        "sysctl-forward",
        "let the node forward its packets",
        "files.write",
        paths=["/proc/sys/net/ipv4/ip_forward"],
    ),
    _act(
        "cgroup",
        "leave the limits of its container",
        "files.write",
        paths=["/sys/fs/cgroup/cgroup.procs", "/sys/fs/cgroup/memory/cgroup.procs"],
    ),
)

PROCESSES: Final[Sequence[Attack]] = (
    _act("environ", "read the environment of another container's process", "processes.environment"),
    _act("root-of-other", "look into the file system of another container", "processes.root"),
    _act("descriptors", "look at the open files of another container's process", "processes.descriptors"),
    _act("memory", "read the memory of another container's process", "processes.memory"),
    _act("trace", "attach a debugger to another container's process", "processes.trace"),
    _act("signal", "end another container's process", "processes.signal"),
    _act("enter", "enter the namespaces of another container", "processes.enter"),
)
