"""An API server that dies, hangs or wants another token, and what of it reaches users: nothing but a delay."""

import gc
import time
from collections.abc import Iterator

import pytest

from bulkhead_api.secret_value import SecretValue
from bulkhead_testkit import audit
from bulkhead_testkit.admin import Admin, wait_for
from bulkhead_testkit.kubeconfig import request_token
from bulkhead_testkit.manifests import external_secret, fake_store
from bulkhead_testkit.process import frozen
from bulkhead_testkit.projector import write_files
from bulkhead_testkit.scrape import total
from bulkhead_testkit.stack import NAMESPACE, Stack
from bulkhead_testkit.survivor import Survivor

SERVICE_ACCOUNT = "bulkhead-controller"
USER = f"system:serviceaccount:{NAMESPACE}:{SERVICE_ACCOUNT}"
CREDENTIAL = "authentication.kubernetes.io/credential-id"
REFS = {"k": {"key": "k"}}

# Clients of the test kit leave sockets behind that the API server has cut off; the collector closes them, and says so.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """Have what a test leaves behind closed within it, and not within another."""
    yield
    gc.collect()


@pytest.fixture
def survivor(admin: Admin, namespace: str) -> Survivor:
    admin.apply(fake_store(namespace, {"k": "v"}))
    manifest = external_secret(namespace, "kept", store="fake", data=REFS, refresh_interval="1s")
    return Survivor.synced(admin, namespace, manifest)


@pytest.mark.parametrize("grace_s", [pytest.param(0, id="killed"), pytest.param(10, id="stopped")])
def test_a_restarted_api_server_is_followed_at_once_and_nothing_is_rewritten(
    stack: Stack, survivor: Survivor, grace_s: float
) -> None:
    before = _state(stack, survivor)
    stack.plane.restart_apiserver(grace_s=grace_s)
    _sync_new(survivor, "made-right-after")
    _is_tried(stack, survivor)
    assert _state(stack, survivor) == before


def test_a_refresh_while_the_api_server_is_away_says_nothing(stack: Stack, survivor: Survivor) -> None:
    before = _state(stack, survivor)
    stack.plane.stop_apiserver(grace_s=0)
    try:
        _is_tried(stack, survivor)
    finally:
        stack.plane.start_apiserver()
    _is_tried(stack, survivor)
    assert _state(stack, survivor) == before


def test_a_hanging_api_server_is_survived(stack: Stack, survivor: Survivor) -> None:
    before = _state(stack, survivor)
    with frozen(stack.plane.pids["kube-apiserver"]):
        # Nothing can be observed of a server that hangs; this is longer than a refresh and a look at the token.
        time.sleep(4)
    _sync_new(survivor, "made-right-after")
    _is_tried(stack, survivor)
    assert _state(stack, survivor) == before


def test_a_renewed_token_is_used_at_once(stack: Stack, survivor: Survivor) -> None:
    before = _credentials(stack)
    folder = stack.files_of("controller") / "api-token"
    token = request_token(stack.plane.admin_kubeconfig, namespace=NAMESPACE, name=SERVICE_ACCOUNT)
    rest = {name: SecretValue((folder / name).read_bytes()) for name in ("ca.crt", "namespace")}
    write_files(folder, {"token": token.value, **rest}, stack.container("controller").user)
    wait_for(lambda: _credentials(stack) - before or None, what="a request with the new token")
    _sync_new(survivor, "made-with-the-new-token")
    survivor.recovers()


def _state(stack: Stack, survivor: Survivor) -> tuple[str, str, float]:
    """Give what no fault may move: the versions of the ExternalSecret and its Secret, and the count of errors."""
    seen = survivor.admin.external_secret(survivor.namespace, survivor.name)
    secret = survivor.admin.secret(survivor.namespace, survivor.name)
    assert seen is not None
    assert secret is not None
    errors = _count(stack, survivor, "externalsecret_sync_calls_error")
    return seen.metadata.resource_version, secret.metadata.resource_version, errors


def _sync_new(survivor: Survivor, name: str) -> None:
    survivor.admin.apply(external_secret(survivor.namespace, name, store="fake", data=REFS))
    survivor.admin.wait_ready(survivor.namespace, name, reason="SecretSynced")


def _is_tried(stack: Stack, survivor: Survivor) -> None:
    """Wait until the ExternalSecret was looked at twice more."""
    before = _count(stack, survivor, "externalsecret_sync_calls_total")
    wait_for(
        lambda: _count(stack, survivor, "externalsecret_sync_calls_total") >= before + 2 or None, what="two more tries"
    )


def _count(stack: Stack, survivor: Survivor, metric: str) -> float:
    return total(stack.container("controller"), metric, namespace=survivor.namespace, name=survivor.name)


def _credentials(stack: Stack) -> set[str]:
    """Give the ids of all tokens that the controller has used."""
    events = audit.read_events(stack.plane.audit_log)
    return {each for event in events if event.user.username == USER for each in event.user.extra.get(CREDENTIAL, ())}
