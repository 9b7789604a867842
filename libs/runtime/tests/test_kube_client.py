"""The client: what it sends, what it makes of answers, and what it keeps to itself."""

import asyncio
import ssl
import traceback
from pathlib import Path

import msgspec
import pytest

from bulkhead_api.external_secret import ExternalSecret
from bulkhead_api.meta import ObjectMeta, PartialObject
from bulkhead_runtime.kube.client import METADATA_ONLY, PAGE_SIZE, KubeClient
from bulkhead_runtime.kube.config import KubeConfig, KubeConfigError
from bulkhead_runtime.kube.errors import (
    ApiError,
    ConflictError,
    InvalidError,
    NotFoundError,
    RequestTooLargeError,
    ServerUnavailableError,
    TooManyRequestsError,
    UnauthorizedError,
    UndecodableReplyError,
)
from bulkhead_runtime.kube.path import resource_path
from bulkhead_testkit.fake_api_server import Failure, FakeApiServer
from bulkhead_testkit.planecerts import Authority
from bulkhead_testkit.ports import free_port

CANARY = "canary-77ab"
SECRETS = resource_path("v1", "secrets", namespace="default")
ES = "external-secrets.io/v1"
EXTERNAL_SECRETS = resource_path(ES, "externalsecrets", namespace="default")


class ConfigMap(msgspec.Struct, frozen=True, kw_only=True):
    metadata: ObjectMeta
    data: dict[str, str] = {}


def secret(name: str, value: bytes = b"djE=", **metadata: object) -> bytes:
    return msgspec.json.encode(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": name, **metadata},
            "data": {"key": value.decode()},
            "type": "Opaque",
        }
    )


def config_map(name: str, **metadata: object) -> bytes:
    return msgspec.json.encode({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, **metadata}})


def external_secret(name: str) -> bytes:
    spec = {"secretStoreRef": {"name": "s"}, "data": [{"secretKey": "k", "remoteRef": {"key": "r"}}]}
    return msgspec.json.encode({"apiVersion": ES, "kind": "ExternalSecret", "metadata": {"name": name}, "spec": spec})


def all_shown(error: BaseException) -> str:
    """Everything that any log or traceback printer could show of an error, but for the test's own frame."""
    own = error.__traceback__
    assert own is not None
    traces = traceback.TracebackException(type(error), error, own.tb_next, capture_locals=True)
    return "".join([*traces.format(), repr(error), repr(error.args), repr(vars(error))])


