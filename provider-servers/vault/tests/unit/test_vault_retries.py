"""When a request to Vault is made again, and how long that waits."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from bulkhead_api.provider import Retry
from bulkhead_provider_sdk.deadline import deadline_in
from bulkhead_provider_vault.failures import Answer
from bulkhead_provider_vault.retries import Retries, is_passing
from bulkhead_provider_vault.transport import (
    NoAnswerError,
    OversizedError,
    Reply,
    UnreachableError,
    UntrustedError,
    WithheldError,
)

GOOD = Reply(status=200, body=b"{}")
SEALED = Reply(status=503, body=b"")
MISSING = Reply(status=404, body=b"")


class Vault:
    """Answers each further try with the next of a list of answers, and notes the waits."""

    def __init__(self, *tries: Sequence[Answer]) -> None:
        self.tries = list(tries)
        self.asked: list[list[int]] = []
        self.waits: list[float] = []

    async def again(self, failed: Sequence[int]) -> Sequence[Answer]:
        self.asked.append(list(failed))
        return self.tries.pop(0)

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)


async def settled(vault: Vault, first: Sequence[Answer], retry: Retry | None, *, left_s: float = 60) -> list[Answer]:
    async with deadline_in(left_s):
        return await Retries(retry, draw=lambda: 0.5, sleep=vault.sleep).settled(first, vault.again)


@pytest.mark.parametrize(
    ("answer", "want"),
    [
        pytest.param(Reply(status=500, body=b""), True, id="500"),
        pytest.param(Reply(status=501, body=b""), False, id="501"),
        pytest.param(SEALED, True, id="503"),
        pytest.param(Reply(status=412, body=b""), True, id="412-not-caught-up"),
        pytest.param(Reply(status=429, body=b""), False, id="429-is-the-controllers"),
        pytest.param(Reply(status=403, body=b""), False, id="403"),
        pytest.param(MISSING, False, id="404"),
        pytest.param(GOOD, False, id="200"),
        pytest.param(UnreachableError("x"), True, id="no-connection"),
        pytest.param(UntrustedError("x"), False, id="no-trust"),
        pytest.param(NoAnswerError("x"), False, id="no-answer-in-time"),
        pytest.param(OversizedError("x"), False, id="too-large"),
        pytest.param(WithheldError("x"), False, id="withheld"),
    ],
)
def test_a_failure_may_pass(answer: Answer, want: bool) -> None:
    assert is_passing(answer) is want


@pytest.mark.parametrize(
    ("retry", "waits"),
    [
        pytest.param(None, [1.25, 2.5], id="without-settings-as-vaults-own-client"),
        pytest.param(Retry(), [], id="settings-without-a-number"),
        pytest.param(Retry(interval=timedelta(seconds=9)), [], id="an-interval-alone"),
        pytest.param(Retry(max_retries=0), [], id="none"),
        pytest.param(Retry(max_retries=-3), [], id="below-none"),
        pytest.param(Retry(max_retries=3), [1.25, 2.5, 3.75], id="a-number-alone"),
        pytest.param(Retry(max_retries=2, interval=timedelta(seconds=4)), [4.0, 8.0], id="both"),
        pytest.param(Retry(max_retries=2, interval=timedelta(0)), [0.1, 0.1], id="an-interval-of-nothing"),
    ],
)
async def test_what_keeps_failing_is_tried_again_as_the_settings_say(retry: Retry | None, waits: list[float]) -> None:
    vault = Vault(*[[SEALED]] * len(waits))
    assert await settled(vault, [SEALED], retry) == [SEALED]
    assert vault.waits == pytest.approx(waits)


async def test_only_what_failed_is_asked_again_and_each_answer_keeps_its_place() -> None:
    vault = Vault([SEALED, MISSING], [GOOD])
    assert await settled(vault, [GOOD, SEALED, MISSING, SEALED], None) == [GOOD, GOOD, MISSING, MISSING]
    assert vault.asked == [[1, 3], [1]]


async def test_what_succeeds_is_not_asked_again() -> None:
    vault = Vault()
    assert await settled(vault, [GOOD, MISSING], Retry(max_retries=5)) == [GOOD, MISSING]
    assert vault.waits == []


async def test_a_wait_that_does_not_fit_into_the_deadline_is_not_begun() -> None:
    vault = Vault([SEALED])
    assert await settled(vault, [SEALED], None, left_s=1.5) == [SEALED]
    assert vault.waits == []


async def test_the_hint_of_vault_counts_where_it_is_longer() -> None:
    hinted = Reply(status=503, body=b"", retry_after_s=7)
    vault = Vault([GOOD])
    assert await settled(vault, [hinted], None) == [GOOD]
    assert vault.waits == [7]


async def test_outside_of_a_call_nobody_waits() -> None:
    vault = Vault()
    assert await Retries(None, sleep=vault.sleep).settled([SEALED], vault.again) == [SEALED]
