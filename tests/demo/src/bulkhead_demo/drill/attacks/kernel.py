"""Attacks on the kernel, which all containers of a node share."""

from collections.abc import Sequence
from typing import Final

from bulkhead_demo.drill.model import Attack


def _kernel(name: str, does: str, act: str, **arguments: object) -> Attack:
    return Attack(id=f"kernel.{name}", does=does, act=f"kernel.{act}", arguments=arguments)


KERNEL: Final[Sequence[Attack]] = (
    _kernel("root", "become root", "become_root"),
    _kernel("setuid", "gain rights from a setuid program", "gain_by_program"),
    _kernel("chown", "give a file to another user", "give_away"),
    _kernel("mknod", "make the device of a disk", "make_device"),
    _kernel("chroot", "change its root", "change_root"),
    _kernel("user-namespace", "make a user namespace, to be root in it", "unshare", kind="user"),
    _kernel("mount-namespace", "make a mount namespace", "unshare", kind="mount"),
    _kernel("network-namespace", "make a network namespace", "unshare", kind="network"),
    _kernel("mount", "mount a file system", "mount"),
    _kernel("bpf", "load a program into the kernel (bpf)", "call", number_of="bpf"),
    _kernel("perf", "watch other processes by performance counters", "call", number_of="perf_event_open"),
    _kernel("keyring", "use the kernel's keyring, which containers share", "call", number_of="add_key"),
    _kernel("by-handle", "open files of the node by handle", "call", number_of="open_by_handle_at"),
    _kernel("log", "read the kernel's log", "read_log"),
    _kernel("clock", "set the node's clock", "set_clock"),
    _kernel("raw-socket", "open a raw socket", "raw_socket", family="ip"),
    _kernel("packet-socket", "listen to the packets of its Pod", "raw_socket", family="packet"),
    _kernel("hostname", "change the host's name", "rename_host"),
    _kernel("address", "take a network address", "take_address"),
    _kernel(
        "core", "have its memory written to the node's disk by a crash", "dump_core", folders=["/", "/var/tmp", "/tmp"]
    ),
)