class TestEitherServer:
    async def test_a_missing_object_is_not_found(self, either: KubeClient, unique: str) -> None:
        with pytest.raises(NotFoundError) as caught:
            await either.get(f"{SECRETS}/{unique}", PartialObject)
        assert caught.value.reason == "NotFound"
        with pytest.raises(NotFoundError):
            await either.put(f"{SECRETS}/{unique}", secret(unique), PartialObject)

    async def test_an_object_is_created_once(self, either: KubeClient, unique: str) -> None:
        created = await either.post(SECRETS, secret(unique), PartialObject)
        assert created.metadata.uid
        with pytest.raises(ConflictError) as caught:
            await either.post(SECRETS, secret(unique), PartialObject)
        assert caught.value.reason == "AlreadyExists"

    async def test_an_identical_put_writes_nothing(self, either: KubeClient, unique: str) -> None:
        created = await either.post(SECRETS, secret(unique), PartialObject, query={"fieldManager": "tests"})
        query = {"fieldManager": "tests"}
        same = await either.put(f"{SECRETS}/{unique}", secret(unique), PartialObject, query=query)
        other = await either.put(f"{SECRETS}/{unique}", secret(unique, b"djI="), PartialObject, query=query)
        assert same.metadata.resource_version == created.metadata.resource_version
        assert other.metadata.resource_version != created.metadata.resource_version
        assert other.metadata.uid == created.metadata.uid

    async def test_a_put_on_an_old_version_conflicts(self, either: KubeClient, unique: str) -> None:
        old = await either.post(SECRETS, secret(unique), PartialObject)
        await either.put(f"{SECRETS}/{unique}", secret(unique, b"djI="), PartialObject)
        body = secret(unique, b"djM=", resourceVersion=old.metadata.resource_version)
        with pytest.raises(ConflictError) as caught:
            await either.put(f"{SECRETS}/{unique}", body, PartialObject)
        assert caught.value.reason == "Conflict"

    async def test_a_put_on_an_object_that_was_made_anew_conflicts(self, either: KubeClient, unique: str) -> None:
        await either.post(SECRETS, secret(unique), PartialObject)
        body = secret(unique, b"djM=", uid="00000000-0000-0000-0000-000000000000")
        with pytest.raises(ConflictError):
            await either.put(f"{SECRETS}/{unique}", body, PartialObject)

    async def test_a_dry_run_answers_as_if_and_writes_nothing(self, either: KubeClient, unique: str) -> None:
        path, query = f"{SECRETS}/{unique}", {"dryRun": "All"}
        await either.post(SECRETS, secret(unique), PartialObject, query=query)
        with pytest.raises(NotFoundError):
            await either.put(path, secret(unique), PartialObject, query=query)
        created = await either.post(SECRETS, secret(unique), PartialObject)
        tried = await either.put(path, secret(unique, b"djI="), PartialObject, query=query)
        assert tried.metadata == created.metadata
        assert (await either.get(path, PartialObject)).metadata == created.metadata

    async def test_a_delete_is_bound_to_the_uid_it_names(self, either: KubeClient, unique: str) -> None:
        path = f"{SECRETS}/{unique}"
        created = await either.post(SECRETS, secret(unique), PartialObject)
        with pytest.raises(ConflictError):
            await either.delete(path, uid="00000000-0000-0000-0000-000000000000")
        await either.delete(path, uid=created.metadata.uid)
        with pytest.raises(NotFoundError):
            await either.get(path, PartialObject)

    async def test_a_metadata_only_reply_holds_no_value(self, either: KubeClient, unique: str) -> None:
        body = secret(unique, b"Y2FuYXJ5LTc3YWI=")
        reply = await either.request("POST", SECRETS, body=body, accept=METADATA_ONLY)
        assert b"Y2FuYXJ5LTc3YWI=" not in reply
        assert msgspec.json.decode(reply, type=PartialObject).metadata.name == unique

    async def test_a_body_without_a_name_is_invalid(self, either: KubeClient) -> None:
        with pytest.raises(InvalidError):
            await either.post(SECRETS, secret(""), PartialObject)

    async def test_a_body_above_the_servers_limit_is_too_large(self, either: KubeClient, unique: str) -> None:
        with pytest.raises(RequestTooLargeError):
            await either.post(SECRETS, secret(unique, b"QUJD" * 2**20), PartialObject)

    async def test_a_status_patch_changes_the_status_alone(self, either: KubeClient, unique: str) -> None:
        created = await either.post(EXTERNAL_SECRETS, external_secret(unique), ExternalSecret)
        path = f"{EXTERNAL_SECRETS}/{unique}/status"
        body = {
            "metadata": {"uid": created.metadata.uid},
            "spec": {"refreshInterval": "5m"},
            "status": {"syncedResourceVersion": "1-a"},
        }
        patched = await either.merge_patch(path, msgspec.json.encode(body), ExternalSecret)
        assert patched.status.synced_resource_version == "1-a"
        assert patched.metadata.generation == created.metadata.generation == 1
        again = await either.merge_patch(path, msgspec.json.encode(body), ExternalSecret)
        assert again.metadata.resource_version == patched.metadata.resource_version

    async def test_a_uid_is_no_guard_of_a_status_patch(self, either: KubeClient, unique: str) -> None:
        # What its sender may have believed: a custom resource's status ignores all metadata but the version.
        await either.post(EXTERNAL_SECRETS, external_secret(unique), ExternalSecret)
        patch = b'{"metadata":{"uid":"00000000-0000-0000-0000-000000000000"},"status":{"syncedResourceVersion":"1-a"}}'
        patched = await either.merge_patch(f"{EXTERNAL_SECRETS}/{unique}/status", patch, ExternalSecret)
        assert patched.status.synced_resource_version == "1-a"

    async def test_a_status_patch_on_an_old_version_conflicts(self, either: KubeClient, unique: str) -> None:
        created = await either.post(EXTERNAL_SECRETS, external_secret(unique), ExternalSecret)
        path = f"{EXTERNAL_SECRETS}/{unique}/status"
        await either.merge_patch(path, b'{"status":{"syncedResourceVersion":"1-a"}}', ExternalSecret)
        version = {"resourceVersion": created.metadata.resource_version}
        patch = msgspec.json.encode({"metadata": version, "status": {"syncedResourceVersion": "1-b"}})
        with pytest.raises(ConflictError) as caught:
            await either.merge_patch(path, patch, ExternalSecret)
        assert caught.value.reason == "Conflict"

    async def test_a_finalizer_holds_an_object_until_it_is_taken_away(self, either: KubeClient, unique: str) -> None:
        maps = resource_path("v1", "configmaps", namespace="default")
        path = f"{maps}/{unique}"
        await either.post(maps, config_map(unique, finalizers=["tests.example.com/hold"]), ConfigMap)
        await either.delete(path)
        held = await either.get(path, ConfigMap)
        assert held.metadata.deletion_timestamp is not None
        await either.merge_patch(path, b'{"metadata":{"finalizers":null}}', ConfigMap)
        with pytest.raises(NotFoundError):
            await either.get(path, ConfigMap)

    @pytest.mark.slow
    async def test_a_long_list_comes_whole(self, either: KubeClient, unique: str) -> None:
        maps = resource_path("v1", "configmaps", namespace="default")
        names = [f"{unique}-{number}" for number in range(PAGE_SIZE + 3)]
        for start in range(0, len(names), 50):
            async with asyncio.TaskGroup() as group:
                for name in names[start : start + 50]:
                    group.create_task(either.post(maps, config_map(name, labels={"test": unique}), ConfigMap))

        found = await either.list(maps, ConfigMap, label_selector=f"test={unique}")

        assert sorted(each.metadata.name for each in found) == sorted(names)


