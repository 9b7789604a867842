"""What Vault's answers mean: secrets, fields and typed errors. Bodies are those of a real server."""

import pytest

from bulkhead_api.errors import (
    AccessDeniedError,
    DeadlineError,
    InvalidRefError,
    InvalidStoreError,
    InvalidValueError,
    ProviderError,
    SecretNotFoundError,
    ThrottledError,
    TooLargeError,
    UnauthenticatedError,
    UnavailableError,
)
from bulkhead_provider_vault.failures import Answer, Place, error_from
from bulkhead_provider_vault.mapping import Secret, fields_from, secret_from, value_from
from bulkhead_provider_vault.spec import KvVersion
from bulkhead_provider_vault.transport import (
    NoAnswerError,
    OversizedError,
    Reply,
    UnreachableError,
    WithheldError,
)

PLACE = Place(subject='store "a/b": key "k"', path="secret/data/k")
V2_BODY = b'{"data":{"data":{"n":12345678901234567890,"f":1.50},"metadata":{"version":7}},"warnings":null}'


def answered(body: bytes, version: KvVersion = KvVersion.V2) -> Secret:
    return secret_from(Reply(status=200, body=body), version=version, place=PLACE, token_accepted=True)


def test_a_secret_keeps_the_numbers_that_vault_sent() -> None:
    secret = answered(V2_BODY)

    assert secret.version == "7"
    assert value_from(secret, "", PLACE) == b'{"f":1.50,"n":12345678901234567890}'
    assert value_from(secret, "n", PLACE) == b"12345678901234567890"


def test_a_secret_of_version_1_has_no_version() -> None:
    assert answered(b'{"data":{"a":"b"}}', KvVersion.V1) == Secret(document=b'{"a":"b"}', version="")


@pytest.mark.parametrize(
    ("body", "version", "error"),
    [
        pytest.param(
            b'{"data":{"data":null,"metadata":{"version":1}}}', KvVersion.V2, SecretNotFoundError, id="deleted"
        ),
        pytest.param(b'{"data":null}', KvVersion.V1, SecretNotFoundError, id="nothing"),
        pytest.param(b"{}", KvVersion.V2, SecretNotFoundError, id="no-data"),
        pytest.param(b'{"data":{"a":"b"}}', KvVersion.V2, InvalidStoreError, id="the-other-engine-version"),
        pytest.param(b"<html>", KvVersion.V2, UnavailableError, id="a-page-of-a-proxy"),
        pytest.param(b'{"data":[1]}', KvVersion.V2, UnavailableError, id="a-list"),
    ],
)
def test_an_answer_is_no_secret_when_it_is(body: bytes, version: KvVersion, error: type[ProviderError]) -> None:
    with pytest.raises(error, match=r'^store "a/b": key "k": '):
        answered(body, version)


def test_fields_are_refused_of_what_is_no_object() -> None:
    secret = Secret(document=b'{"s":"canary"}', version="1")
    with pytest.raises(InvalidValueError, match='key "k": property "s": the value is not a JSON object') as caught:
        fields_from(secret, "s", PLACE)
    assert "canary" not in str(caught.value)


def test_null_is_an_empty_value_and_exists() -> None:
    assert value_from(Secret(document=b'{"s":null}', version=""), "s", PLACE) == b""


@pytest.mark.parametrize(
    ("answer", "error", "says"),
    [
        pytest.param(Reply(status=307, body=b""), UnavailableError, "not followed", id="redirect"),
        pytest.param(Reply(status=400, body=b"{}"), InvalidRefError, "malformed", id="bad-request"),
        pytest.param(Reply(status=403, body=b"{}"), AccessDeniedError, 'path "secret/data/k"', id="forbidden"),
        pytest.param(Reply(status=404, body=b'{"errors":[]}'), SecretNotFoundError, "not found", id="not-found"),
        pytest.param(
            Reply(status=404, body=b'{"errors":["no handler for route"]}'),
            SecretNotFoundError,
            "mounted",
            id="no-mount",
        ),
        pytest.param(Reply(status=412, body=b""), UnavailableError, "caught up", id="stale-replica"),
        pytest.param(Reply(status=429, body=b""), ThrottledError, "slow down", id="throttled"),
        pytest.param(Reply(status=472, body=b""), UnavailableError, "standby", id="recovery-standby"),
        pytest.param(Reply(status=473, body=b""), UnavailableError, "standby", id="performance-standby"),
        pytest.param(Reply(status=500, body=b"canary"), UnavailableError, "HTTP 500", id="server-error"),
        pytest.param(Reply(status=503, body=b"canary"), UnavailableError, "sealed", id="sealed"),
        pytest.param(Reply(status=204, body=b""), UnavailableError, "HTTP 204", id="no-content"),
        pytest.param(NoAnswerError("v:1: no answer in time"), DeadlineError, "v:1: no answer", id="no-answer"),
        pytest.param(UnreachableError("v:1: TLS: x"), UnavailableError, "Vault at v:1: TLS", id="unreachable"),
        pytest.param(OversizedError("v:1: the reply"), TooLargeError, "the reply", id="oversized"),
        pytest.param(WithheldError("own"), AccessDeniedError, "withheld", id="own-credential"),
    ],
)
def test_the_error_for(answer: Answer, error: type[ProviderError], says: str) -> None:
    got = error_from(answer, PLACE)

    assert type(got) is error
    assert got.message.startswith('store "a/b": key "k": ')
    assert says in got.message
    assert "canary" not in got.message


def test_a_refusal_of_a_worn_out_token_is_not_about_the_key() -> None:
    assert type(error_from(Reply(status=403, body=b""), PLACE, token_accepted=False)) is UnauthenticatedError


@pytest.mark.parametrize("status", [429, 500, 503])
def test_the_hint_when_to_come_back_is_kept(status: int) -> None:
    assert error_from(Reply(status=status, body=b"", retry_after_s=7), PLACE).retry_after_s == 7


def test_neither_replies_nor_secrets_show_their_content() -> None:
    assert "canary" not in repr(Reply(status=200, body=b"canary"))
    assert "canary" not in repr(Secret(document=b"canary", version="1"))
