"""How many syncs a second the API server takes from a client that does nothing but write."""

import subprocess
from typing import Final

import msgspec

from bulkhead_demo.bench.fleet import Fleet
from bulkhead_runtime.kube.config import KubeConfig
from bulkhead_testkit.binaries import loadgen_binary

CONNECTIONS: Final = 32
_TIMEOUT_S: Final = 180.0


class LimitError(Exception):
    """The load generator failed."""


class Latency(msgspec.Struct, frozen=True, kw_only=True):
    """Of one sync, which is two writes, in milliseconds."""

    p50: float
    p99: float


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """What the load generator reports: a POST of a Secret and a merge patch of a status are one sync."""

    syncs_per_s: float
    seconds: float
    latency_ms: Latency


def measure_limit(config: KubeConfig, fleet: Fleet) -> Limit:
    """Let the load generator sync a fleet that nobody else touches.

    Raises:
        LimitError: a write failed.
    """
    command = [
        str(loadgen_binary()),
        f"--server={config.server}",
        f"--ca={config.ca_file}",
        f"--token-file={config.token_file}",
        f"--namespace={fleet.namespace}",
        f"--count={fleet.count}",
        f"--connections={CONNECTIONS}",
        "--mode=create",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False)
    if done.returncode != 0:
        raise LimitError(done.stderr.strip())
    return msgspec.json.decode(done.stdout, type=Limit)
