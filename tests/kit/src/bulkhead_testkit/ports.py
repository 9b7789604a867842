"""Free TCP ports on the loopback interface."""

import os
import random
import socket
from collections import deque
from typing import Final

# Below the range from which Linux (from 32768) and others (from 49152) take the source ports of outgoing
# connections, so that nothing takes a port by chance between the choice and the start, or during a restart.
_LOWEST: Final = 20_000
_HIGHEST: Final = 32_000
_TRIES: Final = 200

_chosen: deque[int] = deque(maxlen=1000)
"""What this process was given lately and may not listen on yet."""


def free_port(host: str = "127.0.0.1") -> int:
    """Choose a port that nothing listens on, another one at each call.

    Chosen anew for every start: the port of a killed process can stay taken for seconds.

    Raises:
        OSError: two hundred ports in a row are taken.
    """
    for _ in range(_TRIES):
        port = random.choice(_own_ports())  # noqa: S311 - spreads, need not be unpredictable
        if port not in _chosen and _is_free(host, port):
            _chosen.append(port)
            return port
    raise OSError(f"no free port on {host} between {_LOWEST} and {_HIGHEST}")


def _own_ports() -> range:
    """Give the ports from which this process chooses: of two workers of pytest, each has its own half.

    Seconds pass between the choice and the start, in which the other one could choose the same.
    """
    count = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    # A worker in the place of one that crashed has a number beyond the count.
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % count
    width = (_HIGHEST - _LOWEST) // count
    return range(_LOWEST + number * width, _LOWEST + (number + 1) * width)


def _is_free(host: str, port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
