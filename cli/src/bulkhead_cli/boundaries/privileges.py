"""Powers over the node that a container has, and walls towards it that it lacks. Pure.

Source: Pod Security Standards, `restricted`.
"""

from collections.abc import Iterator
from typing import Final

from bulkhead_cli.boundaries.grants import Privilege
from bulkhead_cli.boundaries.mounts import mounted_in
from bulkhead_cli.boundaries.pods import PodSpec, SecurityContext
from bulkhead_cli.boundaries.sharing import Placed

PHRASES: Final = {
    "privileged": "privileged mode, so all of the node",
    "root": "the user root, or whomever its image names",
    "escalation": "the privileges of set-user-id programs",
    "capabilities-kept": "the capabilities that a container runtime leaves by default",
    "writable-root": "a root file system that it may write to",
    "seccomp-off": "every system call of the kernel",
    "host-network": "the node's network",
    "host-processes": "the node's processes",
    "host-ipc": "the node's shared memory",
}
"""What each means, after `gives it`."""

_FILTERS: Final = ("RuntimeDefault", "Localhost")


def privileges_of(process: Placed) -> Iterator[Privilege]:
    """Give what a container may do beyond a restricted one."""
    own, spec = process.container.security_context, process.pod.spec
    missing = {
        "privileged": own.privileged is True,
        "root": _may_be_root(process),
        "escalation": own.allow_privilege_escalation is not False,
        "capabilities-kept": "ALL" not in own.capabilities.drop,
        "writable-root": own.read_only_root_filesystem is not True,
        "seccomp-off": _profile(own, spec) not in _FILTERS,
        "host-network": spec.host_network,
        "host-processes": spec.host_pid,
        "host-ipc": spec.host_ipc,
    }
    yield from (Privilege(what=what) for what, is_so in missing.items() if is_so)
    yield from (Privilege(what=f"capability/{each}") for each in own.capabilities.add)
    for mounted in mounted_in(process.container, process.pod):
        if mounted.volume.host_path is not None:
            yield Privilege(what=f"host-path/{mounted.volume.host_path.path}")


def _may_be_root(process: Placed) -> bool:
    own, pod = process.container.security_context, process.pod.spec.security_context
    must_not = pod.run_as_non_root if own.run_as_non_root is None else own.run_as_non_root
    return process.user == 0 or (process.user is None and must_not is not True)


def _profile(own: SecurityContext, spec: PodSpec) -> str:
    profile = own.seccomp_profile or spec.security_context.seccomp_profile
    return profile.type if profile is not None else ""
