"""The two documents, as keys of ConfigMaps and as files."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bulkhead_certcontroller.documents import ConfigMapDocument, Document, DocumentError, FileDocument, Text
from bulkhead_runtime.kube.client import KubeClient
from bulkhead_testkit.fake_api_server import Failure, FakeApiServer, Object


def rendered() -> Object:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "status", "namespace": "system", "labels": {"rendered": "yes"}},
    }


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[FakeApiServer]:
    async with FakeApiServer(tmp_path / "api") as started:
        started.put("v1/configmaps", rendered())
        yield started


@pytest.fixture
async def config_map(server: FakeApiServer) -> AsyncIterator[ConfigMapDocument]:
    async with KubeClient(server.config) as client:
        yield ConfigMapDocument(api=client, namespace="system", config_map="status", key="status.yaml")


@pytest.fixture(params=["config-map", "file"])
def document(request: pytest.FixtureRequest, tmp_path: Path, config_map: ConfigMapDocument) -> Document:
    return config_map if request.param == "config-map" else FileDocument(path=tmp_path / "status.yaml")


async def test_one_that_was_never_written_says_nothing(document: Document) -> None:
    assert (await document.read()).text == ""


async def test_what_was_written_is_read_back(document: Document) -> None:
    await document.write("phase: Stable\n", await document.read())

    assert (await document.read()).text == "phase: Stable\n"


async def test_a_version_changes_with_the_text(document: Document) -> None:
    first = await document.read()
    await document.write("a", first)
    second = await document.read()

    assert first.version != second.version
    assert (await document.read()) == second


async def test_a_writer_that_saw_an_older_text_is_refused(document: Document) -> None:
    seen = await document.read()
    await document.write("a", seen)
    with pytest.raises(DocumentError, match="somebody else wrote to it"):
        await document.write("b", seen)

    assert (await document.read()).text == "a"


async def test_what_else_the_config_map_holds_stays(server: FakeApiServer, config_map: ConfigMapDocument) -> None:
    server.put("v1/configmaps", {**rendered(), "data": {"other": "x"}})
    await config_map.write("a", await config_map.read())
    kept = await config_map.api.get("/api/v1/namespaces/system/configmaps/status", dict)

    assert kept["data"] == {"other": "x", "status.yaml": "a"}
    assert kept["metadata"]["labels"] == {"rendered": "yes"}
    assert {call.verb for call in server.calls} == {"get", "update"}


@pytest.mark.parametrize("verb", ["get", "update"])
async def test_a_refusal_names_the_config_map(server: FakeApiServer, config_map: ConfigMapDocument, verb: str) -> None:
    seen = await config_map.read()
    server.fail(verb, Failure(status=403, reason="Forbidden"))
    with pytest.raises(DocumentError, match="ConfigMap system/status: "):
        await config_map.write("a", seen)


async def test_a_lost_race_is_told(server: FakeApiServer, config_map: ConfigMapDocument) -> None:
    seen = await config_map.read()
    server.fail("update", Failure(status=409, reason="Conflict"))
    with pytest.raises(DocumentError, match="somebody else wrote to it"):
        await config_map.write("a", seen)


async def test_a_file_that_is_not_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "requests.yaml").write_bytes(b"\xff")
    with pytest.raises(DocumentError, match=r"requests\.yaml: is not UTF-8"):
        await FileDocument(path=tmp_path / "requests.yaml").read()


async def test_a_file_in_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"status\.yaml: No such file"):
        await FileDocument(path=tmp_path / "nowhere" / "status.yaml").write("a", Text())


async def test_nothing_is_left_beside_a_file(tmp_path: Path) -> None:
    document = FileDocument(path=tmp_path / "folder" / "status.yaml")
    document.path.parent.mkdir()
    await document.write("a", await document.read())

    assert [each.name for each in document.path.parent.iterdir()] == ["status.yaml"]
