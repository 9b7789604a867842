"""When a certificate is issued anew, and when to look again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkhead_api.certificates import BACKDATED
from bulkhead_certcontroller.decide import (
    AuthorityState,
    Issue,
    Keep,
    Reason,
    decide_authority,
    decide_leaf,
    decide_wait,
)
from bulkhead_certcontroller.identities import Identity, Usage
from bulkhead_certcontroller.leaf import LeafFacts, renewal_time, usage_oid
from bulkhead_runtime.spiffe import SpiffeId

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
SERVER = Identity(name="provider-vault", spiffe_id=SpiffeId("td", "provider/vault"), usage=Usage.SERVER)
CLIENT = Identity(name="controller", spiffe_id=SpiffeId("td", "controller"), usage=Usage.CLIENT)
SERVER_AUTH, CLIENT_AUTH = usage_oid(Usage.SERVER), usage_oid(Usage.CLIENT)
FRESH = LeafFacts(
    uris=("spiffe://td/provider/vault",),
    dns_names=("vault.provider.td",),
    usages=frozenset({SERVER_AUTH}),
    key_fits=True,
    signed_by_authority=True,
    bundle_is_current=True,
    exposed=False,
    serial=2**16,
    not_before=NOW - BACKDATED,
    not_after=NOW + DAY,
)
OF_A_CLIENT = replace(FRESH, uris=("spiffe://td/controller",), dns_names=(), usages=frozenset({CLIENT_AUTH}))
ANY_USAGE = "2.5.29.37.0"


@pytest.mark.parametrize(
    ("facts", "want"),
    [
        pytest.param(None, Reason.MISSING, id="there-is-none"),
        pytest.param(replace(FRESH, exposed=True), Reason.EXPOSED, id="others-may-read-it"),
        pytest.param(replace(FRESH, key_fits=False), Reason.KEY_MISMATCH, id="the-key-is-anothers"),
        pytest.param(replace(FRESH, uris=()), Reason.WRONG_IDENTITY, id="it-names-nobody"),
        pytest.param(replace(FRESH, uris=("spiffe://td/controller",)), Reason.WRONG_IDENTITY, id="it-names-another"),
        pytest.param(replace(FRESH, uris=FRESH.uris * 2), Reason.WRONG_IDENTITY, id="it-has-two-uris"),
        pytest.param(replace(FRESH, dns_names=()), Reason.WRONG_IDENTITY, id="a-server-has-no-dns-name"),
        pytest.param(replace(FRESH, dns_names=("*.provider.td",)), Reason.WRONG_IDENTITY, id="it-has-a-wildcard"),
        pytest.param(replace(FRESH, usages=frozenset()), Reason.WRONG_USAGE, id="it-is-for-every-use"),
        pytest.param(replace(FRESH, usages=frozenset({CLIENT_AUTH})), Reason.WRONG_USAGE, id="it-is-a-clients"),
        pytest.param(
            replace(FRESH, usages=frozenset({SERVER_AUTH, CLIENT_AUTH})), Reason.WRONG_USAGE, id="it-is-for-both-sides"
        ),
        pytest.param(replace(FRESH, usages=frozenset({ANY_USAGE})), Reason.WRONG_USAGE, id="it-is-for-any-use"),
        pytest.param(replace(FRESH, signed_by_authority=False), Reason.OTHER_AUTHORITY, id="another-ca-signed-it"),
        pytest.param(replace(FRESH, revoked=True), Reason.REVOKED, id="it-is-denied"),
        pytest.param(replace(FRESH, bundle_is_current=False), Reason.OTHER_ROOTS, id="its-roots-are-old"),
        pytest.param(replace(FRESH, not_before=NOW + SECOND), Reason.NOT_YET_VALID, id="the-clock-went-back"),
        pytest.param(replace(FRESH, not_after=NOW + 2 * DAY), Reason.LIVES_TOO_LONG, id="the-lifetime-was-shortened"),
        pytest.param(
            replace(FRESH, not_before=NOW - DAY, not_after=NOW - SECOND), Reason.RENEWAL_DUE, id="it-has-expired"
        ),
    ],
)
def test_a_certificate_is_issued_when(facts: LeafFacts | None, want: Reason) -> None:
    assert decide_leaf(SERVER, facts, lifetime=DAY, now=NOW) == Issue(reason=want)


def test_every_reason_is_in_the_table() -> None:
    marks = next(mark for mark in test_a_certificate_is_issued_when.pytestmark if mark.name == "parametrize")  # type: ignore[attr-defined]  # pytest puts it there
    assert {row.values[1] for row in marks.args[1]} == set(Reason)


@pytest.mark.parametrize(("identity", "facts"), [(SERVER, FRESH), (CLIENT, OF_A_CLIENT)], ids=["server", "client"])
def test_a_good_certificate_is_kept_until_two_thirds_of_its_life(identity: Identity, facts: LeafFacts) -> None:
    due = NOW + (facts.not_after - NOW) * 2 / 3

    assert decide_leaf(identity, facts, lifetime=DAY, now=NOW) == Keep(not_after=facts.not_after, renew_at=due)
    assert decide_leaf(identity, facts, lifetime=DAY, now=due - SECOND) == Keep(not_after=facts.not_after, renew_at=due)
    assert decide_leaf(identity, facts, lifetime=DAY, now=due) == Issue(reason=Reason.RENEWAL_DUE)


def test_a_clients_certificate_has_no_dns_name() -> None:
    facts = replace(OF_A_CLIENT, dns_names=("controller.td",))

    assert decide_leaf(CLIENT, facts, lifetime=DAY, now=NOW) == Issue(reason=Reason.WRONG_IDENTITY)


@given(
    serial=st.integers(min_value=1, max_value=2**159), life=st.timedeltas(min_value=10 * MINUTE, max_value=400 * DAY)
)
def test_renewal_is_spread_over_a_twentieth_of_life_before_two_thirds(serial: int, life: timedelta) -> None:
    share = (renewal_time(serial, NOW - BACKDATED, NOW + life) - NOW) / life

    assert 2 / 3 - 0.05 - 1e-6 <= share <= 2 / 3 + 1e-6


@given(st.integers(min_value=1, max_value=2**159), st.timedeltas(min_value=10 * MINUTE, max_value=30 * DAY))
def test_a_new_certificate_is_not_due_at_once(serial: int, lifetime: timedelta) -> None:
    facts = replace(FRESH, serial=serial, not_before=NOW - BACKDATED, not_after=NOW + lifetime)

    assert isinstance(decide_leaf(SERVER, facts, lifetime=lifetime, now=NOW + SECOND), Keep)


@pytest.mark.parametrize(
    ("not_before", "not_after", "want"),
    [
        pytest.param(NOW - BACKDATED, NOW + 9 * MINUTE, NOW + 6 * MINUTE, id="of-nine-minutes"),
        pytest.param(NOW - BACKDATED, NOW + 3 * DAY, NOW + 2 * DAY, id="of-three-days"),
        pytest.param(NOW - 5 * MINUTE, NOW + 10 * MINUTE, NOW + 5 * MINUTE, id="that-was-backdated-less"),
    ],
)
def test_two_thirds_of_the_life_of_a_certificate(not_before: datetime, not_after: datetime, want: datetime) -> None:
    assert renewal_time(2**16, not_before, not_after) == want


@given(st.timedeltas(min_value=10 * MINUTE, max_value=30 * DAY), st.timedeltas(min_value=-HOUR, max_value=timedelta(0)))
def test_a_clock_up_to_an_hour_behind_changes_no_certificate(lifetime: timedelta, behind: timedelta) -> None:
    facts = replace(FRESH, not_after=NOW + lifetime)

    assert isinstance(decide_leaf(SERVER, facts, lifetime=lifetime, now=NOW + behind), Keep)


@pytest.mark.parametrize(
    ("now", "want"),
    [
        pytest.param(NOW - BACKDATED - SECOND, AuthorityState.NOT_YET_VALID, id="the-clock-went-back"),
        pytest.param(NOW - HOUR, AuthorityState.USABLE, id="the-clock-went-an-hour-back"),
        pytest.param(NOW, AuthorityState.USABLE, id="at-its-beginning"),
        pytest.param(NOW + 2 * DAY - SECOND, AuthorityState.USABLE, id="just-before-two-thirds"),
        pytest.param(NOW + 2 * DAY, AuthorityState.RENEWAL_DUE, id="at-two-thirds"),
        pytest.param(NOW + 3 * DAY - SECOND, AuthorityState.RENEWAL_DUE, id="just-before-its-end"),
        pytest.param(NOW + 3 * DAY, AuthorityState.EXPIRED, id="at-its-end"),
    ],
)
def test_the_ca_of_three_days(now: datetime, want: AuthorityState) -> None:
    assert decide_authority(2**16, NOW - BACKDATED, NOW + 3 * DAY, now=now) is want


@pytest.mark.parametrize(
    ("all_well", "renew_at", "want"),
    [
        pytest.param(True, NOW + DAY, MINUTE, id="is-the-interval-when-nothing-is-due-soon"),
        pytest.param(True, None, MINUTE, id="is-the-interval-when-nothing-is-known"),
        pytest.param(True, NOW + 30 * SECOND, 30 * SECOND, id="ends-when-the-next-one-is-due"),
        pytest.param(True, NOW - DAY, 10 * SECOND, id="is-never-shorter-than-the-hurried-one"),
        pytest.param(False, NOW + DAY, 10 * SECOND, id="is-hurried-after-a-failure"),
    ],
)
def test_the_wait(all_well: bool, renew_at: datetime | None, want: timedelta) -> None:
    waited = decide_wait(all_well=all_well, renew_at=renew_at, interval=MINUTE, hurry=10 * SECOND, now=NOW)

    assert waited == want
