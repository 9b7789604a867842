"""The Secret place: get and update by name, nothing else, and what it says when that fails."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bulkhead_api.secret_value import SecretValue
from bulkhead_certcontroller.identities import IdentitiesError, Identity, Usage
from bulkhead_certcontroller.place import PlaceChangedError, PlaceError
from bulkhead_certcontroller.secrets import SecretPlace, secret_places
from bulkhead_runtime.kube.client import KubeClient
from bulkhead_runtime.spiffe import SpiffeId
from bulkhead_testkit.fake_api_server import Failure, FakeApiServer, Object

FILES = {"tls.crt": SecretValue(b"certificate"), "tls.key": SecretValue(b"the key itself")}


def rendered() -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "tls", "namespace": "system", "labels": {"rendered": "yes"}, "annotations": {"a": "b"}},
        "type": "Opaque",
    }


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[FakeApiServer]:
    async with FakeApiServer(tmp_path / "api") as started:
        started.put("v1/secrets", rendered())
        yield started


@pytest.fixture
async def place(server: FakeApiServer) -> AsyncIterator[SecretPlace]:
    async with KubeClient(server.config) as client:
        yield SecretPlace(api=client, namespace="system", secret="tls")


async def test_a_secret_rendered_empty_holds_nothing(place: SecretPlace) -> None:
    assert (await place.read()).files == {}


async def test_what_was_written_is_read_back(place: SecretPlace) -> None:
    await place.write(FILES, await place.read())

    assert (await place.read()).files == FILES


async def test_what_the_chart_has_rendered_stays(place: SecretPlace) -> None:
    await place.write(FILES, await place.read())
    kept = await place.api.get("/api/v1/namespaces/system/secrets/tls", dict)

    assert kept["type"] == "Opaque"
    assert kept["metadata"]["labels"] == {"rendered": "yes"}
    assert kept["metadata"]["annotations"] == {"a": "b"}


async def test_only_get_and_update_are_used(server: FakeApiServer, place: SecretPlace) -> None:
    await place.write(FILES, await place.read())

    assert {call.verb for call in server.calls} == {"get", "update"}


async def test_an_empty_key_counts_as_missing(server: FakeApiServer, place: SecretPlace) -> None:
    server.put("v1/secrets", {**rendered(), "data": {"tls.crt": "", "tls.key": "a2V5"}})

    assert (await place.read()).files == {"tls.key": SecretValue(b"key")}


async def test_a_key_that_is_no_base64_is_damaged_and_not_missing(server: FakeApiServer, place: SecretPlace) -> None:
    server.put("v1/secrets", {**rendered(), "data": {"tls.key": "%"}})

    assert (await place.read()).files == {"tls.key": SecretValue(b"%")}


async def test_a_writer_that_saw_an_older_version_is_refused(place: SecretPlace) -> None:
    seen = await place.read()
    await place.write(FILES, seen)
    with pytest.raises(PlaceChangedError):
        await place.write({"tls.key": SecretValue(b"other")}, seen)

    assert (await place.read()).files == FILES


async def test_a_writer_that_loses_the_race_is_told(server: FakeApiServer, place: SecretPlace) -> None:
    server.fail("update", Failure(status=409, reason="Conflict"))
    with pytest.raises(PlaceChangedError, match="Secret system/tls: somebody else wrote to it"):
        await place.write(FILES, await place.read())


@pytest.mark.parametrize(
    ("failure", "says"),
    [
        pytest.param(Failure(status=404, reason="NotFound"), "not found: the chart renders it empty", id="missing"),
        pytest.param(Failure(status=403, reason="Forbidden"), "access denied: the chart's Role", id="forbidden"),
        pytest.param(Failure(status=500, reason="InternalError"), "500 InternalError", id="broken-server"),
    ],
)
@pytest.mark.parametrize("verb", ["get", "update"])
async def test_a_refusal_names_the_secret_and_shows_no_content(
    server: FakeApiServer, place: SecretPlace, failure: Failure, says: str, verb: str
) -> None:
    seen = await place.read()
    server.fail(verb, failure)
    with pytest.raises(PlaceError, match="Secret system/tls: ") as caught:
        await place.write(FILES, seen)

    assert says in str(caught.value)
    assert "injected" not in str(caught.value)


@pytest.mark.parametrize(
    ("secret", "says"),
    [pytest.param(None, "secret: missing", id="none"), pytest.param("bulkhead-ca", "Secret of the CA", id="the-cas")],
)
async def test_an_identity_is_refused_with_the_secret(place: SecretPlace, secret: str | None, says: str) -> None:
    identity = Identity(name="c", spiffe_id=SpiffeId("td", "c"), usage=Usage.CLIENT, secret=secret)
    with pytest.raises(IdentitiesError, match=says):
        secret_places(place.api, "system", "bulkhead-ca", [identity])
