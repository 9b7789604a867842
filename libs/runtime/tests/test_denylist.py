"""Lists that are good, and lists that are not: what counts, what takes the place of what, and who is denied."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

import jwt
import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from bulkhead_api.certificates import BACKDATED
from bulkhead_runtime.denylist import (
    MAX_BYTES,
    NO_LIST,
    Denylist,
    DenylistError,
    denylist_from_jws,
    objection_to,
    refusal_of,
)
from bulkhead_runtime.leaf import LeafFacts
from bulkhead_runtime.spiffe import SpiffeId, controller_id, provider_id, webhook_id
from bulkhead_testkit.authority import Authority, Denied

TD: Final = "bulkhead.local"
NOW: Final = datetime(2026, 11, 1, 12, tzinfo=UTC)
DAY: Final = timedelta(days=1)
AUTHORITY: Final = Authority.new()
OTHER: Final = Authority.new()
CONTROLLER: Final = controller_id(TD)
VAULT: Final = provider_id(TD, "vault")

LEAF: Final = LeafFacts(
    spiffe_id=CONTROLLER, serial=0xBEEF, not_before=NOW - timedelta(hours=1), not_after=NOW + timedelta(hours=23)
)
LIST: Final = Denylist(signer=AUTHORITY.key_id, version=7, issued_at=NOW - timedelta(hours=1), expires_at=NOW + DAY)


def payload(**changes: object) -> bytes:
    """A good payload but for the changes; None leaves a field out."""
    fields = {
        "trustDomain": TD,
        "version": 7,
        "issuedAt": "2026-11-01T11:00:00Z",
        "expiresAt": "2026-11-02T12:00:00Z",
        "entries": [],
        **changes,
    }
    return json.dumps({name: value for name, value in fields.items() if value is not None}).encode()


def read(token: bytes, *roots: x509.Certificate) -> Denylist:
    return denylist_from_jws(token, roots=roots or (AUTHORITY.certificate,), trust_domain=TD)


def test_a_list_says_what_was_signed() -> None:
    entries = [
        {"serial": "beef"},
        {"identity": str(CONTROLLER)},
        {"identity": str(VAULT), "issuedBefore": "2026-11-01T13:00:00+01:00"},
    ]
    assert read(AUTHORITY.sign(payload(entries=entries))) == replace(
        LIST, serials=frozenset({0xBEEF}), identities={CONTROLLER: None, VAULT: NOW}
    )


def test_a_list_may_end_in_a_new_line_and_have_fields_that_are_not_known_yet() -> None:
    assert read(AUTHORITY.sign(payload(note="later")) + b"\n") == LIST


def test_a_list_counts_whichever_root_has_signed_it() -> None:
    roots = (OTHER.certificate, AUTHORITY.certificate)
    assert [read(each.sign(payload()), *roots).signer for each in (AUTHORITY, OTHER)] == [
        AUTHORITY.key_id,
        OTHER.key_id,
    ]


def with_header(**header: object) -> bytes:
    names = {"typ": "bulkhead-denylist", "kid": AUTHORITY.key_id, **header}
    kept = {name: value for name, value in names.items() if value is not None}
    return jwt.PyJWS().encode(payload(), AUTHORITY.key, algorithm="ES256", headers=kept).encode()


def signed_with(algorithm: str, key: object) -> bytes:
    header = {"typ": "bulkhead-denylist", "kid": AUTHORITY.key_id}
    return jwt.PyJWS().encode(payload(), key, algorithm=algorithm, headers=header).encode()  # type: ignore[arg-type]  # any key on purpose


def with_other_payload() -> bytes:
    ours = AUTHORITY.sign(payload(entries=[{"serial": "beef"}]))
    header, _, signature = ours.split(b".")
    return b".".join([header, AUTHORITY.sign(payload()).split(b".")[1], signature])


@pytest.mark.parametrize(
    ("token", "says"),
    [
        pytest.param(lambda: OTHER.sign(payload()), "none of the roots", id="of-another-root"),
        pytest.param(lambda: OTHER.sign(payload(), kid=AUTHORITY.key_id), "does not fit", id="under-our-roots-name"),
        pytest.param(with_other_payload, "does not fit", id="with-another-payload-under-the-signature"),
        pytest.param(lambda: AUTHORITY.sign(payload())[:-4], "no JWS|does not fit", id="cut-off"),
        pytest.param(lambda: signed_with("none", None), "ES256", id="without-a-signature"),
        pytest.param(lambda: signed_with("HS256", AUTHORITY.key_id * 2), "ES256", id="with-a-shared-secret"),
        pytest.param(lambda: with_header(typ="JWT"), "bulkhead-denylist", id="of-another-type"),
        pytest.param(lambda: with_header(typ=None), "bulkhead-denylist", id="of-no-type"),
        pytest.param(lambda: with_header(kid=None), "bulkhead-denylist", id="of-nobody"),
        pytest.param(lambda: with_header(exp=1), "bulkhead-denylist", id="with-a-header-that-is-not-known"),
        pytest.param(lambda: with_header(kid="k" * 2000), "without end", id="with-a-header-without-end"),
        pytest.param(lambda: b"", "no JWS", id="empty"),
        pytest.param(lambda: b"not a list", "no JWS", id="that-is-no-jws"),
        pytest.param(lambda: b"." * MAX_BYTES, "no JWS", id="of-nothing-but-dots"),
        pytest.param(lambda: b"x" * (MAX_BYTES + 1), "larger than", id="without-end"),
    ],
)
def test_nobody_vouches_for_a_list(token: Callable[[], bytes], says: str) -> None:
    with pytest.raises(DenylistError, match=says):
        read(token())


@pytest.mark.parametrize(
    ("signed", "says"),
    [
        pytest.param(payload(trustDomain="other.local"), "another trust domain", id="for-another-trust-domain"),
        pytest.param(b"{", "form", id="that-is-not-json"),
        pytest.param(b"[" * 100_000, "form", id="nested-without-end"),
        pytest.param(payload(version=None), "form", id="without-a-version"),
        pytest.param(payload(version=0), "form", id="of-version-zero"),
        pytest.param(payload(version="7"), "form", id="whose-version-is-a-text"),
        pytest.param(payload(expiresAt=None), "form", id="without-an-end"),
        pytest.param(payload(expiresAt="2026-11-02T12:00:00"), "form", id="whose-end-has-no-zone"),
        pytest.param(payload(entries=None), "form", id="without-entries"),
        pytest.param(payload(entries=[{}]), "form", id="with-an-entry-that-names-nobody"),
        pytest.param(payload(entries=[{"serial": "1", "identity": str(VAULT)}]), "form", id="with-an-entry-of-both"),
        pytest.param(payload(entries=[{"serial": "BEEF"}]), "form", id="with-a-serial-in-other-case"),
        pytest.param(payload(entries=[{"serial": "0x1f"}]), "form", id="with-a-serial-that-is-no-hex"),
        pytest.param(payload(entries=[{"identity": "controller"}]), "form", id="with-an-identity-that-is-none"),
        pytest.param(
            payload(entries=[{"serial": "1", "issuedBefore": "2026-11-02T12:00:00Z"}]),
            "form",
            id="with-a-time-beside-a-serial",
        ),
    ],
)
def test_a_signed_list_is_refused(signed: bytes, says: str) -> None:
    with pytest.raises(DenylistError, match=says):
        read(AUTHORITY.sign(signed))


def test_what_is_wrong_with_a_list_quotes_nothing_of_it() -> None:
    with pytest.raises(DenylistError) as refused:
        read(AUTHORITY.sign(payload(entries=[{"serial": "canary"}])))
    assert "canary" not in str(refused.value)


def test_the_list_of_the_testkit_is_a_good_one() -> None:
    denied = Denied(serials=[1], identities=[VAULT], issued_before={CONTROLLER: NOW}, version=3)
    read_back = read(AUTHORITY.sign(json.dumps(denied.payload(), default=datetime.isoformat).encode()))
    assert (read_back.serials, read_back.version) == (frozenset({1}), 3)
    assert read_back.identities == {VAULT: None, CONTROLLER: NOW}


@pytest.mark.parametrize(
    ("denylist", "says"),
    [
        pytest.param(LIST, None, id="an-empty-list-denies-nobody"),
        pytest.param(None, NO_LIST, id="without-a-list-everybody-is-denied"),
        pytest.param(replace(LIST, serials=frozenset({0xBEEF})), "certificate beef is revoked", id="its-serial"),
        pytest.param(replace(LIST, serials=frozenset({0xBEE})), None, id="another-serial"),
        pytest.param(replace(LIST, identities={CONTROLLER: None}), "identity is revoked", id="its-identity"),
        pytest.param(replace(LIST, identities={VAULT: None}), None, id="another-identity"),
        pytest.param(
            replace(LIST, identities={CONTROLLER: LEAF.not_before + BACKDATED + timedelta(seconds=1)}),
            "older certificates are revoked",
            id="certificates-from-before-a-moment-after-it-was-made",
        ),
        pytest.param(
            replace(LIST, identities={CONTROLLER: LEAF.not_before + BACKDATED}),
            None,
            id="certificates-from-before-the-moment-it-was-made",
        ),
    ],
)
def test_who_is_denied(denylist: Denylist | None, says: str | None) -> None:
    refusal = refusal_of(LEAF, denylist)
    assert refusal == says if says is None else says in (refusal or "")


def test_of_two_entries_for_one_identity_the_one_that_denies_more_counts() -> None:
    whole = {"identity": str(VAULT)}
    parts = [{"identity": str(VAULT), "issuedBefore": f"2026-11-01T1{hour}:00:00Z"} for hour in (2, 1)]
    assert read(AUTHORITY.sign(payload(entries=parts))).identities == {VAULT: NOW}
    for entries in ([whole, *parts], [*parts, whole]):
        assert read(AUTHORITY.sign(payload(entries=entries))).identities == {VAULT: None}


@given(
    denied=st.frozensets(st.integers(min_value=1, max_value=2**159), max_size=20),
    identities=st.frozensets(st.sampled_from([CONTROLLER, VAULT, webhook_id(TD)])),
    serial=st.integers(min_value=1, max_value=2**159),
    spiffe_id=st.sampled_from([CONTROLLER, VAULT, webhook_id(TD), SpiffeId("other.local", "controller")]),
)
def test_a_denied_serial_or_identity_is_never_let_through_and_all_others_are(
    denied: frozenset[int], identities: frozenset[SpiffeId], serial: int, spiffe_id: SpiffeId
) -> None:
    entries = [*({"serial": f"{each:x}"} for each in denied), *({"identity": str(each)} for each in identities)]
    denylist = read(AUTHORITY.sign(payload(entries=entries)))
    for each in {serial, *denied}:
        is_denied = each in denied or spiffe_id in identities
        leaf = replace(LEAF, serial=each, spiffe_id=spiffe_id)
        assert (refusal_of(leaf, denylist) is not None) is is_denied


TRUSTED: Final = frozenset({AUTHORITY.key_id})


@pytest.mark.parametrize(
    ("offered", "held", "says"),
    [
        pytest.param(LIST, None, None, id="the-first-one-is-taken"),
        pytest.param(replace(LIST, expires_at=NOW), None, "expired", id="but-not-if-it-has-expired"),
        pytest.param(
            replace(LIST, version=8, issued_at=NOW + timedelta(hours=1)),
            LIST,
            None,
            id="a-newer-one-of-a-clock-an-hour-ahead-is-taken",
        ),
        pytest.param(replace(LIST, issued_at=NOW + timedelta(hours=1)), None, None, id="and-so-is-the-first-one"),
        pytest.param(
            replace(LIST, version=8, expires_at=NOW - timedelta(minutes=1)),
            LIST,
            "expired",
            id="one-that-only-just-expired-is-not",
        ),
        pytest.param(replace(LIST, version=8), LIST, None, id="a-newer-one-is-taken"),
        pytest.param(replace(LIST, version=6), LIST, "version 6", id="an-older-one-is-not"),
        pytest.param(
            replace(LIST, version=6),
            replace(LIST, expires_at=NOW),
            "version 6",
            id="nor-when-the-newer-one-has-expired",
        ),
        pytest.param(replace(LIST, version=8, expires_at=NOW), LIST, "expired", id="an-expired-one-is-not"),
        pytest.param(replace(LIST, issued_at=NOW), LIST, None, id="of-one-version-the-later-one-is-taken"),
        pytest.param(LIST, replace(LIST, issued_at=NOW), "version 7", id="of-one-version-the-earlier-one-is-not"),
        pytest.param(
            replace(LIST, version=1),
            replace(LIST, version=10**9, signer="stolen"),
            None,
            id="what-a-withdrawn-root-signed-binds-nobody",
        ),
    ],
)
def test_which_list_takes_the_place_of_which(offered: Denylist, held: Denylist | None, says: str | None) -> None:
    objection = objection_to(offered, held, trusted=TRUSTED, now=NOW)
    assert objection == says if says is None else says in (objection or "")


VERSIONS: Final = st.lists(st.integers(min_value=1, max_value=9), max_size=12)


@given(VERSIONS)
def test_the_version_in_use_never_falls(versions: list[int]) -> None:
    held: Denylist | None = None
    for version in versions:
        offered = replace(LIST, version=version)
        before = held
        held = offered if objection_to(offered, held, trusted=TRUSTED, now=NOW) is None else held
        assert held is not None
        assert before is None or held.version >= before.version
