"""When the status of an ExternalSecret changes."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from bulkhead_api.external_secret import Binding, ExternalSecretStatus
from bulkhead_api.meta import Condition, ConditionStatus
from bulkhead_controller.conditions import MAX_MESSAGE_CHARS
from bulkhead_controller.externalsecret.status import (
    Message,
    Reason,
    has_failed,
    ready_condition,
    status_after_failure,
    status_after_success,
)

NOW = datetime(2026, 11, 24, 12, 0, 0, 123456, tzinfo=UTC)
MOMENT = NOW.replace(microsecond=0)
LATER = NOW + timedelta(hours=1)
NEW = ExternalSecretStatus()


def succeed(
    old: ExternalSecretStatus,
    *,
    now: datetime = NOW,
    secret_changed: bool = False,
    refresh_time_after: timedelta | None = None,
) -> ExternalSecretStatus:
    return status_after_success(
        old,
        reason=Reason.SYNCED,
        message=Message.SYNCED,
        synced_version="1-a",
        binding="app",
        secret_changed=secret_changed,
        refresh_time_after=refresh_time_after,
        now=now,
    )


def test_first_success_sets_every_field() -> None:
    assert succeed(NEW) == ExternalSecretStatus(
        refresh_time=MOMENT,
        synced_resource_version="1-a",
        conditions=[
            Condition(
                type="Ready",
                status=ConditionStatus.TRUE,
                reason="SecretSynced",
                message="secret synced",
                last_transition_time=MOMENT,
            )
        ],
        binding=Binding(name="app"),
    )


def test_unchanged_refresh_changes_nothing() -> None:
    assert succeed(succeed(NEW), now=LATER) == succeed(NEW)


@pytest.mark.parametrize(
    ("after", "moves"),
    [
        pytest.param(None, False, id="never"),
        pytest.param(timedelta(0), True, id="always"),
        pytest.param(timedelta(minutes=59), True, id="after-less-than-that-time"),
        pytest.param(timedelta(hours=2), False, id="after-more-than-that-time"),
    ],
)
def test_refresh_time_of_an_unchanged_refresh_moves_as_it_is_set(after: timedelta | None, moves: bool) -> None:
    status = succeed(succeed(NEW), now=LATER, refresh_time_after=after)
    assert (status.refresh_time == MOMENT + timedelta(hours=1)) is moves


def test_refresh_time_moves_when_the_secret_changed() -> None:
    status = succeed(succeed(NEW), now=LATER, secret_changed=True)
    assert status == replace(succeed(NEW), refresh_time=MOMENT + timedelta(hours=1))


def test_refresh_time_in_the_future_is_put_right() -> None:
    ahead = replace(succeed(NEW), refresh_time=MOMENT + timedelta(days=9))
    assert succeed(ahead).refresh_time == MOMENT


def test_failure_keeps_all_but_the_condition() -> None:
    status = status_after_failure(succeed(NEW), "could not update secret", now=LATER)
    assert replace(status, conditions=[]) == replace(succeed(NEW), conditions=[])
    assert has_failed(status)
    ready = ready_condition(status)
    assert ready is not None
    assert ready.last_transition_time == MOMENT + timedelta(hours=1)


def test_transition_time_stays_while_only_the_message_changes() -> None:
    first = status_after_failure(NEW, "one", now=NOW)
    second = ready_condition(status_after_failure(first, "two", now=LATER))
    assert second is not None
    assert (second.message, second.last_transition_time) == ("two", MOMENT)


@given(st.text(max_size=50), st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=1000)))
def test_the_same_failure_again_changes_nothing(message: str, later: timedelta) -> None:
    first = status_after_failure(succeed(NEW), message, now=NOW)
    assert status_after_failure(first, message, now=NOW + later) == first


def test_conditions_of_others_stay() -> None:
    foreign = Condition(type="Deleted", status=ConditionStatus.UNKNOWN)
    status = status_after_failure(replace(NEW, conditions=[foreign]), "x", now=NOW)
    assert [condition.type for condition in status.conditions] == ["Deleted", "Ready"]


def test_long_messages_are_cut() -> None:
    ready = ready_condition(status_after_failure(NEW, "x" * 10_000, now=NOW))
    assert ready is not None
    assert len(ready.message) == MAX_MESSAGE_CHARS
