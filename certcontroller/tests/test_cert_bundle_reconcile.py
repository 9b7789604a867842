"""What becomes of a webhook configuration that is wrong, missing, closed to us or written by somebody else."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
from prometheus_client import CollectorRegistry

from bulkhead_api.secret_value import SecretValue
from bulkhead_certcontroller.answers import Asked, Silence
from bulkhead_certcontroller.authority import make_authority
from bulkhead_certcontroller.bundle_acknowledgement import BundleAcknowledgements
from bulkhead_certcontroller.bundle_decide import Inject, SeenWebhook
from bulkhead_certcontroller.bundle_metrics import BundleMetrics
from bulkhead_certcontroller.bundle_reconcile import BundleReconciler
from bulkhead_certcontroller.identities import Identity, Usage
from bulkhead_certcontroller.place import Held, PlaceError
from bulkhead_certcontroller.settings import settings_from_arguments
from bulkhead_certcontroller.webhook_configurations import (
    ConfigurationChangedError,
    ConfigurationError,
    SeenConfiguration,
    WebhookConfigurations,
)
from bulkhead_runtime.kube.client import KubeClient
from bulkhead_runtime.spiffe import SpiffeId
from bulkhead_testkit.fake_api_server import Failure, FakeApiServer

NAME: Final = "bulkhead-validate"
STORES: Final = "validate.secretstore.external-secrets.io"
NEW, OLD = (
    make_authority("bulkhead.local", timedelta(days=365), now=datetime(2026, 11, 1, tzinfo=UTC))
    .files()["ca.crt"]
    .reveal()
    for _ in range(2)
)


@dataclass
class Roots:
    """A place with roots."""

    pem: bytes | None = NEW
    name: str = "Secret system/tls-webhook-server"

    async def read(self) -> Held:
        if self.pem is None:
            raise PlaceError(f"{self.name}: not found")
        return Held(files={"ca.crt": SecretValue(self.pem)} if self.pem else {})

    async def write(self, files: Mapping[str, SecretValue], seen: Held) -> None:
        raise AssertionError("nobody writes here")


@dataclass
class Fake:
    """An API server with webhook configurations."""

    there: dict[str, SeenConfiguration] = field(default_factory=dict)
    error: ConfigurationError | None = None
    writes: int = 0
    told: asyncio.Event = field(default_factory=asyncio.Event)
    wrote: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, bundle: bytes) -> None:
        webhooks = (SeenWebhook(name=STORES, bundle=bundle),)
        self.there[NAME] = SeenConfiguration(name=NAME, version="1", webhooks=webhooks)
        self.told.set()

    def bundle(self) -> bytes:
        return self.there[NAME].webhooks[0].bundle

    async def read(self, name: str) -> SeenConfiguration | None:
        return self.there.get(name)

    async def inject(self, seen: SeenConfiguration, wanted: Inject) -> None:
        if self.error is not None:
            raise self.error
        self.writes += 1
        filled = tuple(replace(each, bundle=wanted.bundle) for each in seen.webhooks)
        self.there[seen.name] = replace(seen, webhooks=filled)
        self.wrote.set()

    async def changes(self, name: str) -> AsyncGenerator[None, None]:
        while True:
            await self.told.wait()
            self.told.clear()
            yield


class Scene:
    """A reconciler over fakes."""

    def __init__(self) -> None:
        self.configurations = Fake()
        self.roots = Roots()
        self.registry = CollectorRegistry()
        self.reconciler = BundleReconciler(
            [NAME], self.configurations, self.roots, metrics=BundleMetrics(self.registry), sleep=self._no_pause
        )

    async def _no_pause(self, _: float) -> None:
        await asyncio.sleep(0)

    async def look(self) -> None:
        await self.reconciler.look(NAME)

    def metric(self, name: str, **labels: str) -> float | None:
        return self.registry.get_sample_value(name, {"configuration": NAME, **labels})


@pytest.fixture
def scene() -> Scene:
    return Scene()


async def test_a_right_bundle_is_not_written_again(scene: Scene) -> None:
    scene.configurations.put(OLD)
    for _ in range(3):
        await scene.look()
    assert scene.configurations.bundle() == NEW
    assert scene.configurations.writes == 1
    assert scene.metric("bulkhead_ca_bundles_injected_total", reason="OtherRoots") == 1
    assert scene.metric("bulkhead_ca_bundle_right") == 1


async def test_new_roots_are_injected_by_the_next_look(scene: Scene) -> None:
    scene.configurations.put(NEW)
    scene.roots.pem = NEW + OLD
    await scene.look()
    assert scene.configurations.bundle() == NEW + OLD


async def test_a_bundle_stays_while_there_are_no_roots(scene: Scene) -> None:
    scene.configurations.put(OLD)
    scene.roots.pem = b""
    await scene.look()
    assert scene.configurations.bundle() == OLD
    assert scene.metric("bulkhead_ca_bundle_right") == 0


async def test_a_missing_configuration_is_filled_when_it_comes(scene: Scene) -> None:
    await scene.look()
    assert scene.metric("bulkhead_ca_bundle_right") == 0
    assert scene.metric("bulkhead_ca_bundle_failures_total") is None
    scene.configurations.put(b"")
    await scene.look()
    assert scene.configurations.bundle() == NEW


@pytest.mark.parametrize(
    "broken", [pytest.param("roots", id="the-roots-are-not"), pytest.param("server", id="the-api-server-refuses")]
)
async def test_a_look_is_counted_and_outlived_when(broken: str, scene: Scene) -> None:
    scene.configurations.put(OLD)
    if broken == "roots":
        scene.roots.pem = None
    else:
        scene.configurations.error = ConfigurationError("access denied")
    await scene.look()
    assert scene.metric("bulkhead_ca_bundle_failures_total") == 1
    assert scene.metric("bulkhead_ca_bundle_right") == 0
    scene.roots.pem, scene.configurations.error = NEW, None
    await scene.look()
    assert scene.configurations.bundle() == NEW


async def test_a_configuration_that_changed_meanwhile_is_no_failure(scene: Scene) -> None:
    scene.configurations.put(OLD)
    scene.configurations.error = ConfigurationChangedError("somebody else wrote to it")
    await scene.look()
    assert scene.metric("bulkhead_ca_bundle_failures_total") is None


@dataclass
class Processes:
    """Processes that all use what they should."""

    async def ask(self, identities: Sequence[Identity]) -> Mapping[str, Asked]:
        return {each.name: Asked() for each in identities}


def identity(name: str) -> Identity:
    return Identity(name=name, spiffe_id=SpiffeId("bulkhead.local", name), usage=Usage.SERVER)


async def silent(scene: Scene) -> set[str]:
    """Give the names of those who count as not answering."""
    asking = BundleAcknowledgements(Processes(), scene.reconciler)
    asked = await asking.ask([identity("webhook-server"), identity("provider-vault")])
    return {name for name, each in asked.items() if Silence.NO_ANSWER in each.silences}


async def test_a_rotation_goes_on_once_the_api_server_trusts_the_new_root(scene: Scene) -> None:
    scene.configurations.put(NEW)
    scene.roots.pem = NEW + OLD
    assert await silent(scene) == set()
    assert scene.configurations.bundle() == NEW + OLD


async def test_a_rotation_waits_for_the_webhook_while_the_api_server_does_not_trust_the_new_root(scene: Scene) -> None:
    scene.configurations.put(NEW)
    scene.roots.pem = NEW + OLD
    scene.configurations.error = ConfigurationError("access denied")
    assert await silent(scene) == {"webhook-server"}
    scene.configurations.error = ConfigurationChangedError("somebody else wrote to it")
    assert await silent(scene) == {"webhook-server"}


async def test_a_rotation_does_not_wait_for_a_configuration_that_is_not_there(scene: Scene) -> None:
    assert await silent(scene) == set()


async def test_a_change_that_the_watch_tells_is_put_right_at_once(scene: Scene) -> None:
    scene.configurations.put(NEW)
    task = asyncio.create_task(scene.reconciler.run())
    for damage in (b"", b"x", OLD):
        scene.configurations.wrote.clear()
        scene.configurations.put(damage)
        # Far below the time between two looks.
        async with asyncio.timeout(1):
            await scene.configurations.wrote.wait()
        assert scene.configurations.bundle() == NEW
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_refusal_says_what_to_do(tmp_path: Path) -> None:
    async with FakeApiServer(tmp_path / "api") as server, KubeClient(server.config) as client:
        server.fail("get", Failure(status=403, reason="Forbidden"))
        with pytest.raises(ConfigurationError, match="access denied: the chart's ClusterRole must name it"):
            await WebhookConfigurations(api=client).read(NAME)
        assert await WebhookConfigurations(api=client).read(NAME) is None


def test_configurations_do_not_go_with_directories(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--identities-file=x", "--output-dir=a", "--ca-dir=b", f"--webhook-configuration={NAME}"]
    with pytest.raises(SystemExit):
        settings_from_arguments(arguments)
    assert "--webhook-configuration: with directories no API server is used" in capsys.readouterr().err
