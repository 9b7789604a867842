"""What a person's word does to the requests."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkhead_api.certificates import (
    CertificateRequests,
    DeniedStatus,
    DenylistStatus,
    RevocationRequest,
    RotationRequest,
    RotationStatus,
)
from bulkhead_cli.certs.decide import Seen, decide_restore, decide_revoke, decide_rotation, pending_rotation
from bulkhead_cli.certs.documents import requests_from, status_from, text_of_document
from bulkhead_cli.problems import FailedError
from bulkhead_testkit.certificate_status import STATUS

NOW: Final = datetime(2026, 11, 1, 12, tzinfo=UTC)
SERIAL: Final = "5f" * 20
VAULT: Final = "spiffe://bulkhead.local/provider/vault"


SEEN: Final = Seen(status=STATUS, requests=CertificateRequests())


def banned(identity: str = "provider-vault") -> RevocationRequest:
    return RevocationRequest(identity=identity, at=NOW)


def having(*revocations: RevocationRequest, **status: object) -> Seen:
    return Seen(
        status=msgspec.structs.replace(STATUS, **status), requests=CertificateRequests(revocations=list(revocations))
    )


@pytest.mark.parametrize("text", ["provider-vault", "provider/vault", VAULT])
def test_an_identity_is_revoked_by_any_of_its_spellings(text: str) -> None:
    asked = decide_revoke(SEEN, text, reissue=False, reason="stolen", now=NOW)
    assert asked.requests.revocations == [RevocationRequest(identity="provider-vault", at=NOW, reason="stolen")]
    assert any("bulkhead certs restore provider-vault" in line for line in asked.told)


def test_with_reissue_only_what_was_issued_until_now_is_revoked() -> None:
    asked = decide_revoke(SEEN, "controller", reissue=True, reason="", now=NOW)
    assert asked.requests.revocations == [RevocationRequest(identity="controller", issued_before=NOW, at=NOW)]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(SERIAL, id="as-the-status-has-it"),
        pytest.param(SERIAL.upper(), id="in-capitals"),
        pytest.param(":".join(SERIAL[each : each + 2] for each in range(0, 40, 2)), id="as-openssl-prints-it"),
        pytest.param("00" + SERIAL, id="with-zeros-before-it"),
    ],
)
def test_a_certificate_is_revoked_by_its_serial(text: str) -> None:
    asked = decide_revoke(SEEN, text, reissue=False, reason="", now=NOW)
    assert asked.requests.revocations == [RevocationRequest(serial=SERIAL, at=NOW)]
    assert any("provider-vault" in line for line in asked.told)


def test_a_serial_that_is_nobodys_now_may_still_be_revoked() -> None:
    asked = decide_revoke(SEEN, "cd" * 20, reissue=False, reason="", now=NOW)
    assert asked.requests.revocations == [RevocationRequest(serial="cd" * 20, at=NOW)]
    assert any("no identity's present certificate" in line for line in asked.told)


@pytest.mark.parametrize(
    ("seen", "what", "reissue", "says"),
    [
        pytest.param(SEEN, "vault", False, "the identities are controller, provider-vault", id="an-unknown-identity"),
        pytest.param(SEEN, "decade", False, "no identity, and no serial", id="a-word-that-is-hex"),
        pytest.param(SEEN, SERIAL, True, "--reissue: only for an identity", id="a-serial-anew"),
        pytest.param(
            Seen(status=None, requests=CertificateRequests()), "controller", False, "has not said yet", id="no-status"
        ),
    ],
)
def test_a_revocation_is_refused_of(seen: Seen, what: str, reissue: bool, says: str) -> None:
    with pytest.raises(FailedError, match=says):
        decide_revoke(seen, what, reissue=reissue, reason="", now=NOW)


@pytest.mark.parametrize(
    "seen",
    [
        pytest.param(having(banned()), id="by-its-name"),
        pytest.param(having(banned("provider/vault"), banned(VAULT)), id="by-other-spellings"),
        pytest.param(
            having(denylist=DenylistStatus(version=3, expires_at="x", entries=[DeniedStatus(identity=VAULT)])),
            id="though-the-request-is-gone",
        ),
    ],
)
def test_an_identity_is_restored_that_is_revoked(seen: Seen) -> None:
    asked = decide_restore(seen, "provider-vault", reason="", now=NOW)
    assert asked.requests.revocations == [RevocationRequest(identity="provider-vault", issued_before=NOW, at=NOW)]


@pytest.mark.parametrize(
    ("seen", "text", "says"),
    [
        pytest.param(SEEN, "controller", "is not revoked as an identity", id="that-is-not-revoked"),
        pytest.param(having(banned()), "controller", "is not revoked as an identity", id="while-another-is"),
        pytest.param(SEEN, "nobody", "the identities are", id="that-there-is-not"),
    ],
)
def test_an_identity_is_not_restored(seen: Seen, text: str, says: str) -> None:
    with pytest.raises(FailedError, match=says):
        decide_restore(seen, text, reason="", now=NOW)


def test_what_others_asked_for_stays() -> None:
    other = RevocationRequest(serial="cd" * 20)
    seen = having(other, banned("controller"))
    asked = decide_revoke(seen, "provider-vault", reissue=False, reason="", now=NOW)
    assert asked.requests.revocations[:2] == [other, banned("controller")]


def rotation(*, at_once: bool = False, seen: Seen = SEEN) -> CertificateRequests:
    return decide_rotation(seen, request_id="r1", now_at_once=at_once, reason="", now=NOW).requests


MOVING: Final = having(
    rotation=RotationStatus(step="Moving", reason="Requested", since="x", waiting_for=["controller"], answers={})
)
ASKED: Final = replace(SEEN, requests=CertificateRequests(rotation=RotationRequest(id="r0")))


def test_a_new_ca_is_asked_for_by_a_fresh_id() -> None:
    assert rotation().rotation == RotationRequest(id="r1", at=NOW)
    assert rotation(at_once=True).rotation == RotationRequest(id="r1", now=True, at=NOW)


@pytest.mark.parametrize(
    ("seen", "says"),
    [
        pytest.param(MOVING, "a rotation is under way, at Moving", id="under-way"),
        pytest.param(ASKED, "not taken it up yet", id="asked-for"),
    ],
)
def test_a_second_rotation_waits_for_the_first_unless_it_is_an_emergency(seen: Seen, says: str) -> None:
    with pytest.raises(FailedError, match=says):
        rotation(seen=seen)
    assert rotation(seen=seen, at_once=True).rotation == RotationRequest(id="r1", now=True, at=NOW)


def test_a_request_that_was_taken_up_is_not_pending() -> None:
    done = replace(ASKED, status=msgspec.structs.replace(STATUS, handled_rotation="r0"))
    assert pending_rotation(done) == ""
    assert rotation(seen=done).rotation == RotationRequest(id="r1", at=NOW)


REQUESTS: Final = st.builds(
    CertificateRequests,
    revocations=st.lists(
        st.builds(
            RevocationRequest,
            serial=st.one_of(st.none(), st.from_regex(r"[0-9a-f]{24,40}", fullmatch=True)),
            identity=st.one_of(st.none(), st.sampled_from(["controller", "no", "1e5", "~"])),
            reason=st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=20),
        ),
        max_size=4,
    ),
    rotation=st.one_of(
        st.none(), st.builds(RotationRequest, id=st.from_regex(r"[0-9a-f]{16}", fullmatch=True), now=st.booleans())
    ),
)


@given(requests=REQUESTS)
def test_requests_are_read_as_they_were_written(requests: CertificateRequests) -> None:
    assert requests_from(text_of_document(requests), "x") == requests


def test_a_status_is_read_as_it_was_written() -> None:
    assert status_from(text_of_document(STATUS)) == STATUS
    assert status_from("") is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("revocations: 5", "not understood, so nothing is written", id="of-another-shape"),
        pytest.param("revocations: [{serial: [1]}]", r"revocations\[0\]", id="with-a-wrong-entry"),
        pytest.param("a: [", "no YAML", id="that-are-no-yaml"),
    ],
)
def test_requests_are_not_written_over(text: str, says: str) -> None:
    with pytest.raises(FailedError, match=says):
        requests_from(text, "the requests")


def test_a_status_of_another_version_is_said_to_be_one() -> None:
    with pytest.raises(FailedError, match="of another version"):
        status_from("phase: 5")
