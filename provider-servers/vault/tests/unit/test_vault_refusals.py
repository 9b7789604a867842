from bulkhead_api.secret_value import SecretValue
from bulkhead_provider_vault.auth import AppRole
from bulkhead_provider_vault.refusals import FIRST_HOLD_S, LATER_HOLD_S, Refusals

WRONG = AppRole(role_id=SecretValue(b"role"), secret_id=SecretValue(b"wrong"), mount="approle")
MENDED = AppRole(role_id=SecretValue(b"role"), secret_id=SecretValue(b"right"), mount="approle")
QUARTER_HOUR_S = 900.0
LOCKED_OUT_AFTER = 5


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_refused_credential_is_not_tried_again_at_once() -> None:
    clock = Clock()
    refusals = Refusals(clock)
    refusals.add("here", WRONG)
    assert refusals.holds("here", WRONG)
    clock.now += FIRST_HOLD_S
    assert not refusals.holds("here", WRONG)


def test_a_mended_credential_and_another_vault_are_tried_at_once() -> None:
    refusals = Refusals(Clock())
    refusals.add("here", WRONG)
    assert not refusals.holds("here", MENDED)
    assert not refusals.holds("there", WRONG)


def test_an_accepted_login_ends_the_hold() -> None:
    refusals = Refusals(Clock())
    refusals.add("here", WRONG)
    refusals.drop("here")
    assert not refusals.holds("here", WRONG)


def test_a_wrong_credential_never_locks_its_role_out() -> None:
    clock, tried = Clock(), []
    refusals = Refusals(clock)
    for _ in range(int(4 * QUARTER_HOUR_S)):
        if not refusals.holds("here", WRONG):
            tried.append(clock.now)
            refusals.add("here", WRONG)
        clock.now += 1.0
    spans = [later - first for first, later in zip(tried, tried[LOCKED_OUT_AFTER - 1 :], strict=False)]
    assert spans
    assert min(spans) >= QUARTER_HOUR_S
    assert tried[1] - tried[0] == FIRST_HOLD_S
    assert tried[-1] - tried[-2] == LATER_HOLD_S
