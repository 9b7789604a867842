"""What several tests of the certcontroller need."""

import ctypes
import os
import platform
from collections.abc import Iterator
from typing import Final

import pytest

NOBODY: Final = 65534
_KEEP: Final = -1
# Linux's own call changes one thread; the C library's, and so `os.seteuid`, changes all, and the worker of pytest
# has threads that look after files of root for other tests.
_SET_USERS_OF_THREAD: Final = {"x86_64": 117, "aarch64": 147}[platform.machine()]


def _set_effective_user(user: int) -> None:
    if ctypes.CDLL(None, use_errno=True).syscall(_SET_USERS_OF_THREAD, _KEEP, user, _KEEP) != 0:
        raise OSError(ctypes.get_errno(), "setresuid")


@pytest.fixture
def ordinary_user(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let this thread, and those it starts, act with an ordinary user's rights, also where the tests run as root."""
    # pytest makes its folder with the rights that it started with.
    request.getfixturevalue("tmp_path")
    before = os.geteuid()
    if before == 0:
        _set_effective_user(NOBODY)
    yield
    if before == 0:
        _set_effective_user(before)