async def test_what_was_sent_and_what_was_said_about_a_secret_is_shown_nowhere(
    fake: FakeApiServer, client: KubeClient
) -> None:
    fake.fail("update", Failure(status=422, reason="Invalid", message=f"bulkhead:not-managed: {CANARY}"))

    with pytest.raises(InvalidError) as caught:
        await client.put(f"{SECRETS}/a", secret("a", CANARY.encode()), PartialObject)

    assert CANARY not in all_shown(caught.value)
    assert caught.value.mentions("bulkhead:not-managed")


async def test_the_token_is_shown_by_no_error(fake: FakeApiServer, client: KubeClient) -> None:
    await fake.stop()

    with pytest.raises(ServerUnavailableError) as refused:
        await client.get(f"{SECRETS}/a", PartialObject)
    with pytest.raises(ServerUnavailableError) as cut:
        async for _ in client.stream(SECRETS, query={"watch": "true"}, idle_timeout_s=5):
            pass

    assert fake.token not in all_shown(refused.value)
    assert fake.token not in all_shown(cut.value)


async def test_a_server_that_is_down_is_unavailable(fake: FakeApiServer) -> None:
    config = KubeConfig(server=f"https://127.0.0.1:{free_port()}", directory=fake.directory)
    async with KubeClient(config) as client:
        with pytest.raises(ServerUnavailableError, match=r"GET /api/v1/namespaces: ConnectionFailed") as caught:
            await client.get("/api/v1/namespaces", PartialObject)
    assert caught.value.status == 0


async def test_a_server_of_another_ca_is_not_spoken_to(tmp_path: Path, fake: FakeApiServer) -> None:
    (tmp_path / "other").mkdir()
    authority = Authority("other", tmp_path / "other")
    for name in ("token", "namespace"):
        (tmp_path / "other" / name).write_text("x")
    authority.ca_file.rename(tmp_path / "other/ca.crt")

    async with KubeClient(KubeConfig(server=fake.config.server, directory=tmp_path / "other")) as client:
        with pytest.raises(ServerUnavailableError) as caught:
            await client.get("/api/v1/namespaces/a", PartialObject)

    assert caught.value.reason == "CertificateNotTrusted"
    assert fake.calls == []


