"""What is denied, from requests and from what was denied before."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkhead_api.certificates import BACKDATED, MAX_REVOCATIONS, RevocationRequest
from bulkhead_certcontroller.identities import Identity, Usage
from bulkhead_certcontroller.revocation import (
    Denial,
    MergeTerms,
    current_denials,
    is_banned,
    is_denied,
    merge_requests,
)
from bulkhead_runtime.spiffe import SpiffeId

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
VAULT = Identity(name="provider-vault", spiffe_id=SpiffeId("td", "provider/vault"), usage=Usage.SERVER)
CONTROLLER = Identity(name="controller", spiffe_id=SpiffeId("td", "controller"), usage=Usage.CLIENT)
TERMS = MergeTerms(identities=[VAULT, CONTROLLER], trust_domain="td", longest_life=DAY)
ID = "spiffe://td/provider/vault"
BAN = Denial(identity=ID)
BEFORE_NOW = Denial(identity=ID, issued_before=NOW, until=NOW + DAY)


def ban(identity: str = ID) -> RevocationRequest:
    return RevocationRequest(identity=identity)


def before(moment: datetime) -> RevocationRequest:
    return RevocationRequest(identity=ID, issued_before=moment)


@pytest.mark.parametrize(
    ("held", "requests", "want"),
    [
        pytest.param([], [], [], id="nothing-is-denied-by-nobody"),
        pytest.param([], [RevocationRequest(serial="0AB:c")], [Denial(serial="abc", until=NOW + DAY)], id="a-serial"),
        pytest.param([], [ban()], [BAN], id="an-identity-by-its-id"),
        pytest.param([], [ban("provider-vault")], [BAN], id="an-identity-by-its-name"),
        pytest.param([], [ban("provider/vault")], [BAN], id="an-identity-by-its-path"),
        pytest.param([], [ban("spiffe://td/gone")], [Denial(identity="spiffe://td/gone")], id="one-without-a-place"),
        pytest.param([], [before(NOW)], [BEFORE_NOW], id="what-was-issued-before"),
        pytest.param([], [before(NOW + DAY)], [BEFORE_NOW], id="never-what-is-yet-to-be-issued"),
        pytest.param([BAN], [], [BAN], id="a-ban-outlives-its-request"),
        pytest.param([BEFORE_NOW], [], [BEFORE_NOW], id="a-denial-outlives-its-request"),
        pytest.param([BEFORE_NOW], [ban()], [BAN], id="a-ban-takes-the-place-of-less"),
        pytest.param([BAN], [before(NOW - HOUR)], [BEFORE_NOW], id="a-lifted-ban-denies-all-until-it-was-lifted"),
        pytest.param([BEFORE_NOW], [before(NOW - HOUR)], [BEFORE_NOW], id="an-earlier-time-lifts-nothing"),
        pytest.param([], [before(NOW), ban()], [BAN], id="the-last-request-counts-for-a-ban"),
        pytest.param([BAN], [ban(), before(NOW)], [BEFORE_NOW], id="the-last-request-counts-for-its-end"),
        pytest.param([Denial(serial="a", until=NOW)], [], [], id="what-is-over-and-not-asked-for-goes"),
        pytest.param(
            [Denial(serial="a", until=NOW)],
            [RevocationRequest(serial="a")],
            [Denial(serial="a", until=NOW)],
            id="what-is-over-does-not-begin-anew",
        ),
    ],
)
def test_requests_are_taken_in(
    held: Sequence[Denial], requests: Sequence[RevocationRequest], want: Sequence[Denial]
) -> None:
    merged = merge_requests(held, requests, TERMS, now=NOW)

    assert (list(merged.denials), merged.problems) == (want, ())


@pytest.mark.parametrize(
    ("request_", "says"),
    [
        pytest.param(RevocationRequest(serial="xyz"), "revocations[1]: serial 'xyz': not hex", id="no-hex"),
        pytest.param(RevocationRequest(serial="a" * 41), "not hex", id="a-serial-longer-than-any"),
        pytest.param(ban("nobody"), "revocations[1]: identity 'nobody': unknown", id="an-unknown-identity"),
        pytest.param(ban("spiffe://other/controller"), "unknown", id="another-trust-domain"),
        pytest.param(RevocationRequest(), "give a serial or an identity", id="neither"),
        pytest.param(RevocationRequest(serial="a", identity="controller"), "not both", id="both"),
    ],
)
def test_a_request_that_means_nothing_is_named_and_the_rest_counts(request_: RevocationRequest, says: str) -> None:
    merged = merge_requests(
        [], [RevocationRequest(serial="1"), request_, RevocationRequest(serial="2")], TERMS, now=NOW
    )

    assert [each.serial for each in merged.denials] == ["1", "2"]
    assert len(merged.problems) == 1
    assert says in merged.problems[0]


def test_a_full_list_refuses_and_says_what_to_do() -> None:
    full = [Denial(serial=f"{each:x}", until=NOW + DAY) for each in range(MAX_REVOCATIONS)]
    merged = merge_requests(full, [RevocationRequest(serial="ffffff")], TERMS, now=NOW)

    assert len(merged.denials) == MAX_REVOCATIONS
    assert "rotate-ca --now" in merged.problems[0]


@pytest.mark.parametrize(
    ("denial", "denied"),
    [
        pytest.param(Denial(serial="abc"), True, id="its-serial"),
        pytest.param(Denial(serial="abcd"), False, id="another-serial"),
        pytest.param(Denial(identity=ID), True, id="its-identity"),
        pytest.param(Denial(identity="spiffe://td/controller"), False, id="another-identity"),
        pytest.param(Denial(identity=ID, issued_before=NOW + timedelta(seconds=1)), True, id="a-later-moment"),
        pytest.param(Denial(identity=ID, issued_before=NOW), False, id="the-moment-at-which-it-was-issued"),
    ],
)
def test_a_certificate_is_denied_by(denial: Denial, denied: bool) -> None:
    assert is_denied([denial], VAULT, 0xABC, NOW - BACKDATED) == denied


def test_a_banned_identity_gets_no_certificate_and_a_lifted_one_does() -> None:
    banned = merge_requests([], [ban()], TERMS, now=NOW).denials
    lifted = merge_requests(banned, [before(NOW)], TERMS, now=NOW + HOUR).denials

    assert (is_banned(banned, VAULT), is_banned(banned, CONTROLLER), is_banned(lifted, VAULT)) == (True, False, False)


ASKED = st.lists(
    st.one_of(
        st.builds(RevocationRequest, serial=st.sampled_from(["a", "b", "0c"])),
        st.builds(
            RevocationRequest,
            identity=st.sampled_from(["controller", "provider-vault"]),
            issued_before=st.none() | st.datetimes(NOW.replace(tzinfo=None) - 2 * DAY, timezones=st.just(UTC)),
        ),
    ),
    max_size=5,
)


@given(
    rounds=st.lists(ASKED, min_size=1, max_size=4),
    issued=st.timedeltas(min_value=-DAY, max_value=timedelta(0)),
    serial=st.sampled_from([0xA, 0xC, 0xD]),
)
def test_a_certificate_once_denied_stays_denied_while_it_is_valid(
    rounds: list[list[RevocationRequest]], issued: timedelta, serial: int
) -> None:
    denials: tuple[Denial, ...] = ()
    not_before = (NOW + issued).replace(microsecond=0) - BACKDATED
    was_denied = False
    for number, requests in enumerate(rounds):
        now = NOW + number * HOUR
        denials = merge_requests(denials, requests, TERMS, now=now).denials
        valid = now < not_before + BACKDATED + DAY
        denied = is_denied(current_denials(denials, now), VAULT, serial, not_before)
        assert denied or not (was_denied and valid)
        was_denied = was_denied or denied


@given(rounds=st.lists(ASKED, min_size=1, max_size=4))
def test_what_was_taken_in_is_taken_in_again_without_a_change(rounds: list[list[RevocationRequest]]) -> None:
    denials: tuple[Denial, ...] = ()
    for number, requests in enumerate(rounds):
        now = NOW + number * HOUR
        denials = merge_requests(denials, requests, TERMS, now=now).denials
        assert merge_requests(denials, requests, TERMS, now=now).denials == denials
