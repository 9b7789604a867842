"""Certificates that are renewed, lost or damaged while everything runs: no sync fails for it."""

import base64
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from bulkhead_api.certificates import STATUS_KEY
from bulkhead_cli.certs.documents import status_from
from bulkhead_runtime.leaf import subject_key_id
from bulkhead_runtime.tls_facts import TlsFacts
from bulkhead_testkit.admin import name_of, path_of, wait_for
from bulkhead_testkit.manifests import external_secret, fake_store, vault_store
from bulkhead_testkit.probe import loaded_tls
from bulkhead_testkit.scrape import samples, total
from bulkhead_testkit.stack import CONTROLLER_POD, NAMESPACE, VAULT_MOUNT, WEBHOOK_CONFIGURATION, Stack
from bulkhead_testkit.webhook_configuration import Configuration

BULKHEAD: Final = Path(sys.executable).with_name("bulkhead")
CA = "bulkhead-ca"
CONTROLLER = "bulkhead-tls-controller"
IDENTITIES = ("controller", "provider/vault", "provider/fake", "webhook", "webhook/server")
EXPIRY = "bulkhead_tls_certificate_expiry_timestamp_seconds"
REFUSED_FILES = "bulkhead_tls_reload_failures_total"


class ConfigMap(msgspec.Struct):
    """A ConfigMap."""

    data: dict[str, str] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """ExternalSecrets of both providers that are refreshed each second."""

    stack: Stack
    namespace: str
    names: Sequence[str]

    def goes_on(self) -> None:
        """Wait until each was synced three times more, and make sure that none ever failed."""
        before = self._calls()
        wait_for(
            lambda: all(self._calls()[name] >= before[name] + 3 for name in self.names) or None,
            what="three more syncs of each",
        )
        controller = self.stack.container("controller")
        assert total(controller, "externalsecret_sync_calls_error", namespace=self.namespace) == 0

    def _calls(self) -> dict[str, float]:
        calls = samples(self.stack.container("controller"), "externalsecret_sync_calls_total", namespace=self.namespace)
        return {sample.labels["name"]: sample.value for sample in calls}


@pytest.fixture
def load(stack: Stack, namespace: str) -> Load:
    return _load_on(stack, namespace)


def _load_on(stack: Stack, namespace: str) -> Load:
    admin, bao = stack.admin, stack.backend
    bao.put(VAULT_MOUNT, f"{namespace}/k", {"k": "v"})
    admin.apply(vault_store(namespace, server=bao.address))
    admin.apply(fake_store(namespace, {f"{namespace}/k": '{"k": "v"}'}))
    names = [f"{store}-{number}" for store in ("vault", "fake") for number in range(3)]
    for name in names:
        refs = {"k": {"key": f"{namespace}/k", "property": "k"}}
        store = name.partition("-")[0]
        admin.apply(external_secret(namespace, name, store=store, data=refs, refresh_interval="1s"))
    for name in names:
        admin.wait_ready(namespace, name, reason="SecretSynced")
    return Load(stack=stack, namespace=namespace, names=names)


def test_all_certificates_rotate_under_load_and_no_sync_fails(stack: Stack, load: Load) -> None:
    secrets = [CONTROLLER, *(f"bulkhead-tls-provider-{name}" for name in stack.options.providers)]
    before = _leaves(stack, secrets)
    for name in secrets:
        _set_files(stack, name, None)
    _look_again(stack)
    after = _leaves(stack, secrets)
    assert not set(before) & set(after)
    for provider, leaf in zip(stack.options.providers, after[1:], strict=True):
        _provider_uses(stack, provider, leaf)
    _controller_uses(stack, after[0])
    load.goes_on()


def test_a_damaged_certificate_is_not_taken_and_then_replaced(stack: Stack, load: Load) -> None:
    controller = stack.container("controller")
    refused = total(controller, REFUSED_FILES)
    _set_files(stack, CONTROLLER, {"tls.crt": base64.b64encode(b"damaged").decode()})
    wait_for(lambda: total(controller, REFUSED_FILES) > refused or None, what="the controller refuses the files")
    load.goes_on()
    _look_again(stack)
    _controller_uses(stack, _leaves(stack, [CONTROLLER])[0])
    load.goes_on()