async def test_a_slow_answer_is_given_up(fake: FakeApiServer) -> None:
    async def never(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(fake.directory / "fake-api-server.crt", fake.directory / "fake-api-server.key")
    async with await asyncio.start_server(never, "127.0.0.1", 0, ssl=context) as server:
        port = server.sockets[0].getsockname()[1]
        config = KubeConfig(server=f"https://127.0.0.1:{port}", directory=fake.directory)
        async with KubeClient(config) as client:
            with pytest.raises(ServerUnavailableError, match=r"Timeout: no answer within 0\.05 s"):
                await client.request("GET", "/api/v1/namespaces/a", timeout_s=0.05)


async def test_retry_after_reaches_the_caller_and_nothing_is_tried_again(
    fake: FakeApiServer, client: KubeClient
) -> None:
    fake.fail("get", Failure(status=429, reason="TooManyRequests", retry_after_s=7))

    with pytest.raises(TooManyRequestsError) as caught:
        await client.get(f"{SECRETS}/a", PartialObject)

    assert caught.value.retry_after_s == 7
    assert len(fake.calls) == 1


async def test_a_renewed_token_is_used_after_the_old_one_was_refused(fake: FakeApiServer, client: KubeClient) -> None:
    await client.list(SECRETS, PartialObject)
    fake.set_token("token-2")

    with pytest.raises(UnauthorizedError):
        await client.list(SECRETS, PartialObject)

    assert await client.list(SECRETS, PartialObject) == ()


async def test_the_pool_survives_a_restart_of_the_server(fake: FakeApiServer, client: KubeClient) -> None:
    async with asyncio.TaskGroup() as group:
        for _ in range(5):
            group.create_task(client.list(SECRETS, PartialObject))
    await fake.stop()
    await fake.start()

    assert await client.list(SECRETS, PartialObject) == ()


async def test_a_reply_that_is_not_what_was_asked_for_is_an_error_without_its_text(
    fake: FakeApiServer, client: KubeClient
) -> None:
    fake.fail("get", Failure(status=200, reason="", body=f'{{"metadata": "{CANARY}"}}'.encode()))

    with pytest.raises(UndecodableReplyError, match="the reply is no PartialObject") as caught:
        await client.get(f"{SECRETS}/a", PartialObject)

    assert CANARY not in all_shown(caught.value)


async def test_a_large_body_is_sent(client: KubeClient) -> None:
    body = secret("large", b"QUJD" * (2**18 + 2**17))

    assert (await client.post(SECRETS, body, PartialObject)).metadata.name == "large"


async def test_a_redirect_is_not_followed(fake: FakeApiServer, client: KubeClient) -> None:
    fake.fail("get", Failure(status=307, reason="", body=b"elsewhere"))

    with pytest.raises(ApiError) as caught:
        await client.get(f"{SECRETS}/a", PartialObject)
    assert caught.value.status == 307


async def test_a_secret_is_never_patched(fake: FakeApiServer, client: KubeClient) -> None:
    with pytest.raises(ValueError, match="never patched"):
        await client.merge_patch(f"{SECRETS}/a", b"{}", PartialObject)
    with pytest.raises(ValueError, match="Secrets are never patched"):
        await client.apply(f"{SECRETS}/a", b"{}", PartialObject, manager="a")
    assert fake.calls == []


async def test_a_client_does_not_start_without_roots(fake: FakeApiServer) -> None:
    (fake.directory / "ca.crt").write_text("nothing")
    with pytest.raises(KubeConfigError, match=r"ca\.crt: holds no certificate"):
        async with KubeClient(fake.config):
            pass


async def test_session_keys_are_not_written_anywhere(
    fake: FakeApiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys.log"))
    async with KubeClient(fake.config) as client:
        await client.list(SECRETS, PartialObject)

    assert not (tmp_path / "keys.log").exists()
