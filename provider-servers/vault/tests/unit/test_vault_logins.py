import asyncio
from collections.abc import Awaitable, Callable

import pytest

from bulkhead_api.secret_value import SecretValue
from bulkhead_provider_vault.auth import AppRole
from bulkhead_provider_vault.failures import Answer
from bulkhead_provider_vault.logins import Logins
from bulkhead_provider_vault.transport import Reply, UnreachableError

# Source: Vault, user lockout: lockout_threshold, lockout_counter_reset.
LOCKED_AT = 5
FORGOTTEN_AFTER_S = 900.0


def role(secret_id: bytes) -> AppRole:
    return AppRole(role_id=SecretValue(b"r"), secret_id=SecretValue(secret_id), mount="approle")


WRONG, RIGHT = role(b"wrong"), role(b"right")


class Vault:
    """Takes `RIGHT` and nothing else."""

    def __init__(self) -> None:
        self.now = 0.0
        self.logins = Logins(clock=lambda: self.now)
        self.asked_at: list[float] = []

    async def attempt(self, credential: AppRole) -> Answer | None:
        return await self.logins.attempt(credential, self._answering(credential))

    def _answering(self, credential: AppRole) -> Callable[[], Awaitable[Answer]]:
        async def answer() -> Answer:
            self.asked_at.append(self.now)
            await asyncio.sleep(0)
            return Reply(status=200 if credential == RIGHT else 400, body=b"", retry_after_s=None)

        return answer


async def test_a_wrong_credential_never_gets_a_role_locked() -> None:
    vault = Vault()
    for second in range(4 * 3600):
        vault.now = float(second)
        assert await vault.attempt(WRONG) is None
    in_a_row = longest = 0
    last_s = -FORGOTTEN_AFTER_S
    for at_s in vault.asked_at:
        in_a_row = 1 if at_s - last_s > FORGOTTEN_AFTER_S else in_a_row + 1
        longest, last_s = max(longest, in_a_row), at_s
    assert 1 < longest < LOCKED_AT


async def test_many_stores_try_a_wrong_credential_once() -> None:
    vault = Vault()
    answers = await asyncio.gather(*(vault.attempt(WRONG) for _ in range(20)))
    assert answers == [None] * 20
    assert len(vault.asked_at) == 1


async def test_another_credential_is_tried_at_once() -> None:
    vault = Vault()
    assert await vault.attempt(WRONG) is None
    answer = await vault.attempt(RIGHT)
    assert isinstance(answer, Reply)
    assert answer.status == 200


@pytest.mark.parametrize("status", [429, 503])
async def test_a_vault_that_did_not_decide_is_asked_again(status: int) -> None:
    logins, asked = Logins(clock=lambda: 0.0), 0

    async def answer() -> Answer:
        nonlocal asked
        asked += 1
        return Reply(status=status, body=b"", retry_after_s=None) if asked == 1 else UnreachableError("down")

    assert isinstance(await logins.attempt(WRONG, answer), Reply)
    assert isinstance(await logins.attempt(WRONG, answer), UnreachableError)
