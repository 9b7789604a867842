"""What is kept of a CA, as files and read back; and what is taken for damage."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bulkhead_api.secret_value import SecretValue
from bulkhead_certcontroller.authority import AuthorityError, make_authority
from bulkhead_certcontroller.custody import FILES, Custody, custody_from_files, remains_from_files
from bulkhead_certcontroller.denylist import DenylistTerms, sign_denylist
from bulkhead_certcontroller.revocation import Denial
from bulkhead_certcontroller.rotation import Phase, Rotation, RotationReason, Wanted, begun

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
TD = "bulkhead.local"
CA, NEXT = (make_authority(TD, 365 * DAY, now=NOW) for _ in range(2))
DENIALS = (
    Denial(serial="abc", until=NOW + DAY),
    Denial(identity="spiffe://bulkhead.local/controller"),
    Denial(identity="spiffe://bulkhead.local/provider/vault", issued_before=NOW, until=NOW + DAY),
)
LIST = sign_denylist(CA, 7, DenylistTerms(trust_domain=TD, lifetime=DAY, denials=DENIALS), now=NOW)
DISTRIBUTING = begun(Rotation(authority=CA), Wanted(reason=RotationReason.REQUESTED, request="r1"), NEXT, now=NOW)
KEPT = Custody(rotation=DISTRIBUTING, denials=DENIALS, version=7, longest_life=DAY, denylist=LIST)
KEPT_FILES = KEPT.files()


def test_what_is_kept_is_read_back() -> None:
    read = custody_from_files(KEPT_FILES, TD)

    assert read is not None
    assert read.rotation.next is not None
    assert read.rotation.next.certificate == NEXT.certificate
    assert replace(read, rotation=DISTRIBUTING) == KEPT
    assert (read.rotation.phase, read.rotation.reason, read.rotation.since, read.rotation.handled) == (
        Phase.DISTRIBUTING,
        RotationReason.REQUESTED,
        NOW,
        "r1",
    )
    assert read.files() == KEPT_FILES
    assert set(KEPT_FILES) == set(FILES)


def test_a_ca_without_a_state_is_at_rest() -> None:
    read = custody_from_files(CA.files(), TD)

    assert read is not None
    assert (read.rotation.phase, read.is_new, read.version, read.denials) == (Phase.STABLE, True, 0, ())


def without(name: str) -> Mapping[str, SecretValue]:
    return {each: content for each, content in KEPT_FILES.items() if each != name}


@pytest.mark.parametrize(
    ("files", "says"),
    [
        pytest.param({**KEPT_FILES, "state.json": SecretValue(b"{")}, "state.json is damaged", id="state-damaged"),
        pytest.param(without("next.key"), "next.key is missing", id="next-key-missing"),
        pytest.param({**KEPT_FILES, "next.key": SecretValue(b"x")}, "not an unencrypted EC", id="next-key-damaged"),
        pytest.param(without("ca.key"), "ca.key is missing", id="key-missing"),
    ],
)
def test_a_damaged_custody_is_refused(files: Mapping[str, SecretValue], says: str) -> None:
    with pytest.raises(AuthorityError, match=says):
        custody_from_files(files, TD)


def test_a_damaged_denylist_is_made_anew_above_the_version_that_was_kept() -> None:
    read = custody_from_files({**KEPT_FILES, "denylist.jws": SecretValue(b"x")}, TD)

    assert read is not None
    assert (read.denylist, read.version) == (None, 7)


def test_what_is_denied_outlives_the_ca() -> None:
    remains = remains_from_files({"state.json": KEPT_FILES["state.json"]})

    assert remains is not None
    assert (remains.version, remains.denials) == (7, DENIALS)


@pytest.mark.parametrize("files", [{}, {"state.json": SecretValue(b"{")}], ids=["nothing", "damage"])
def test_nothing_remains_of(files: Mapping[str, SecretValue]) -> None:
    assert remains_from_files(files) is None


def test_no_key_is_shown() -> None:
    assert "PRIVATE" not in repr(KEPT)
    assert "key=" not in repr(KEPT)
