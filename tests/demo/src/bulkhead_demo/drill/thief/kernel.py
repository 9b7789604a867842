"""What the kernel lets the container's user do: each act takes one right and gives it back, or takes it in a child."""

import ctypes
import errno
import os
import platform
import resource
import socket
import struct
import typing
from pathlib import Path

from bulkhead_demo.drill.thief.verdict import KERNEL, RefusedError, StumbledError, refused_by_os

_SCRATCH = "/dev/shm"
_NUMBERS = {
    "x86_64": {"bpf": 321, "perf_event_open": 298, "add_key": 248, "open_by_handle_at": 304},
    "aarch64": {"bpf": 280, "perf_event_open": 241, "add_key": 217, "open_by_handle_at": 265},
}
_NEW_NAMESPACE = {"mount": 0x00020000, "user": 0x10000000, "network": 0x40000000}
_NO_NEW_PRIVS = 39
_NOBODY = 65534
_READ_ONLY, _REMOUNT, _BIND = 0x1, 0x20, 0x1000
_SIOCSIFADDR = 0x8916
_SYSLOG_READ_ALL = 3
_TIMEX_BYTES, _ADJ_TICK = 256, 0x4000


def become_root() -> str:
    """Become the user 0."""
    if os.geteuid() == 0:
        return "is"
    os.setuid(0)
    return "became"


def gain_by_program() -> str:
    """Ask whether a setuid program could give more rights."""
    if _libc().prctl(_NO_NEW_PRIVS, 0, 0, 0, 0) == 1:
        raise RefusedError(KERNEL, "no_new_privs")
    return "could"


def give_away() -> str:
    """Give a file to another user (CAP_CHOWN)."""
    path = Path(_SCRATCH) / f"drill-{os.getpid()}"
    path.touch()
    try:
        os.chown(path, _NOBODY, _NOBODY)
    finally:
        path.unlink()
    return "given"


def make_device() -> str:
    """Make the device of a disk (CAP_MKNOD)."""
    path = Path(_SCRATCH) / f"drill-disk-{os.getpid()}"
    os.mknod(path, 0o60600, os.makedev(259, 0))
    path.unlink()
    return "made"


def change_root() -> str:
    """Change its root (CAP_SYS_CHROOT)."""
    os.chroot(_SCRATCH)
    return "changed"


def unshare(*, kind: str) -> str:
    """Make a namespace of its own, in which it could have every right."""
    return _done(_libc().unshare(_NEW_NAMESPACE[kind]))


def mount() -> str:
    """Mount a file system, and take it off again."""
    _done(_libc().mount(b"none", _SCRATCH.encode(), b"tmpfs", 0, None))
    return _done(_libc().umount2(_SCRATCH.encode(), 2))


def overwrite(*, paths: typing.Sequence[str]) -> str:
    """Open one of its own configuration files for writing, after making the mount writable if need be."""
    refusal: OSError | None = None
    for path in paths:
        try:
            return _open(path)
        except OSError as error:
            refusal = refusal or error
        try:
            return _open_remounted(path)
        except OSError:
            continue
    raise refusal or RefusedError(KERNEL, "not there")


def _open(path: str) -> str:
    os.close(os.open(path, os.O_WRONLY | os.O_APPEND))
    return "open"


def _open_remounted(path: str) -> str:
    point = _mount_point(path).encode()
    _done(_libc().mount(None, point, None, _REMOUNT | _BIND, None))
    try:
        return _open(path)
    finally:
        _done(_libc().mount(None, point, None, _REMOUNT | _BIND | _READ_ONLY, None))


def call(*, number_of: str) -> str:
    """Make a system call for the powerful that does nothing; it is let through if only its arguments are wrong."""
    number = _NUMBERS[platform.machine()][number_of]
    arguments = {
        "bpf": (0, ctypes.create_string_buffer(struct.pack("IIII", 2, 4, 8, 1) + bytes(112), 128), 128),
        "perf_event_open": (ctypes.create_string_buffer(struct.pack("II", 1, 112) + bytes(104), 112), -1, 0, -1, 0),
        "add_key": (b"user", b"drill", b"x", 1, -3),
        "open_by_handle_at": (-100, ctypes.create_string_buffer(struct.pack("Ii", 8, 1) + bytes(8)), 0),
    }[number_of]
    if _libc().syscall(number, *arguments) >= 0:
        return "let through"
    code = ctypes.get_errno()
    if code in (errno.EPERM, errno.EACCES, errno.ENOSYS):
        raise OSError(code, number_of)
    return f"let through ({errno.errorcode.get(code, code)})"


