"""Which credential is used, and what is done about a token when."""

import json
from math import inf

import pytest

from bulkhead_api.errors import UnauthenticatedError
from bulkhead_api.secret_value import SecretValue
from bulkhead_provider_vault.auth import (
    AppRole,
    Credential,
    Lease,
    Step,
    Token,
    credential_from,
    decide_step,
    lease_from_login,
    lease_from_lookup,
    lease_postponed,
    lease_renewed,
)

NOW = 1000.0
TOKEN = SecretValue(b"s.token")


def credential(**files: str) -> Credential:
    contents = {name.replace("_", "-"): SecretValue(content.encode()) for name, content in files.items()}
    return credential_from(contents.get)


def login(ttl_s: int, *, renewable: bool = True) -> Lease:
    auth = {"client_token": "s.token", "lease_duration": ttl_s, "renewable": renewable}
    return lease_from_login(json.dumps({"auth": auth}).encode(), now=NOW)


def renewal(ttl_s: int) -> bytes:
    return json.dumps({"auth": {"client_token": "s.token", "lease_duration": ttl_s, "renewable": True}}).encode()


def test_a_token_comes_before_an_approle() -> None:
    assert credential(token=" s.token\n", role_id="r", secret_id="s") == Token(token=TOKEN)


@pytest.mark.parametrize(
    ("mount", "want"),
    [
        pytest.param({}, "approle", id="usual"),
        pytest.param({"approle_mount": "/team/roles/"}, "team/roles", id="given"),
    ],
)
def test_the_mount_of_an_approle_is(mount: dict[str, str], want: str) -> None:
    assert credential(role_id="r\n", secret_id="s\n", **mount) == AppRole(
        role_id=SecretValue(b"r"), secret_id=SecretValue(b"s"), mount=want
    )


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"token": " \n"}, id="an-empty-token"),
        pytest.param({"role_id": "r"}, id="half-an-approle"),
        pytest.param({"token": "two\nlines"}, id="two-lines"),
        pytest.param({"token": "caf\u00e9"}, id="no-ascii"),
    ],
)
def test_the_files_make_no_credential_when_they_hold(files: dict[str, str]) -> None:
    with pytest.raises(UnauthenticatedError):
        credential(**files)


def test_a_token_that_does_not_expire_is_kept_for_ever() -> None:
    lease = lease_from_lookup(TOKEN, b'{"data":{"ttl":0,"renewable":false,"id":"s.token"}}', now=NOW)

    assert (lease.next_step_at, lease.expires_at, lease.ours) == (inf, inf, False)


@pytest.mark.parametrize(
    ("lease", "at", "can_login", "want"),
    [
        pytest.param(login(60), NOW + 39, True, Step.KEEP, id="is-kept-before-two-thirds"),
        pytest.param(login(60), NOW + 40, True, Step.RENEW, id="is-renewed-at-two-thirds"),
        pytest.param(login(60), NOW + 40, False, Step.RENEW, id="is-renewed-though-it-was-given"),
        pytest.param(login(60), NOW + 60, True, Step.LOGIN, id="is-replaced-after-its-end"),
        pytest.param(login(60, renewable=False), NOW + 40, True, Step.LOGIN, id="is-replaced-if-it-is-a-batch-token"),
        pytest.param(login(60, renewable=False), NOW + 40, False, Step.KEEP, id="is-kept-if-there-is-no-other"),
        pytest.param(
            lease_renewed(login(60), renewal(60), now=NOW + 40), NOW + 79, True, Step.KEEP, id="is-kept-once-renewed"
        ),
        pytest.param(
            lease_renewed(login(60), renewal(20), now=NOW + 40),
            NOW + 54,
            True,
            Step.LOGIN,
            id="is-replaced-near-its-limit",
        ),
        pytest.param(lease_postponed(login(60), now=NOW + 40), NOW + 49, True, Step.KEEP, id="is-left-after-a-failure"),
        pytest.param(lease_postponed(login(60), now=NOW + 40), NOW + 50, True, Step.RENEW, id="is-tried-again-later"),
    ],
)
def test_a_token(lease: Lease, at: float, can_login: bool, want: Step) -> None:
    assert decide_step(lease, can_login=can_login, now=at) is want


def test_a_token_is_not_shown() -> None:
    assert "s.token" not in repr(login(60))
    assert "s.token" not in repr(Token(token=TOKEN))
