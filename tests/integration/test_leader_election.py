"""Two controllers of one installation: one works, the other waits, and takes over however the first one ends."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from bulkhead_testkit.admin import Admin, wait_for
from bulkhead_testkit.manifests import external_secret, fake_store
from bulkhead_testkit.ports import free_port
from bulkhead_testkit.process import Process
from bulkhead_testkit.scrape import samples
from bulkhead_testkit.stack import Stack, StackOptions

LEASE_S: Final = 6.0
TIMES: Final = {"leaseDuration": f"{LEASE_S:g}s", "renewDeadline": "4s", "retryPeriod": "500ms"}
NAMESPACE: Final = "election"


@dataclass
class Pair:
    """Two controllers under the same ServiceAccount."""

    admin: Admin
    first: Process
    second: Process

    def sync(self, name: str, *, timeout_s: float = 20) -> float:
        """Ask for a new Secret and say how many seconds it took."""
        began = time.monotonic()
        self.admin.apply(external_secret(NAMESPACE, name, store="fake", data={"k": {"key": "k"}}))
        self.admin.wait_ready(NAMESPACE, name, reason="SecretSynced", timeout_s=timeout_s)
        return time.monotonic() - began


def leads(process: Process) -> bool | None:
    try:
        found = [sample.value for sample in samples(process, "leader_election_master_status")]
    except OSError:
        return None
    return bool(found[0]) if found else None


def worked(process: Process) -> float:
    return sum(sample.value for sample in samples(process, "controller_runtime_reconcile_total"))


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with ExitStack() as closing:
        stack = closing.enter_context(Stack(StackOptions(providers=("fake",), leader_election=TIMES)))
        stack.admin.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
        stack.admin.apply(fake_store(NAMESPACE, {"k": "v"}))
        first = stack.container("controller")
        wait_for(lambda: leads(first) or None, what="the first controller leads")
        second = closing.enter_context(beside(first, tmp_path_factory.mktemp("second")))
        wait_for(lambda: None if leads(second) is None else True, what="the second controller answers")
        yield Pair(stack.admin, first, second)


def beside(process: Process, folder: Path) -> Process:
    """A second one of a process, on ports of its own."""
    addresses = ("--live-addr=", "--metrics-addr=")
    argv = [
        f"{each.partition('=')[0]}=127.0.0.1:{free_port()}" if each.startswith(addresses) else each
        for each in process.argv
    ]
    return Process("second-controller", argv, log=folder / "log", cwd=Path("/"), user=process.user)


def test_one_works_and_the_other_takes_over(pair: Pair) -> None:
    pair.sync("one")
    assert (leads(pair.first), leads(pair.second)) == (True, False)
    assert worked(pair.first) > 0
    assert worked(pair.second) == 0

    # Killed, it says nothing to anybody, so the whole lease must pass.
    pair.first.kill()
    assert pair.sync("two", timeout_s=LEASE_S + 20) > 1
    assert leads(pair.second) is True

    # It comes back as the one that waits, and follows at once when the other is asked to end.
    pair.first.start()
    wait_for(lambda: None if leads(pair.first) is None else True, what="the first controller answers again")
    assert leads(pair.first) is False
    assert pair.second.stop() == 0
    assert pair.sync("three") < LEASE_S
    assert leads(pair.first) is True
