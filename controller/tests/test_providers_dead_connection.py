"""A connection over the network whose other end has vanished: no packet says so, and no call may wait for one."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from bulkhead_api.errors import DeadlineError, UnavailableError
from bulkhead_controller.backends import Ref
from bulkhead_runtime.health import Address
from bulkhead_testkit.provider_stage import ProviderStage
from bulkhead_testkit.service import Service
from bulkhead_testkit.stage_client import CONSUMER, STORE, backends_of

client_of = partial(backends_of, timeout_s=2.0)
# Far less than what TCP itself takes, which is a quarter of an hour.
FOUND_OUT_S = 30.0


@pytest.mark.slow
async def test_another_connection_is_made_soon(tmp_path: Path) -> None:
    stage = ProviderStage.new(tmp_path)
    # The server knows as little as the client that nobody is there, and would wait for its calls to end.
    settings = replace(stage.settings, listen=Address("127.0.0.1", 0), grace_period=timedelta(0))
    stage.settings = settings
    async with stage.serving() as server:
        assert isinstance(server.listen, Address)
        with Service(server.listen.port) as service:
            stage.settings = replace(settings, listen=Address("127.0.0.1", service.port))
            async with client_of(stage) as backends:
                await backends.batch_get(STORE, CONSUMER, [Ref(key="a")])
                service.swallow()
                failures = 0
                async with asyncio.timeout(FOUND_OUT_S):
                    while True:
                        try:
                            await backends.batch_get(STORE, CONSUMER, [Ref(key="a")])
                            break
                        except (DeadlineError, UnavailableError):
                            failures += 1
                assert failures > 0
