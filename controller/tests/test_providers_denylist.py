"""The denylist on the controller's side: nothing goes to a provider server that is revoked."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from bulkhead_api.errors import UnauthenticatedError, UnavailableError
from bulkhead_api.secret_value import SecretValue
from bulkhead_controller.backends import Outcome, Query, Ref, Value
from bulkhead_controller.providers.servers import GrpcBackends
from bulkhead_provider_sdk import provider as sdk
from bulkhead_testkit.authority import Denied, Leaf, Usage, serial_in
from bulkhead_testkit.provider_stage import SERVER_ID, ProviderStage
from bulkhead_testkit.stage_client import CONSUMER, STORE, backends_of

TIMEOUT_S = 10.0
SERVER = Leaf(spiffe_id=SERVER_ID, usage=Usage.SERVER)
GOT = [Value(SecretValue(b"value of a"))]

client_of = partial(backends_of, timeout_s=TIMEOUT_S)


class Stage(ProviderStage):
    """A server, and the controller's own copy of the denylist."""

    def tell_controller(self, denied: Denied) -> None:
        self.authority.deny(self.directory / "caller-controller", denied)

    def server_serial(self) -> int:
        return serial_in(self.settings.tls_dir)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    stage = Stage.new(tmp_path)
    stage.identity()
    return stage


async def read(backends: GrpcBackends) -> list[Outcome]:
    return list(await backends.batch_get(STORE, CONSUMER, [Ref(key="a")]))


async def until_refused(backends: GrpcBackends) -> UnauthenticatedError:
    async with asyncio.timeout(TIMEOUT_S):
        while True:
            try:
                await read(backends)
            except UnauthenticatedError as error:
                return error
            except UnavailableError as error:
                # A call that is under way at that moment; the next one is told why.
                if "cut off" not in str(error):
                    raise
            # The file is looked at once a second, and there is no event for that.
            await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    ("denied", "says"),
    [
        pytest.param(lambda serial: Denied(serials=[serial], version=2), "its certificate", id="by-its-serial"),
        pytest.param(lambda _: Denied(identities=[SERVER_ID], version=2), "its identity is", id="by-its-identity"),
    ],
)
async def test_nothing_more_goes_over_a_running_channel_to_a_server_that_is_revoked(
    stage: Stage, denied: Callable[[int], Denied], says: str
) -> None:
    async with stage.serving(), client_of(stage) as backends:
        assert await read(backends) == GOT
        stage.tell_controller(denied(stage.server_serial()))
        for _ in range(2):
            with pytest.raises(UnauthenticatedError, match=f'provider server "tiny": {says}.*nothing was sent'):
                await read(backends)
        with pytest.raises(UnauthenticatedError):
            await backends.find(STORE, CONSUMER, Query(name_regexp="."))
        with pytest.raises(UnauthenticatedError):
            await backends.validate(STORE, CONSUMER)
        assert len(stage.provider.seen) == 1
        stage.tell_controller(Denied(version=3))
        assert await read(backends) == GOT


async def test_a_server_that_was_revoked_before_is_not_asked_at_all(stage: Stage) -> None:
    stage.tell_controller(Denied(serials=[stage.server_serial()], version=2))
    async with stage.serving(), client_of(stage) as backends:
        with pytest.raises(UnauthenticatedError, match="is revoked"):
            await read(backends)
    assert stage.provider.seen == []


async def test_a_server_with_a_new_certificate_is_asked_again_while_its_old_one_stays_revoked(stage: Stage) -> None:
    async with stage.serving(), client_of(stage) as backends:
        assert await read(backends) == GOT
        stage.tell_controller(Denied(serials=[stage.server_serial()], version=2))
        with pytest.raises(UnauthenticatedError):
            await read(backends)
        stage.authority.issue(SERVER, stage.settings.tls_dir)
        assert await read(backends) == GOT


