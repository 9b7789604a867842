"""What a thief gets who has taken over one process, with exactly its files, certificate, token and Unix user."""

import os
from pathlib import Path

import grpc
import pytest

from bulkhead.provider.v1 import provider_service_pb2 as pb
from bulkhead.provider.v1.provider_service_pb2_grpc import ProviderServiceStub
from bulkhead_api.secret_value import SecretValue
from bulkhead_demo.shop import DATABASE_KEY, DEMO_NAMESPACE, put_database
from bulkhead_demo.thefts import Theft, steal_controller, steal_fake_provider
from bulkhead_testkit.stack import CONTROLLER_POD, Stack

PASSWORD = "a-password-that-no-thief-may-see"


def what_succeeded(theft: Theft, wanted: SecretValue) -> list[str]:
    return [each.what for each in theft.attempts if not each.refused or each.holds(wanted.reveal())]


def test_a_stolen_controller_gets_at_no_unmanaged_secret(stack: Stack) -> None:
    before = stack.admin.secret(DEMO_NAMESPACE, "payroll")
    assert before is not None
    theft = steal_controller(stack)
    assert len(theft.attempts) >= 15
    assert what_succeeded(theft, SecretValue(before.data["list"])) == []
    assert stack.admin.secret(DEMO_NAMESPACE, "payroll") == before


def test_a_stolen_controller_holds_no_backend_credential(stack: Stack) -> None:
    credential = next((stack.files_of("provider-vault") / "credential-vault").glob("token")).read_bytes().strip()
    files = [path for path in stack.files_of("controller").rglob("*") if path.is_file()]
    assert len(files) >= 6
    assert [path.name for path in files if credential in path.read_bytes()] == []


def test_a_stolen_fake_provider_gets_at_nothing_of_the_vault_provider(stack: Stack) -> None:
    put_database(stack.backend, password=PASSWORD)
    theft = steal_fake_provider(stack, secret=DATABASE_KEY)
    assert len(theft.attempts) >= 6
    assert what_succeeded(theft, SecretValue(PASSWORD.encode())) == []


def test_a_providers_stolen_certificate_calls_no_other_provider_even_at_its_socket(stack: Stack) -> None:
    # Root may enter the socket's directory, so only the certificate stands in the way here.
    tls = stack.files_of("provider-fake") / "tls-provider-fake"
    socket = stack.pods[CONTROLLER_POD].shared_folders()["/run/bulkhead/providers/vault"] / "server" / "provider.sock"
    credentials = grpc.ssl_channel_credentials(
        *((tls / name).read_bytes() for name in ("ca.crt", "tls.key", "tls.crt"))
    )
    options = [("grpc.ssl_target_name_override", "vault.provider.bulkhead.local")]
    with (
        grpc.secure_channel(f"unix://{socket}", credentials, options) as channel,
        pytest.raises(grpc.RpcError) as refusal,
    ):
        ProviderServiceStub(channel).GetInfo(pb.GetInfoRequest(), timeout=5)
    assert refusal.value.code() in {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.PERMISSION_DENIED}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can run containers as users of their own")
def test_every_container_runs_as_a_user_of_its_own_and_owns_its_files_alone(stack: Stack) -> None:
    users = {name: process.user for pod in stack.pods.values() for name, process in pod.containers.items()}
    uids = [user.uid for user in users.values() if user is not None]
    assert len(uids) == len(users) == len(set(uids))
    for name, user in users.items():
        assert user is not None
        status = Path(f"/proc/{stack.container(name).pid}/status").read_text()
        assert f"Uid:\t{user.uid}\t{user.uid}" in status
        folder = stack.files_of(name)
        assert (folder.stat().st_uid, folder.stat().st_mode & 0o777) == (user.uid, 0o700)


def test_no_provider_server_holds_an_api_token(stack: Stack) -> None:
    for name in ("provider-vault", "provider-fake"):
        files = [path for path in stack.files_of(name).rglob("*") if path.is_file()]
        # Every ServiceAccount token is a JWT, which begins so; so does the denylist, which anybody may read.
        signed = {path.name for path in files if path.read_bytes().startswith(b"eyJ")}
        assert signed == {"denylist.jws"}
