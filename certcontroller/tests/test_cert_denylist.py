"""The signed denylist: what others read of it, and when there is a new one."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from cryptography import x509

from bulkhead_api.secret_value import SecretValue
from bulkhead_certcontroller.authority import make_authority
from bulkhead_certcontroller.denylist import DenylistTerms, needs_new, read_denylist, sign_denylist
from bulkhead_certcontroller.revocation import Denial
from bulkhead_runtime.leaf import subject_key_id

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
CA, OTHER = (make_authority("td", 365 * DAY, now=NOW) for _ in range(2))
ROOTS = (CA.certificate,)
DENIALS = (
    Denial(serial="abc", until=NOW + DAY),
    Denial(identity="spiffe://td/controller"),
    Denial(identity="spiffe://td/provider/vault", issued_before=NOW, until=NOW + DAY),
)
TERMS = DenylistTerms(trust_domain="td", lifetime=DAY, denials=DENIALS)
LIST = sign_denylist(CA, 7, TERMS, now=NOW)
SIGNER = subject_key_id(CA.certificate)


def test_anybody_who_trusts_the_root_can_verify_and_read_it() -> None:
    decoded = jwt.api_jws.PyJWS().decode_complete(LIST.token.reveal(), CA.key.public_key(), algorithms=["ES256"])

    identifier = CA.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    assert decoded["header"] == {"alg": "ES256", "typ": "bulkhead-denylist", "kid": identifier.digest.hex()}
    assert json.loads(decoded["payload"]) == {
        "trustDomain": "td",
        "version": 7,
        "issuedAt": "2026-11-01T12:00:00Z",
        "expiresAt": "2026-11-02T12:00:00Z",
        "entries": [
            {"serial": "abc"},
            {"identity": "spiffe://td/controller"},
            {"identity": "spiffe://td/provider/vault", "issuedBefore": "2026-11-01T12:00:00Z"},
        ],
    }


def test_what_was_signed_is_read_back() -> None:
    assert read_denylist(LIST.token, (OTHER.certificate, CA.certificate)) == LIST


def forged(**changes: object) -> SecretValue:
    payload = {
        "trustDomain": "td",
        "version": 8,
        "issuedAt": "2026-11-01T12:00:00Z",
        "expiresAt": "2026-11-02T12:00:00Z",
        "entries": [],
        **changes,
    }
    token = jwt.api_jws.PyJWS().encode(json.dumps(payload).encode(), CA.key, algorithm="ES256", headers={"typ": "x"})
    return SecretValue(token.encode())


@pytest.mark.parametrize(
    "token",
    [
        pytest.param(SecretValue(b""), id="empty"),
        pytest.param(SecretValue(b"a.b.c"), id="nonsense"),
        pytest.param(SecretValue(LIST.token.reveal()[:-4] + b"AAAA"), id="with-another-signature"),
        pytest.param(sign_denylist(OTHER, 8, TERMS, now=NOW).token, id="of-another-ca"),
        pytest.param(SecretValue(jwt.api_jws.PyJWS().encode(b"{}", "", algorithm="none").encode()), id="not-signed"),
        pytest.param(forged(), id="of-another-type"),
    ],
)
def test_a_list_is_not_read_that_is(token: SecretValue) -> None:
    assert read_denylist(token, ROOTS) is None


@pytest.mark.parametrize(
    ("terms", "signer", "now", "want"),
    [
        pytest.param(TERMS, SIGNER, NOW, False, id="not-when-it-was-just-made"),
        pytest.param(TERMS, SIGNER, NOW + DAY / 3 - SECOND, False, id="not-before-a-third-of-its-life"),
        pytest.param(TERMS, SIGNER, NOW + DAY / 3, True, id="at-a-third-of-its-life"),
        pytest.param(TERMS, SIGNER, NOW - SECOND, True, id="when-the-clock-went-back"),
        pytest.param(TERMS, subject_key_id(OTHER.certificate), NOW, True, id="when-another-root-signs"),
        pytest.param(replace(TERMS, denials=DENIALS[1:]), SIGNER, NOW, True, id="when-something-else-is-denied"),
        pytest.param(replace(TERMS, lifetime=DAY / 2), SIGNER, NOW, True, id="when-another-lifetime-is-set"),
    ],
)
def test_a_new_list_is_made(terms: DenylistTerms, signer: str, now: datetime, want: bool) -> None:
    assert needs_new(LIST, terms, signer, now=now) == want


def test_the_first_list_is_made() -> None:
    assert needs_new(None, TERMS, SIGNER, now=NOW)


def test_the_largest_list_fits_into_a_place() -> None:
    denials = tuple(Denial(serial=f"{2**158 + each:x}") for each in range(1000))
    token = sign_denylist(CA, 1, replace(TERMS, denials=denials), now=NOW).token

    assert len(token) < 128 * 1024
