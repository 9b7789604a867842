"""The whole installation with its webhook, whose certificate, roots and routes nobody gave it by hand."""

import urllib.request
from collections.abc import Iterator

import pytest

from bulkhead_testkit.admin import AdminError, wait_for
from bulkhead_testkit.manifests import external_secret, fake_store
from bulkhead_testkit.stack import Stack, StackOptions

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("webhook")]

NAMESPACE = "demo"


@pytest.fixture(scope="module")
def guarded() -> Iterator[Stack]:
    with Stack(StackOptions(providers=("fake",), webhook=True, ask_providers=True)) as stack:
        yield stack


def test_what_is_good_is_synced_and_its_provider_server_was_asked(guarded: Stack) -> None:
    guarded.admin.apply(fake_store(NAMESPACE, {"k": "v"}))
    guarded.admin.apply(external_secret(NAMESPACE, "good", store="fake", data={"k": {"key": "k"}}))
    guarded.admin.wait_ready(NAMESPACE, "good", reason="SecretSynced")
    assert 'bulkhead_webhook_provider_questions_total{outcome="valid",server="fake"}' in metrics(guarded)


def test_what_is_bad_is_refused(guarded: Stack) -> None:
    with pytest.raises(AdminError, match=r"spec\.provider\.fake\.data\[0\]\.key"):
        guarded.admin.apply(fake_store(NAMESPACE, {"": "v"}))


def test_a_webhook_that_is_killed_answers_again_when_it_is_back(guarded: Stack) -> None:
    guarded.container("webhook").kill()
    with pytest.raises(AdminError, match="failed calling webhook"):
        guarded.admin.apply(fake_store(NAMESPACE, {"other": "v"}))
    guarded.start_container("webhook")
    guarded.admin.apply(fake_store(NAMESPACE, {"other": "v"}))


def test_a_new_certificate_is_used_and_trusted_without_a_failed_write(guarded: Stack) -> None:
    before = serials(guarded)
    path = "/api/v1/namespaces/bulkhead-system/secrets/bulkhead-tls-webhook-server"
    guarded.admin.request("PATCH", path, body={"data": {"tls.crt": ""}}, content_type="application/merge-patch+json")

    def renewed() -> bool | None:
        guarded.admin.apply(fake_store(NAMESPACE, {"third": "v"}))
        return True if serials(guarded) != before else None

    wait_for(renewed, what="the webhook uses a new certificate", timeout_s=90)


def metrics(stack: Stack) -> str:
    return read(stack, "/metrics")


def serials(stack: Stack) -> str:
    return read(stack, "/tls")


def read(stack: Stack, path: str) -> str:
    address = next(each for each in stack.container("webhook").argv if each.startswith("--live-addr="))
    with urllib.request.urlopen(f"http://{address.partition('=')[2]}{path}", timeout=5) as answer:
        return str(answer.read().decode())