def test_the_ca_rotates_under_load_and_the_old_root_is_gone_everywhere(
    guarded_stack: Stack, record_property: Callable[[str, object], None]
) -> None:
    stack = guarded_stack
    stack.admin.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "rotating"}})
    load = _load_on(stack, "rotating")
    old = _roots(stack, CA)
    begun = time.monotonic()
    _ask_for_a_new_ca(stack)
    wait_for(
        lambda: (_phase(stack) == "Stable" and not _roots(stack, CA) & old) or None, what="Stable again", timeout_s=120
    )
    record_property("summary", f"rotation of the CA under load: {time.monotonic() - begun:.1f} s")
    new = _roots(stack, CA)
    assert len(new) == 1
    assert not new & old
    assert {secret: _roots(stack, secret) for secret in _tls_secrets(stack)} == dict.fromkeys(_tls_secrets(stack), new)
    wait_for(lambda: _bundle(stack) == new or None, what="the webhook configuration holds the new root alone")
    trusted = {each.identity: frozenset(each.roots) for each in _everything_in_use(stack)}
    assert trusted.keys() >= {f"spiffe://bulkhead.local/{path}" for path in IDENTITIES}
    assert set(trusted.values()) == {new}
    # The API server asks the webhook by the new root.
    refs = {"k": {"key": "rotating/k", "property": "k"}}
    stack.admin.apply(external_secret("rotating", "one-more", store="fake", data=refs, refresh_interval="1h"))
    load.goes_on()


def _ask_for_a_new_ca(stack: Stack) -> None:
    person = ["--kubeconfig", str(stack.plane.admin_kubeconfig), "--namespace", NAMESPACE]
    subprocess.run([BULKHEAD, "certs", "rotate-ca", *person], check=True, capture_output=True, timeout=60)


def _roots(stack: Stack, secret: str) -> frozenset[str]:
    """Give the key identifiers of the roots in a Secret."""
    found = stack.admin.secret(NAMESPACE, secret)
    return _key_ids(found.data["ca.crt"]) if found else frozenset()


def _key_ids(bundle: bytes) -> frozenset[str]:
    return frozenset(subject_key_id(each) for each in x509.load_pem_x509_certificates(bundle))


def _phase(stack: Stack) -> str:
    path = f"/api/v1/namespaces/{NAMESPACE}/configmaps/bulkhead-certificate-status"
    found = stack.admin.get(path, ConfigMap)
    status = None if found is None else status_from(found.data.get(STATUS_KEY, ""))
    return "" if status is None else status.phase


def _tls_secrets(stack: Stack) -> Sequence[str]:
    secrets = [name_of(each) for each in stack.manifests if each["kind"] == "Secret"]
    return [name for name in secrets if name.startswith("bulkhead-tls-")]


def _bundle(stack: Stack) -> frozenset[str]:
    """Give the roots by which the API server verifies the webhook."""
    (manifest,) = (each for each in stack.manifests if each["kind"] == WEBHOOK_CONFIGURATION)
    found = stack.admin.get(path_of(manifest), Configuration)
    bundles = {each.client_config.ca_bundle for each in found.webhooks} if found else set()
    return frozenset[str]().union(*(_key_ids(base64.b64decode(each)) for each in bundles))


def _everything_in_use(stack: Stack) -> Sequence[TlsFacts]:
    """Give what each process says of each of its identities."""
    return [
        each
        for pod in stack.pods.values()
        for container in pod.containers
        for each in loaded_tls(pod.health_port(container))
    ]


def _set_files(stack: Stack, secret: str, files: object) -> None:
    """Change files in a certificate's Secret; None removes all."""
    path = f"/api/v1/namespaces/{NAMESPACE}/secrets/{secret}"
    stack.admin.request("PATCH", path, body={"data": files}, content_type="application/merge-patch+json")


def _look_again(stack: Stack) -> None:
    """Make the certcontroller look now and not within a minute: it does when it starts."""
    stack.container("certcontroller").stop()
    stack.start_container("certcontroller")


def _leaves(stack: Stack, secrets: Sequence[str]) -> list[bytes]:
    """Give the certificate in each Secret, as DER."""
    found = [stack.admin.secret(NAMESPACE, name) for name in secrets]
    return [
        x509.load_pem_x509_certificate(secret.data["tls.crt"]).public_bytes(Encoding.DER) for secret in found if secret
    ]


def _controller_uses(stack: Stack, leaf: bytes) -> None:
    expiry = x509.load_der_x509_certificate(leaf).not_valid_after_utc.timestamp()
    wait_for(
        lambda: total(stack.container("controller"), EXPIRY) == expiry or None, what="the controller reads its files"
    )


def _provider_uses(stack: Stack, provider: str, leaf: bytes) -> None:
    wait_for(lambda: _served(stack, provider) == leaf or None, what=f"provider {provider} serves its certificate")


def _served(stack: Stack, provider: str) -> bytes | None:
    """Give the certificate, as DER, that a provider server shows to whoever connects."""
    shared = stack.pods[CONTROLLER_POD].shared_folders()[f"/run/bulkhead/providers/{provider}"]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    with socket.socket(socket.AF_UNIX) as plain:
        plain.connect(str(Path(shared) / "server/provider.sock"))
        with context.wrap_socket(plain) as tls:
            return tls.getpeercert(binary_form=True)
