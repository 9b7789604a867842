"""Certificates that are renewed, lost or damaged while everything runs: no sync fails for it."""

import base64
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from bulkhead_testkit.admin import Admin, wait_for
from bulkhead_testkit.manifests import external_secret, fake_store, vault_store
from bulkhead_testkit.openbao import OpenBao
from bulkhead_testkit.scrape import samples, total
from bulkhead_testkit.stack import CONTROLLER_POD, NAMESPACE, VAULT_MOUNT, Stack

CONTROLLER = "bulkhead-tls-controller"
EXPIRY = "bulkhead_tls_certificate_expiry_timestamp_seconds"
REFUSED_FILES = "bulkhead_tls_reload_failures_total"


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
def load(stack: Stack, admin: Admin, bao: OpenBao, namespace: str) -> Load:
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
