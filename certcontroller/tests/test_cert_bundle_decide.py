"""Which webhook configurations get a new caBundle, and which are left alone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest
from cryptography.x509 import load_pem_x509_certificates
from hypothesis import given
from hypothesis import strategies as st

from bulkhead_certcontroller.authority import make_authority
from bulkhead_certcontroller.bundle_decide import (
    BundleInputs,
    BundleReason,
    Inject,
    Leave,
    LeaveReason,
    SeenWebhook,
    decide_bundle,
)

NOW: Final = datetime(2026, 11, 1, 12, tzinfo=UTC)


def root() -> bytes:
    return make_authority("bulkhead.local", timedelta(days=365), now=NOW).files()["ca.crt"].reveal()


NEW: Final = root()
OLD: Final = root()
STORES: Final = "validate.secretstore.external-secrets.io"
SECRETS: Final = "validate.externalsecret.external-secrets.io"


def of(*bundles: bytes) -> tuple[SeenWebhook, ...]:
    return tuple(SeenWebhook(name=name, bundle=each) for name, each in zip((STORES, SECRETS), bundles, strict=False))


RIGHT: Final = BundleInputs(webhooks=of(NEW, NEW), roots=NEW)


@pytest.mark.parametrize(
    ("seen", "reason"),
    [
        pytest.param(replace(RIGHT, webhooks=of(b"", NEW)), BundleReason.MISSING, id="that-has-none"),
        pytest.param(replace(RIGHT, webhooks=of(NEW, b"\n")), BundleReason.MISSING, id="that-is-a-blank-line"),
        pytest.param(
            replace(RIGHT, webhooks=of(NEW, b"nonsense")), BundleReason.UNREADABLE, id="that-is-no-certificate"
        ),
        pytest.param(replace(RIGHT, webhooks=of(OLD, NEW)), BundleReason.OTHER_ROOTS, id="that-has-another-root"),
        pytest.param(replace(RIGHT, webhooks=of(NEW + OLD, NEW)), BundleReason.OTHER_ROOTS, id="that-has-one-too-many"),
        pytest.param(replace(RIGHT, roots=OLD + NEW), BundleReason.OTHER_ROOTS, id="that-lacks-the-second-root"),
    ],
)
def test_a_bundle_is_replaced(seen: BundleInputs, reason: BundleReason) -> None:
    decision = decide_bundle(seen)
    assert isinstance(decision, Inject)
    assert (decision.names, decision.reason) == ((STORES, SECRETS), reason)
    assert load_pem_x509_certificates(decision.bundle) == load_pem_x509_certificates(seen.roots)


@pytest.mark.parametrize(
    ("seen", "reason"),
    [
        pytest.param(RIGHT, LeaveReason.RIGHT, id="is-right"),
        pytest.param(
            BundleInputs(webhooks=of(OLD + NEW, NEW + OLD), roots=NEW + OLD), LeaveReason.RIGHT, id="has-another-order"
        ),
        pytest.param(
            BundleInputs(webhooks=of(b"# the root\n" + NEW + b"\n"), roots=NEW), LeaveReason.RIGHT, id="has-more-blanks"
        ),
        pytest.param(replace(RIGHT, roots=b""), LeaveReason.NO_ROOTS, id="would-get-nothing"),
        pytest.param(replace(RIGHT, roots=b"damaged"), LeaveReason.NO_ROOTS, id="would-get-nonsense"),
        pytest.param(
            BundleInputs(webhooks=(SeenWebhook(name="a.example.com", bundle=OLD),), roots=NEW),
            LeaveReason.NOT_OURS,
            id="is-somebody-elses",
        ),
        pytest.param(BundleInputs(webhooks=(), roots=NEW), LeaveReason.NOT_OURS, id="has-no-webhook"),
    ],
)
def test_a_configuration_is_left_alone_that(seen: BundleInputs, reason: LeaveReason) -> None:
    assert decide_bundle(seen) == Leave(reason=reason)


def test_the_webhooks_of_others_in_the_same_configuration_are_not_touched() -> None:
    foreign = SeenWebhook(name="a.example.com", bundle=b"")
    decision = decide_bundle(replace(RIGHT, webhooks=(foreign, *of(OLD))))
    assert isinstance(decision, Inject)
    assert decision.names == (STORES,)


def test_a_key_beside_the_roots_does_not_get_into_the_bundle() -> None:
    files = make_authority("bulkhead.local", timedelta(days=365), now=NOW).files()
    mixed = files["ca.key"].reveal() + files["ca.crt"].reveal()
    decision = decide_bundle(BundleInputs(webhooks=of(b""), roots=mixed))
    assert isinstance(decision, Inject)
    assert b"PRIVATE" not in decision.bundle


@given(bundles=st.lists(st.sampled_from([b"", b"x", NEW, OLD, NEW + OLD]), min_size=1, max_size=2))
def test_what_was_injected_is_right(bundles: list[bytes]) -> None:
    seen = BundleInputs(webhooks=of(*bundles), roots=NEW + OLD)
    decision = decide_bundle(seen)
    if isinstance(decision, Inject):
        after = replace(seen, webhooks=of(*(decision.bundle for _ in bundles)))
        assert decide_bundle(after) == Leave(reason=LeaveReason.RIGHT)
    else:
        assert set(bundles) == {NEW + OLD}
