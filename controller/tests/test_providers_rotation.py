"""The CA is replaced while the controller calls a provider server: with overlap no call fails, at once few do."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from bulkhead_api.errors import ProviderError
from bulkhead_controller.backends import Ref
from bulkhead_controller.providers.servers import GrpcBackends
from bulkhead_testkit.authority import Authority, Leaf, Usage
from bulkhead_testkit.provider_stage import CONTROLLER, SERVER_ID, ProviderStage
from bulkhead_testkit.stage_client import CONSUMER, STORE, backends_of

pytestmark = pytest.mark.slow

TIMEOUT_S = 10.0
SERVER = Leaf(spiffe_id=SERVER_ID, usage=Usage.SERVER)


class Caller:
    """Calls about a hundred times a second until told to stop."""

    def __init__(self, backends: GrpcBackends) -> None:
        self.answered = 0
        self.failed: list[ProviderError] = []
        self._backends = backends
        self._stopped = False

    async def run(self) -> None:
        while not self._stopped:
            try:
                await self._backends.batch_get(STORE, CONSUMER, [Ref(key="a")])
                self.answered += 1
            except ProviderError as error:
                self.failed.append(error)
            await asyncio.sleep(0.01)

    async def answers_more(self) -> None:
        """Wait for some answers more."""
        before = self.answered
        await until(lambda: self.answered > before + 20)

    def stop(self) -> None:
        self._stopped = True


async def until(ready: Callable[[], bool]) -> None:
    async with asyncio.timeout(TIMEOUT_S):
        # There is no event for it: whoever asks /tls asks again.
        while not ready():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_no_call_fails_while_the_ca_is_replaced_with_overlap(tmp_path: Path) -> None:
    stage = ProviderStage.new(tmp_path)
    client, server = stage.identity(), stage.settings.tls_dir
    old, new = stage.authority, Authority.new()
    both = old.roots + new.roots
    async with stage.serving(), backends_of(stage, timeout_s=TIMEOUT_S) as backends, asyncio.TaskGroup() as tasks:
        caller = Caller(backends)
        tasks.create_task(caller.run())
        await caller.answers_more()
        for authority, leaf, directory in ((old, SERVER, server), (old, CONTROLLER, client)):
            authority.issue(leaf, directory, roots=both)
        await until(lambda: new.key_id in backends.tls_facts().roots)
        await caller.answers_more()
        for leaf, directory in ((SERVER, server), (CONTROLLER, client)):
            new.issue(leaf, directory, roots=both)
        await until(lambda: backends.tls_facts().issuer == new.key_id)
        await caller.answers_more()
        for directory in (server, client):
            fresh = directory.with_name("roots")
            fresh.write_bytes(new.roots)
            fresh.replace(directory / "ca.crt")
        await until(lambda: backends.tls_facts().roots == (new.key_id,))
        await caller.answers_more()
        caller.stop()
    assert caller.failed == []


async def test_calls_go_on_within_seconds_after_the_ca_was_replaced_at_once(tmp_path: Path) -> None:
    stage = ProviderStage.new(tmp_path)
    client, server = stage.identity(), stage.settings.tls_dir
    new = Authority.new()
    async with stage.serving(), backends_of(stage, timeout_s=TIMEOUT_S) as backends, asyncio.TaskGroup() as tasks:
        caller = Caller(backends)
        tasks.create_task(caller.run())
        await caller.answers_more()
        for leaf, directory in ((SERVER, server), (CONTROLLER, client)):
            new.issue(leaf, directory)
        await until(lambda: backends.tls_facts().issuer == new.key_id)
        # One call may have been under way with what was used before.
        await caller.answers_more()
        failed = len(caller.failed)
        await caller.answers_more()
        caller.stop()
    assert len(caller.failed) == failed
    assert all(error.retryable for error in caller.failed)
