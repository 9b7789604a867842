"""Provider servers in Pods of their own: called over the network, with the Kubernetes identity of their Pod."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final

import msgspec
import pytest
import yaml

from bulkhead_testkit.admin import wait_for
from bulkhead_testkit.manifests import external_secret, fake_store, vault_store
from bulkhead_testkit.ports import free_port
from bulkhead_testkit.probe import answers
from bulkhead_testkit.process import Process
from bulkhead_testkit.scrape import total
from bulkhead_testkit.service import Service
from bulkhead_testkit.stack import VAULT_MOUNT, ProviderIdentity, Stack, StackOptions

NAMESPACE: Final = "demo"
CREDENTIAL: Final = "vault-token"


ROUTES: Final = "/api/v1/namespaces/bulkhead-system/configmaps/bulkhead-providers"


class Setting:
    """The installation, in which the controller calls the fake provider server by a Service that can lead elsewhere."""

    def __init__(self, stack: Stack) -> None:
        stack.start_control_plane()
        self.stack = stack
        self.service = Service(0)
        routes = {"providers.yaml": self._led_to_the_service(stack)}
        stack.admin.request("PATCH", ROUTES, body={"data": routes}, content_type="application/merge-patch+json")
        stack.start_pods()
        self.server = stack.container("provider-fake")

    def _led_to_the_service(self, stack: Stack) -> str:
        class ConfigMap(msgspec.Struct):
            data: dict[str, str]

        found = stack.admin.get(ROUTES, ConfigMap)
        assert found is not None
        text = found.data["providers.yaml"]
        (address,) = [each["address"] for each in yaml.safe_load(text)["providers"] if each["name"] == "fake"]
        self.service.target = int(address.rpartition(":")[2])
        return text.replace(address, f"127.0.0.1:{self.service.port}")

    def replace_server(self) -> None:
        """Replace the fake provider server as a Deployment does: the new one is ready, then the old one has to go."""
        ports = {flag: free_port() for flag in ("--listen", "--live-addr", "--metrics-addr")}
        argv = [
            f"{flag}=127.0.0.1:{ports[flag]}" if (flag := each.partition("=")[0]) in ports else each
            for each in self.server.argv
        ]
        new = Process("provider-fake", argv, log=self.server.log, cwd=Path("/"), user=self.server.user).start()
        new.wait_until(lambda: answers(ports["--live-addr"], "/readyz"), 30)
        self.service.target = ports["--listen"]
        self.server.stop()
        self.server = new


@pytest.fixture(scope="module")
def setting() -> Iterator[Setting]:
    identity = ProviderIdentity(secrets={NAMESPACE: [CREDENTIAL]})
    stack = Stack(StackOptions(topology="isolated", identities={"vault": identity}, webhook=True, ask_providers=True))
    setting = None
    try:
        setting = Setting(stack)
        with setting.service:
            yield setting
    finally:
        if setting is not None:
            setting.server.stop()
        stack.stop()


@pytest.fixture(scope="module")
def stack(setting: Setting) -> Stack:
    return setting.stack


def synced(stack: Stack, name: str) -> dict[str, bytes]:
    stack.admin.wait_ready(NAMESPACE, name, reason="SecretSynced")
    found = stack.admin.secret(NAMESPACE, name)
    assert found is not None
    return dict(found.data)


def test_a_secret_is_synced_over_the_network_and_the_webhook_asks_there_too(stack: Stack) -> None:
    stack.admin.apply(fake_store(NAMESPACE, {"k": "v"}))
    stack.admin.apply(external_secret(NAMESPACE, "fake", store="fake", data={"k": {"key": "k"}}))
    assert synced(stack, "fake") == {"k": b"v"}
    assert {"bulkhead-provider-fake", "bulkhead-provider-vault"} < stack.pods.keys()
    assert list(stack.pods["bulkhead-controller"].containers) == ["controller"]


def test_a_provider_server_reads_what_a_store_names_with_its_pods_own_token(stack: Stack) -> None:
    bao = stack.backend
    bao.put(VAULT_MOUNT, "db", {"password": "p"})
    bao.write_policy("db", {f"{VAULT_MOUNT}/data/db": ["read"]})
    token = bao.create_token(policies=["db"]).reveal().decode()
    metadata = {"name": CREDENTIAL, "namespace": NAMESPACE}
    stack.admin.apply({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": {"token": token}})
    auth = {"tokenSecretRef": {"name": CREDENTIAL, "key": "token"}}
    stack.admin.apply(vault_store(NAMESPACE, server=bao.address, auth=auth))
    data = {"password": {"key": "db", "property": "password"}}
    stack.admin.apply(external_secret(NAMESPACE, "vault", store="vault", data=data))
    assert synced(stack, "vault") == {"password": b"p"}


def test_no_sync_fails_while_a_provider_server_is_replaced(setting: Setting) -> None:
    stack = setting.stack
    names = [f"steady-{number}" for number in range(40)]
    stack.admin.apply(fake_store(NAMESPACE, {"k": "v"}))
    for name in names:
        wanted = external_secret(NAMESPACE, name, store="fake", data={"k": {"key": "k"}}, refresh_interval="1s")
        stack.admin.apply(wanted)
    for name in names:
        synced(stack, name)
    controller = stack.container("controller")
    for _ in range(4):
        before = total(controller, CALLS)
        setting.replace_server()
        # Each has been synced again, in part by calls of the very moment.
        wait_for(partial(synced_more_than, controller, before + 2 * len(names)), what="syncs go on", timeout_s=30)
    assert total(controller, "externalsecret_sync_calls_error") == 0


CALLS: Final = "externalsecret_sync_calls_total"


def synced_more_than(controller: Process, times: float) -> bool | None:
    return total(controller, CALLS) > times or None
