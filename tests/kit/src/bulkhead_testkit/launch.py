"""What every process of `process.Process` runs first: it gives up rights, then becomes the real program.

It exists because the steps between fork and exec are unsafe in a parent that has threads (gRPC's, for one).
Run by path with `python -I -S`, so it must import nothing but the standard library. Not for use by hand.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
"""Linux, `prctl(2)`: the signal to get when the parent dies."""

_CANNOT_EXEC = 127
"""A shell's exit status for a program that cannot be run."""


def main(arguments: list[str]) -> None:
    """Become `argv` as the given user, to be killed when the parent dies.

    Args:
        arguments: the parent's process id; `uid:gid`, or `-` to stay the same user; then argv, its first
            element an absolute path.
    """
    parent, user, *argv = arguments
    if user != "-":
        uid, gid = (int(part) for part in user.split(":"))
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    # After the change of user, because the kernel clears the setting there.
    if sys.platform == "linux" and ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL) != 0:
        sys.exit("launch: prctl refused to set the parent-death signal")
    if os.getppid() != int(parent):
        sys.exit("launch: the parent died before the program was started")
    try:
        os.execv(argv[0], argv)  # noqa: S606 - no shell wanted
    except OSError as error:
        print(f"launch: {argv[0]}: {error.strerror}", file=sys.stderr)
        sys.exit(_CANNOT_EXEC)


if __name__ == "__main__":
    main(sys.argv[1:])
