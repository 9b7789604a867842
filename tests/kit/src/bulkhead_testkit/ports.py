"""Free TCP ports on the loopback interface."""

import random
import socket
from typing import Final

# Below the range from which Linux (from 32768) and others (from 49152) take the source ports of outgoing
# connections, so that nothing takes a port by chance between the choice and the start, or during a restart.
_LOWEST: Final = 20_000
_HIGHEST: Final = 32_000
_TRIES: Final = 200


def free_port(host: str = "127.0.0.1") -> int:
    """Choose a port that nothing listens on, another one at each call as a rule.

    Chosen anew for every start: the port of a killed process can stay taken for seconds.

    Raises:
        OSError: two hundred ports in a row are taken.
    """
    for _ in range(_TRIES):
        port = random.randint(_LOWEST, _HIGHEST)  # noqa: S311 - spreads, need not be unpredictable
        if _is_free(host, port):
            return port
    raise OSError(f"no free port on {host} between {_LOWEST} and {_HIGHEST}")


def _is_free(host: str, port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