async def test_without_a_list_in_date_nothing_is_sent_to_anybody(stage: Stage) -> None:
    stage.tell_controller(Denied(lifetime=timedelta(hours=-1)))
    async with stage.serving(), client_of(stage) as backends:
        with pytest.raises(UnavailableError, match='provider server "tiny": there is no denylist in date'):
            await read(backends)
        assert stage.provider.seen == []
        stage.tell_controller(Denied(version=2))
        assert await read(backends) == GOT


async def test_a_revoked_server_that_takes_the_place_of_another_between_two_calls_is_not_asked(stage: Stage) -> None:
    stolen = stage.authority.issue(SERVER, stage.directory / "stolen")
    stage.tell_controller(Denied(serials=[serial_in(stolen)], version=2))
    async with client_of(stage) as backends:
        async with stage.serving():
            assert await read(backends) == GOT
        for name in ("tls.key", "tls.crt"):
            (stolen / name).replace(stage.settings.tls_dir / name)
        async with stage.serving():
            with pytest.raises(UnauthenticatedError, match="is revoked"):
                await read(backends)
    assert len(stage.provider.seen) == 1


@pytest.mark.slow
async def test_a_certificate_that_a_server_took_since_it_was_looked_at_is_refused_too(stage: Stage) -> None:
    async with stage.serving(), client_of(stage) as backends:
        assert await read(backends) == GOT
        stage.authority.issue(SERVER, stage.settings.tls_dir)
        stage.tell_controller(Denied(serials=[stage.server_serial()], version=2))
        assert "is revoked" in (await until_refused(backends)).message


@pytest.mark.slow
async def test_a_call_in_flight_to_a_server_that_is_revoked_is_cut_off(stage: Stage) -> None:
    entered = asyncio.Event()

    async def answer(_: sdk.Ref) -> sdk.Outcome:
        entered.set()
        await asyncio.Event().wait()
        raise AssertionError

    async with stage.serving(), client_of(stage, timeout_s=60) as backends:
        stage.provider.answer = answer
        in_flight = asyncio.ensure_future(read(backends))
        async with asyncio.timeout(TIMEOUT_S):
            await entered.wait()
            stage.tell_controller(Denied(serials=[stage.server_serial()], version=2))
            with pytest.raises(UnavailableError, match="cut off"):
                await in_flight


@pytest.mark.slow
async def test_no_call_fails_while_others_are_revoked(stage: Stage) -> None:
    async with stage.serving(), client_of(stage) as backends:
        async with asyncio.timeout(TIMEOUT_S):
            for version in range(2, 5):
                stage.tell_controller(Denied(serials=range(1, version), version=version))
                for _ in range(100):
                    assert await read(backends) == GOT
                    await asyncio.sleep(0.015)


@pytest.mark.slow
async def test_no_call_fails_while_connections_end_by_their_age_and_servers_are_looked_at_anew(stage: Stage) -> None:
    stage.settings = replace(
        stage.settings,
        max_connection_age=timedelta(milliseconds=200),
        max_connection_age_grace=timedelta(seconds=TIMEOUT_S),
    )

    async def read_often(backends: GrpcBackends) -> None:
        for _ in range(150):
            assert await read(backends) == GOT
            await asyncio.sleep(0.01)

    async with stage.serving(), client_of(stage) as backends, asyncio.TaskGroup() as tasks:
        for _ in range(4):
            tasks.create_task(read_often(backends))


@pytest.mark.slow
async def test_the_facts_tell_a_new_certificate_once_the_channels_use_it(stage: Stage) -> None:
    async with stage.serving(), client_of(stage) as backends:
        assert await read(backends) == GOT
        before = backends.tls_facts()
        assert before.identity == "spiffe://bulkhead.local/controller"
        fresh = f"{serial_in(stage.identity()):x}"
        assert backends.tls_facts().serial == before.serial != fresh
        async with asyncio.timeout(TIMEOUT_S):
            # There is no event for it: whoever asks /tls asks again.
            while backends.tls_facts().serial != fresh:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        assert await read(backends) == GOT
