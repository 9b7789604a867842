import json

import msgspec
import pytest

from bulkhead_api import errors
from bulkhead_api.external_secret import CreationPolicy, ExternalSecret, RefreshPolicy, StoreKind
from bulkhead_api.meta import ObjectMeta
from bulkhead_api.secret import Secret, encode_secret
from bulkhead_api.secret_store import SecretStore
from bulkhead_api.secret_value import SecretValue


def test_an_external_secret_has_the_defaults_that_its_definition_gives() -> None:
    seen = msgspec.json.decode(b'{"metadata": {"name": "a"}, "spec": {}}', type=ExternalSecret)
    assert seen.spec.refresh_interval == "1h0m0s"
    assert seen.spec.refresh_policy is RefreshPolicy.PERIODIC
    assert seen.spec.target.creation_policy is CreationPolicy.OWNER
    assert seen.spec.secret_store_ref.kind is StoreKind.SECRET_STORE
    assert seen.status.refresh_time is None


def test_entries_share_the_texts_that_are_the_same_in_all_of_them() -> None:
    body = b'{"metadata": {"name": "a"}, "spec": {"data": [{"secretKey": "k", "remoteRef": {"key": "team/db"}}]}}'
    one, other = (msgspec.json.decode(body, type=ExternalSecret).spec.data[0] for _ in range(2))
    assert one.remote_ref.key is other.remote_ref.key
    assert one.secret_key is other.secret_key


def test_fields_that_are_not_known_are_kept_out_of_the_way() -> None:
    body = b'{"metadata": {"name": "a", "managedFields": [{}]}, "spec": {"new": 1}, "status": {"newer": 2}}'
    assert msgspec.json.decode(body, type=ExternalSecret).metadata.name == "a"


def test_a_stores_provider_spec_stays_as_it_was_written() -> None:
    body = b'{"metadata": {"name": "s"}, "spec": {"provider": {"vault": {"server":  "x", "n": 1.50}}}}'
    store = msgspec.json.decode(body, type=SecretStore)
    assert bytes(store.spec.provider["vault"]) == b'{"server":  "x", "n": 1.50}'


def test_equal_secrets_have_the_same_body() -> None:
    one = Secret(metadata=ObjectMeta(name="a"), data={"x": SecretValue(b"1"), "y": SecretValue(b"2")})
    other = Secret(metadata=ObjectMeta(name="a"), data={"y": SecretValue(b"2"), "x": SecretValue(b"1")})
    assert encode_secret(one) == encode_secret(other)


def test_a_secrets_body_is_what_the_api_server_takes() -> None:
    secret = Secret(
        metadata=ObjectMeta(name="a", namespace="n", labels={"k": "v"}), data={"x": SecretValue(b"\x00\xff")}
    )
    assert json.loads(encode_secret(secret)) == {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "a", "namespace": "n", "labels": {"k": "v"}},
        "data": {"x": "AP8="},
        "type": "Opaque",
    }


def test_a_secret_does_not_show_its_values() -> None:
    secret = Secret(metadata=ObjectMeta(name="a"), data={"x": SecretValue(b"marked-0451")})
    assert "0451" not in repr(secret)


@pytest.mark.parametrize("error", errors.ProviderError.__subclasses__(), ids=lambda error: error.__name__)
def test_every_provider_error_keeps_its_message_and_hint(error: type[errors.ProviderError]) -> None:
    raised = error("what, where", retry_after_s=1.5)
    assert (str(raised), raised.message, raised.retry_after_s) == ("what, where", "what, where", 1.5)
    assert isinstance(error.retryable, bool)
