"""The OpenBao of tests: really sealed, really restarted, nothing secret in sight."""

import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import hvac
import pytest

from bulkhead_testkit.openbao import OpenBao

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def bao(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenBao]:
    with OpenBao(tmp_path_factory.mktemp("openbao")) as bao:
        bao.enable_kv("secret")
        yield bao


def read(client: hvac.Client, path: str) -> object:
    return client.adapter.get(f"/v1/{path}")["data"]


def fields(bao: OpenBao, key: str) -> object:
    return bao.client().adapter.get(f"/v1/secret/data/{key}")["data"]["data"]


def test_a_versioned_secret_survives_a_restart_at_the_same_address(bao: OpenBao) -> None:
    bao.put("secret", "kept", {"user": "ann"})
    address, pid = bao.address, bao.pid

    bao.restart()

    assert (bao.address, bao.pid != pid) == (address, True)
    assert fields(bao, "kept") == {"user": "ann"}


def test_an_unversioned_mount_keeps_fields_at_the_top(bao: OpenBao) -> None:
    bao.enable_kv("team/flat", version=1)
    bao.put("team/flat", "a", {"user": "bob"})

    assert read(bao.client(), "team/flat/a") == {"user": "bob"}


def test_a_sealed_server_serves_again_once_unsealed(bao: OpenBao) -> None:
    bao.put("secret", "sealed", {"user": "cy"})
    bao.seal()
    with pytest.raises(hvac.exceptions.VaultDown):
        fields(bao, "sealed")

    bao.unseal()

    assert fields(bao, "sealed") == {"user": "cy"}


def test_reads_count_what_secrets_engines_were_asked(bao: OpenBao) -> None:
    bao.put("secret", "counted", {"user": "di"})
    before = bao.reads()

    for _ in range(3):
        read(bao.client(), "secret/data/counted")
    bao.client().auth.token.lookup_self()

    assert bao.reads() - before == 3


def test_a_role_logs_in_and_gets_no_more_than_its_policy(bao: OpenBao) -> None:
    bao.put("secret", "mine", {"user": "eve"})
    bao.write_policy("mine", {"secret/data/mine": ["read"]})
    role = bao.create_approle("mine", ["mine"])
    client = hvac.Client(bao.address, token="", verify=str(bao.ca_file))

    client.auth.approle.login(role.role_id.reveal().decode(), role.secret_id.reveal().decode())

    assert read(client, "secret/data/mine")
    with pytest.raises(hvac.exceptions.Forbidden):
        read(client, "secret/data/kept")


def test_a_revoked_token_is_refused(bao: OpenBao) -> None:
    token = bao.create_token(["default"])
    client = hvac.Client(bao.address, token=token.reveal().decode(), verify=str(bao.ca_file))
    assert client.auth.token.lookup_self()

    bao.revoke(token)

    with pytest.raises(hvac.exceptions.Forbidden):
        client.auth.token.lookup_self()


def test_a_namespace_has_mounts_of_its_own(bao: OpenBao) -> None:
    bao.create_namespace("team-a")
    bao.enable_kv("secret", namespace="team-a")
    bao.put("secret", "own", {"user": "flo"}, namespace="team-a")

    assert read(bao.client("team-a"), "secret/data/own")
    with pytest.raises(hvac.exceptions.InvalidPath):
        read(bao.client(), "secret/data/own")


def test_the_listener_speaks_only_tls_of_its_own_ca(bao: OpenBao) -> None:
    with pytest.raises(urllib.error.HTTPError, match="400"):
        urllib.request.urlopen(bao.address.replace("https:", "http:") + "/v1/sys/health", timeout=5)  # noqa: S310
    with pytest.raises(urllib.error.URLError, match="certificate verify failed"):
        urllib.request.urlopen(bao.address + "/v1/sys/health", timeout=5, context=ssl.create_default_context())  # noqa: S310


def test_neither_arguments_nor_environment_hold_the_root_token(bao: OpenBao) -> None:
    token = bao.root_token_file.read_bytes()
    process = Path(f"/proc/{bao.pid}")

    assert token not in (process / "cmdline").read_bytes()
    assert token not in (process / "environ").read_bytes()
    assert bao.root_token_file.stat().st_mode & 0o777 == 0o600