def read_log() -> str:
    """Read the kernel's log."""
    if _libc().klogctl(_SYSLOG_READ_ALL, ctypes.create_string_buffer(64), 64) < 0:
        raise OSError(ctypes.get_errno(), "syslog")
    return "read"


def set_clock() -> str:
    """Set the speed of the clock (CAP_SYS_TIME), to what it is."""
    # struct timex begins with the modes; the tick of its answer is where the new one is asked for.
    timex = ctypes.create_string_buffer(_TIMEX_BYTES)
    if _libc().adjtimex(timex) < 0:
        raise OSError(ctypes.get_errno(), "adjtimex")
    struct.pack_into("I", timex, 0, _ADJ_TICK)
    if _libc().adjtimex(timex) < 0:
        raise OSError(ctypes.get_errno(), "adjtimex")
    return "set"


def raw_socket(*, family: str) -> str:
    """Open a socket that sees or makes any packet."""
    number, protocol = {"ip": (socket.AF_INET, socket.IPPROTO_ICMP), "packet": (socket.AF_PACKET, 0x0300)}[family]
    socket.socket(number, socket.SOCK_RAW, protocol).close()
    return "open"


def rename_host() -> str:
    """Change the host's name, to the one that it has."""
    socket.sethostname(socket.gethostname())
    return "changed"


def take_address() -> str:
    """Give an address to an interface (CAP_NET_ADMIN): one more of the loopback's own."""
    import fcntl

    address = struct.pack("16sHH4s8s", b"lo:9", socket.AF_INET, 0, socket.inet_aton("127.9.9.9"), b"")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, _SIOCSIFADDR, address)
    return "taken"


def dump_core(*, folders: typing.Sequence[str]) -> str:
    """Have the kernel write a crashed process's memory to the node's disk, where others read it later."""
    for folder in folders:
        if Path(folder).is_dir() and not _is_in_memory(folder) and _dumps_into(folder):
            return "written"
    raise RefusedError(KERNEL, "no core")


def _dumps_into(folder: str) -> bool:
    child = os.fork()
    if child == 0:
        os.chdir(folder)
        resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2)
        os.abort()
    _, status = os.waitpid(child, 0)
    cores = [path for path in Path(folder).glob("core*") if path.is_file()]
    for path in cores:
        path.unlink()
    return os.WCOREDUMP(status) and bool(cores)


def _is_in_memory(folder: str) -> bool:
    kinds = {line.split(" - ")[0].split()[4]: line.split(" - ")[1].split()[0] for line in _mounts()}
    return kinds[_mount_point(folder)] == "tmpfs"


def _mount_point(path: str) -> str:
    points = [line.split()[4] for line in _mounts()]
    real = os.path.realpath(path)
    return max((each for each in points if real == each or real.startswith(each.rstrip("/") + "/")), key=len)


def _mounts() -> list[str]:
    return Path("/proc/self/mountinfo").read_text().splitlines()


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _done(result: int) -> str:
    if result != 0:
        raise OSError(ctypes.get_errno(), "refused")
    return "done"


def in_child(act: typing.Callable[[], str]) -> str:
    """Let an act happen in a process of its own, as what it takes cannot be given back; ends with it.

    Raises:
        RefusedError: as the act does.
        StumbledError: the child said nothing.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, _said(act).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answers:
        said = answers.read()
    os.waitpid(child, 0)
    word, _, how = said.partition(" ")
    if word == "done":
        return how
    if word in ("refused", "stumbled"):
        raise RefusedError(*how.split("|", 1)) if word == "refused" else StumbledError(how)
    raise StumbledError("the child said nothing")


def _said(act: typing.Callable[[], str]) -> str:
    try:
        return f"done {act()}"
    except RefusedError as error:
        return f"refused {error.by}|{error.how}"
    except OSError as error:
        return f"refused {KERNEL}|{refused_by_os(KERNEL, error).how}"
    except Exception as error:  # noqa: BLE001 - the parent has to hear of it
        return f"stumbled {type(error).__name__}"
