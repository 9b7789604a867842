"""Rotations while 200 calls a second go on: no call may fail, and nobody may connect again and again."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from bulkhead_demo.certs_drill.call import seconds_until
from bulkhead_demo.certs_drill.play import Play, expect
from bulkhead_demo.certs_drill.scene import CA_SECRET, PROVIDERS, Scene
from bulkhead_testkit.images import image

_RATE: Final = 200
_LOAD: Final = Path(__file__).with_name("load.py")
_ROTATION_S: Final = 120.0
_LEAF_S: Final = 30.0
_STOP_S: Final = 30.0
# Each client opens a channel for each change of its files and looks at the server once more; two clients, two servers.
_HANDSHAKES_OF_A_LEAF: Final = 24
_HANDSHAKES_OF_A_CA: Final = 60


@dataclass(kw_only=True)
class Loaded:
    """What came of the load while it ran; filled when it has ended."""

    calls: int = 0
    failures: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    slowest_s: float = 0.0
    handshakes: float = 0.0

    def judge(self, *, most_handshakes: int) -> str:
        """Say what was seen.

        Raises:
            NotAsExpectedError: a call failed, the load was not as heavy as it should be, or there was a storm.
        """
        expect(not self.failures, f"{sum(self.failures.values())} of {self.calls} calls failed: {self.failures}")
        expect(self.calls >= 0.95 * _RATE * self.seconds, f"only {self.calls / self.seconds:.0f} calls/s were made")
        expect(self.handshakes <= most_handshakes, f"{self.handshakes:.0f} handshakes, more than {most_handshakes}")
        return (
            f"{self.calls} calls at {self.calls / self.seconds:.0f}/s, none failed, "
            f"slowest {self.slowest_s * 1000:.0f} ms, {self.handshakes:.0f} handshakes"
        )


def plays_of_rotations(scene: Scene) -> Iterator[Play]:
    """Give the rotations that are asked for or due, under load."""
    expectation = f"no call of {_RATE}/s fails, no reconnect storm"
    yield Play(name="rotation of all leaves under load", expectation=expectation, act=partial(_rotate_leaves, scene))
    yield Play(name="rotation of the CA under load", expectation=expectation, act=partial(_rotate_authority, scene))


def _rotate_leaves(scene: Scene) -> str:
    containers = ("controller", *(f"provider-{name}" for name in PROVIDERS))
    with under_load(scene) as loaded:
        before = {name: scene.used_serial(name) for name in containers}
        for name in containers:
            scene.set_files(f"bulkhead-tls-{name}", {"tls.crt": None})
        scene.look_again()
        seconds = seconds_until(
            lambda: all(scene.used_serial(name) not in {None, before[name]} for name in containers),
            within_s=_LEAF_S,
            what="all processes use new leaves",
        )
    return f"{seconds:.1f} s; {loaded.judge(most_handshakes=_HANDSHAKES_OF_A_LEAF)}"


def _rotate_authority(scene: Scene) -> str:
    with under_load(scene) as loaded:
        before = scene.secret(CA_SECRET)["ca.crt"]
        scene.certs("rotate-ca")
        seconds = seconds_until(
            lambda: scene.is_stable_on_another_root(before), within_s=_ROTATION_S, what="stable again"
        )
    return f"{seconds:.0f} s; {loaded.judge(most_handshakes=_HANDSHAKES_OF_A_CA)}"


@contextmanager
def under_load(scene: Scene) -> Iterator[Loaded]:
    """Call both provider servers all the while, as the controller's user with its files."""
    loaded, before = Loaded(), scene.handshakes()
    user = scene.stack.container("controller").user
    python = image("bulkhead-controller") / "bin" / "python"
    tls = scene.files("controller", "controller")
    child = subprocess.Popen(
        # The source goes in as an argument, as the user may not be able to read the checkout.
        [python, "-I", "-c", _LOAD.read_text(), str(tls), str(_RATE), json.dumps(scene.stores_of_the_load())],
        user=user.uid if user else None,
        group=user.gid if user else None,
        extra_groups=[] if user else None,
        env={"PATH": os.defpath, "GRPC_VERBOSITY": "NONE"},
        cwd="/",
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        # Until then its files must be whole.
        expect(child.stdout is not None and child.stdout.readline() == b"begun\n", "the load did not begin")
        yield loaded
    finally:
        child.send_signal(signal.SIGTERM)
        try:
            out, err = child.communicate(timeout=_STOP_S)
        except subprocess.TimeoutExpired:
            child.kill()
            out, err = child.communicate()
    expect(child.returncode == 0, f"the load stumbled: {err.decode()[-500:]}")
    counted = json.loads(out)
    loaded.calls, loaded.failures = counted["calls"], counted["failures"]
    loaded.seconds, loaded.slowest_s = counted["seconds"], counted["slowest_s"]
    loaded.handshakes = scene.handshakes() - before
