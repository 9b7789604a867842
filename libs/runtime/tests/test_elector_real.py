"""Two real processes and one Lease on the real API server: one writes at a time, whatever happens to it."""

import itertools
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from bulkhead_api.meta import ObjectMeta
from bulkhead_runtime.kube.config import KubeConfig
from bulkhead_runtime.kube.leader import Lease
from bulkhead_testkit.admin import Admin
from bulkhead_testkit.controlplane import ControlPlane
from bulkhead_testkit.process import Process

pytestmark = pytest.mark.slow

LEASE_S, RENEW_S, RETRY_S = 4.0, 2.0, 0.4


class Written(msgspec.Struct):
    metadata: ObjectMeta


class List(msgspec.Struct):
    items: list[Written]


@dataclass
class Race:
    """Two writers, and what they wrote."""

    admin: Admin
    lease: str
    first: Process
    second: Process

    @property
    def writers(self) -> list[str]:
        """The writers in the order of the API server's own counter, without repetition."""
        reply = self.admin.request("GET", f"/api/v1/namespaces/default/configmaps?labelSelector=lease%3D{self.lease}")
        written = sorted(
            msgspec.json.decode(reply, type=List).items, key=lambda each: int(each.metadata.resource_version)
        )
        return [name for name, _ in itertools.groupby(each.metadata.labels["writer"] for each in written)]

    @property
    def holder(self) -> str:
        path = f"/apis/coordination.k8s.io/v1/namespaces/default/leases/{self.lease}"
        return msgspec.json.decode(self.admin.request("GET", path), type=Lease).spec.holder_identity

    def seconds_until(self, writer: str) -> float:
        """Wait until the last one to write is this one."""
        began = time.monotonic()
        while self.writers[-1:] != [writer]:
            assert time.monotonic() < began + 30, f"{writer} does not write: {self.writers}"
            time.sleep(0.05)
        return time.monotonic() - began


@pytest.fixture
def race(real_config: KubeConfig, shared_plane: ControlPlane, unique: str, tmp_path: Path) -> Iterator[Race]:
    def writer(identity: str) -> Process:
        program = [sys.executable, str(Path(__file__).with_name("lease_writer.py"))]
        where = [real_config.server, str(real_config.directory), unique, identity]
        times = [str(each) for each in (LEASE_S, RENEW_S, RETRY_S)]
        return Process(identity, [*program, *where, *times], log=tmp_path / f"{identity}.log")

    with ExitStack() as stack:
        admin = stack.enter_context(Admin(shared_plane.admin_kubeconfig))
        first, second = writer("first"), writer("second")
        race = Race(admin, unique, first, second)
        stack.enter_context(first)
        race.seconds_until("first")
        stack.enter_context(second)
        yield race


def test_a_killed_leader_is_followed_after_the_lease(race: Race) -> None:
    race.first.kill()
    took_s = race.seconds_until("second")
    # The lease, the jitter of one try, and the start of a process on a busy machine.
    assert took_s < LEASE_S + 2.2 * RETRY_S + 5
    assert race.writers == ["first", "second"]


def test_a_leader_that_is_asked_to_end_is_followed_at_once(race: Race) -> None:
    # The second one must be there already, or the time of its start would be measured.
    time.sleep(2)
    assert race.first.stop() == 0
    assert race.holder in {"", "second"}
    assert race.seconds_until("second") < LEASE_S
    assert race.writers == ["first", "second"]


def test_a_leader_that_was_stopped_beyond_its_lease_never_writes_again(race: Race) -> None:
    os.kill(race.first.pid, signal.SIGSTOP)
    race.seconds_until("second")
    os.kill(race.first.pid, signal.SIGCONT)
    assert race.first.wait(10) == 1
    time.sleep(0.5)
    assert race.writers == ["first", "second"]
    assert race.holder == "second"
    # Whichever came first after the sleep: the next write, or the next renewal.
    assert any(name in race.first.log_tail() for name in ("FencedError", "LeadershipLostError"))


def test_a_leader_that_was_stopped_for_less_than_the_lease_gives_up_too(race: Race) -> None:
    # Between the renew deadline and the lease duration nobody else leads yet, and it must not write all the same.
    os.kill(race.first.pid, signal.SIGSTOP)
    time.sleep((LEASE_S + RENEW_S) / 2)
    before = race.writers
    os.kill(race.first.pid, signal.SIGCONT)
    assert race.first.wait(10) == 1
    assert before == ["first"]
    race.seconds_until("second")
    assert race.writers == ["first", "second"]
