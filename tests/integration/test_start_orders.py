"""Any order of start: no process needs another one to be there first, and none ends because it is not."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import permutations
from typing import Final

import pytest

from bulkhead_testkit.admin import LiveSecret, name_of
from bulkhead_testkit.manifests import external_secret, fake_store
from bulkhead_testkit.openbao import OpenBao
from bulkhead_testkit.stack import CERTCONTROLLER_POD, CONTROLLER_POD, WEBHOOK_POD, Stack, StackOptions
from bulkhead_testkit.stack import NAMESPACE as INSTALLED

NAMESPACE: Final = "demo"
STORE: Final = fake_store(NAMESPACE, {"k": '{"k": "v"}'})
SYNCED: Final = external_secret(NAMESPACE, "synced", store="fake", data={"k": {"key": "k", "property": "k"}})
AT_MOST_S: Final = 30.0
"""Twice what is promised, as a machine that runs tests has other things to do."""
ORDERS: Final = list(permutations((CERTCONTROLLER_POD, CONTROLLER_POD, WEBHOOK_POD)))


@pytest.fixture(scope="module")
def control_plane(shared_openbao: OpenBao) -> Iterator[Stack]:
    stack = Stack(StackOptions(webhook=True, held_back=False, audited=False), bao=shared_openbao)
    stack.start_control_plane()
    yield stack
    stack.stop()


@pytest.fixture
def installed(control_plane: Stack) -> Iterator[Stack]:
    """What the chart renders as it stands after an installation: nothing has been issued."""
    control_plane.start_over()
    assert not any(secret.data for secret in issued(control_plane))
    yield control_plane
    for manifest in (SYNCED, STORE):
        control_plane.admin.delete(manifest)


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: "-".join(name.rpartition("-")[2] for name in order))
def test_everything_becomes_ready_in_the_order(
    installed: Stack, order: Sequence[str], record_property: Callable[[str, object], None]
) -> None:
    begun = time.monotonic()
    installed.start_pods_in(order)
    seconds = time.monotonic() - begun

    short = ", ".join(name.rpartition("-")[2] for name in order)
    record_property("summary", f"cold start of everything, {short}: {seconds:.1f} s")
    installed.admin.apply(STORE)
    installed.admin.apply(SYNCED)
    installed.admin.wait_ready(NAMESPACE, "synced", reason="SecretSynced")
    assert len(issued(installed)) == 6
    assert all(secret.data for secret in issued(installed))
    # The same processes as at the start: nothing here starts one again that has ended.
    assert exit_statuses(installed) == dict.fromkeys(exit_statuses(installed))
    assert exit_statuses(installed).keys() >= {"certcontroller", "controller", "webhook", "provider-vault"}
    assert seconds < AT_MOST_S


def issued(stack: Stack) -> Sequence[LiveSecret]:
    """Give the Secrets of the installation: the CA and the certificates."""
    names = [name_of(each) for each in stack.manifests if each["kind"] == "Secret"]
    found = [stack.admin.secret(INSTALLED, name) for name in names if name.startswith(("bulkhead-ca", "bulkhead-tls-"))]
    return [secret for secret in found if secret is not None]


def exit_statuses(stack: Stack) -> Mapping[str, int | None]:
    """Give how each process has ended; None for one that runs."""
    return {name: process.exit_status for pod in stack.pods.values() for name, process in pod.containers.items()}
