"""What KV version 2 knows about a secret, as ESO hands it out."""

import pytest

from bulkhead_api.errors import AccessDeniedError, InvalidRefError, ProviderError, SecretNotFoundError, UnavailableError
from bulkhead_provider_vault.failures import Place
from bulkhead_provider_vault.mapping import fields_from, value_from
from bulkhead_provider_vault.metadata import has_tags, metadata_from, metadata_secret_from
from bulkhead_provider_vault.transport import Reply

PLACE = Place(subject='store "team-a/vault": key "db"', path="secret/metadata/db")
BODY = b"""{"data": {"cas_required": false, "created_time": "2026-11-24T12:00:00Z", "current_version": 3,
    "custom_metadata": {"env": "prod", "owner": "<ann>", "odd.name": "x"}, "delete_version_after": "0s",
    "max_versions": 0, "oldest_version": 1, "updated_time": "2026-11-25T12:00:00Z", "versions": {}}}"""
OWN = {"created_time": "2026-11-24T12:00:00Z", "current_version": "3", "delete_version_after": "0s"}


def test_metadata_is_vaults_own_three_and_the_custom_ones_as_text() -> None:
    metadata = metadata_from(Reply(status=200, body=BODY), place=PLACE, token_accepted=True)
    assert metadata == {**OWN, "env": "prod", "owner": "<ann>", "odd.name": "x"}


@pytest.mark.parametrize("custom", ["null", "{}"])
def test_metadata_without_custom_ones_is_vaults_own(custom: str) -> None:
    body = BODY.replace(b'{"env": "prod", "owner": "<ann>", "odd.name": "x"}', custom.encode())
    assert metadata_from(Reply(status=200, body=body), place=PLACE, token_accepted=True) == OWN


def test_custom_metadata_comes_before_vaults_own() -> None:
    body = (
        b'{"data": {"current_version": 3, "custom_metadata": {"current_version": "mine", "n": 10000000000000000001}}}'
    )
    metadata = metadata_from(Reply(status=200, body=body), place=PLACE, token_accepted=True)
    assert metadata == {"current_version": "mine", "n": "10000000000000000001"}


def test_properties_and_fields_are_cut_from_metadata_as_from_a_secret() -> None:
    secret = metadata_secret_from(Reply(status=200, body=BODY), place=PLACE, token_accepted=True)
    assert value_from(secret, "env", PLACE) == b"prod"
    assert value_from(secret, "odd.name", PLACE) == b"x"
    assert value_from(secret, "", PLACE) == (
        b'{"created_time":"2026-11-24T12:00:00Z","current_version":"3","delete_version_after":"0s","env":"prod",'
        b'"odd.name":"x","owner":"\\u003cann\\u003e"}'
    )
    assert {name: field.reveal() for name, field in fields_from(secret, "", PLACE).items()}["owner"] == b"<ann>"
    assert secret.version == ""


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        pytest.param(Reply(status=404, body=b'{"errors":[]}'), SecretNotFoundError, id="no-secret"),
        pytest.param(Reply(status=403, body=b""), AccessDeniedError, id="refused"),
        pytest.param(Reply(status=200, body=b"{"), UnavailableError, id="not-vaults"),
        pytest.param(Reply(status=200, body=b'{"data": null}'), UnavailableError, id="no-data"),
    ],
)
def test_no_metadata_is_found_in(reply: Reply, error: type[ProviderError]) -> None:
    with pytest.raises(error, match=r'^store "team-a/vault": key "db": '):
        metadata_from(reply, place=PLACE, token_accepted=True)


def test_missing_metadata_is_no_reason_to_delete_a_target() -> None:
    with pytest.raises(InvalidRefError, match="no such secret"):
        metadata_secret_from(Reply(status=404, body=b""), place=PLACE, token_accepted=True)


@pytest.mark.parametrize(
    ("tags", "want"),
    [
        pytest.param({}, True, id="none-asked-for"),
        pytest.param({"env": "prod"}, True, id="one"),
        pytest.param({"env": "prod", "current_version": "3"}, True, id="one-of-vaults-own"),
        pytest.param({"env": "prod", "team": "a"}, False, id="one-is-missing"),
        pytest.param({"env": "pro"}, False, id="a-part-of-the-value"),
    ],
)
def test_tags_match(tags: dict[str, str], want: bool) -> None:
    assert has_tags({**OWN, "env": "prod"}, tags) is want
