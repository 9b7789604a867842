"""Whether too much of what a store gives has changed at once."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkhead_api.errors import SecretNotFoundError
from bulkhead_api.external_secret import DataItem, RemoteRef, SecretStoreRef
from bulkhead_api.secret_value import SecretValue
from bulkhead_controller.backends import Fields, Outcome, Ref, Value
from bulkhead_controller.brakes.answers import answers_by_store
from bulkhead_controller.brakes.limits import Limits
from bulkhead_controller.brakes.mass_change import MassChange
from bulkhead_controller.externalsecret.sources import Source

START = datetime(2026, 11, 24, 12, tzinfo=UTC)
WINDOW = timedelta(minutes=10)


def breaker(percent: int = 50, floor: int = 2) -> MassChange[str, int]:
    return MassChange(Limits(percent=percent, window=WINDOW, floor=floor))


def changes_until_trip(breaker: MassChange[str, int], *, users: int = 0, now: datetime = START) -> int:
    """Let one key after the other change, each asked for by one user, and count those that may be written."""
    for number in range(1000):
        if breaker.changed("s", number, f"key-{number}", users=users, now=now):
            return number
    raise AssertionError("it never tripped")


@pytest.mark.parametrize(
    ("users", "same", "floor", "want"),
    [
        pytest.param(20, 0, 2, 10, id="half-of-the-users-at-the-start"),
        pytest.param(20, 20, 2, 10, id="half-of-the-users-when-all-have-asked"),
        pytest.param(20, 7, 2, 10, id="half-of-the-users-when-some-have-asked"),
        pytest.param(3, 0, 2, 2, id="the-floor-where-there-are-few"),
        pytest.param(3, 0, 0, 1, id="half-of-few-without-a-floor"),
    ],
)
def test_breaker_lets_through(users: int, same: int, floor: int, want: int) -> None:
    watching = breaker(floor=floor)
    for number in range(same):
        watching.same("s", number, f"key-{number}")
    assert changes_until_trip(watching, users=users) == want


def test_what_many_ask_for_alike_counts_once() -> None:
    watching = breaker()
    for user in range(100):
        watching.same("s", user, "shared-password")
    assert not any(watching.changed("s", user, "shared-password", users=102, now=START) for user in range(100))
    # A hundred users of one key and two others: three keys.
    assert not watching.changed("s", 100, "a", users=102, now=START)
    assert watching.changed("s", 101, "b", users=102, now=START)


def test_user_that_asks_for_something_else_does_not_count_twice() -> None:
    watching = breaker(floor=0)
    for asked in ("a", "b", "c"):
        watching.same("s", 1, asked)
    watching.same("s", 2, "d")
    assert not watching.changed("s", 1, "c", users=2, now=START)
    assert watching.changed("s", 2, "d", users=2, now=START)


def test_user_that_is_gone_does_not_count() -> None:
    watching = breaker(floor=0)
    for user in range(4):
        watching.same("s", user, str(user))
    for user in (2, 3):
        watching.forget("s", user)
    assert not watching.changed("s", 0, "0", users=2, now=START)
    assert watching.changed("s", 1, "1", users=2, now=START)


def test_stores_do_not_count_for_each_other() -> None:
    watching = breaker()
    assert not any(watching.changed(f"s-{number}", 1, "a", users=1, now=START) for number in range(100))


def test_change_counts_until_it_leaves_the_window() -> None:
    watching = breaker()
    moments = (START, START + WINDOW / 2, START + WINDOW, START + WINDOW)
    tripped = [watching.changed("s", user, str(user), users=0, now=at) for user, at in enumerate(moments)]
    assert tripped == [False, False, False, True]


def test_change_still_counts_when_the_next_answer_is_the_same() -> None:
    watching = breaker()
    for user in (1, 2):
        watching.changed("s", user, str(user), users=3, now=START)
        watching.same("s", user, str(user))
    assert watching.changed("s", 3, "3", users=3, now=START)


def test_new_window_starts_empty() -> None:
    watching = breaker()
    for _ in range(2):
        assert changes_until_trip(watching) == 2
        watching.restart("s")


def test_what_was_never_heard_of_is_forgotten_and_restarted_without_a_word() -> None:
    watching = breaker()
    watching.forget("s", 1)
    watching.restart("s")
    watching.same("s", 1, "a")
    watching.forget("s", 2)


def test_clock_that_was_set_back_keeps_no_change_for_ever() -> None:
    watching = breaker()
    for user in (1, 2):
        watching.changed("s", user, str(user), users=0, now=START + timedelta(days=365))
    assert changes_until_trip(watching) == 2


@given(steps=st.lists(st.tuples(st.booleans(), st.integers(0, 30), st.integers(0, 200)), max_size=60))
def test_breaker_trips_exactly_when_the_window_holds_too_many(steps: list[tuple[bool, int, int]]) -> None:
    watching, now = breaker(), START
    users: set[int] = set()
    changed: dict[int, datetime] = {}
    for is_change, user, wait_s in steps:
        now += timedelta(seconds=wait_s)
        users.add(user)
        if not is_change:
            watching.same("s", user, str(user))
            continue
        changed[user] = now
        recent = [at for at in changed.values() if at + WINDOW > now]
        want = len(recent) > max(2, len(users) // 2)
        assert watching.changed("s", user, str(user), users=len(users), now=now) is want


def source(key: str, store: str = "vault") -> Source:
    item = DataItem(secret_key="password", remote_ref=RemoteRef(key=key))
    return Source(where="spec.data[0]", store=SecretStoreRef(name=store), request=Ref(key=key), item=item)


def said(*outcomes: Outcome) -> str:
    (answer,) = answers_by_store("team-a", [source(str(place)) for place in range(len(outcomes))], outcomes).values()
    return answer.said


def value(content: bytes) -> Value:
    return Value(SecretValue(content))


def fields(**content: bytes) -> Fields:
    return Fields({name: SecretValue(each) for name, each in content.items()})


ABSENT = SecretNotFoundError("there is no such secret")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param([value(b"a")], [value(b"b")], id="values"),
        pytest.param([value(b"")], [ABSENT], id="an-empty-value-and-none"),
        pytest.param([value(b"ab"), value(b"c")], [value(b"a"), value(b"bc")], id="the-same-bytes-cut-elsewhere"),
        pytest.param([fields(a=b"1")], [fields(a=b"2")], id="a-field's-value"),
        pytest.param([fields(a=b"1")], [fields(b=b"1")], id="a-field's-name"),
        pytest.param([fields(a=b"1")], [fields()], id="a-field-and-none"),
        pytest.param([fields()], [ABSENT], id="no-fields-and-nothing"),
    ],
)
def test_answers_differ(one: list[Outcome], other: list[Outcome]) -> None:
    assert said(*one) != said(*other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(fields(a=b"1", b=b"2"), fields(b=b"2", a=b"1"), id="in-the-order-of-fields"),
        pytest.param(ABSENT, SecretNotFoundError("gone"), id="in-the-words-about-an-absence"),
    ],
)
def test_answers_do_not_differ(one: Outcome, other: Outcome) -> None:
    assert said(one) == said(other)


def test_each_store_has_its_own_answer() -> None:
    sources = [source("a"), source("b", "other"), source("c")]
    first = answers_by_store("team-a", sources, [value(b"1"), value(b"2"), value(b"3")])
    second = answers_by_store("team-a", sources, [value(b"1"), value(b"9"), value(b"3")])
    assert {key.name: first[key].said == second[key].said for key in first} == {"vault": True, "other": False}
    assert all(first[key].asked == second[key].asked for key in first)


def test_what_is_asked_for_does_not_depend_on_who_asks() -> None:
    (one,), (other,) = (answers_by_store(each, [source("a")], [value(b"1")]).values() for each in ("team-a", "team-b"))
    assert one == other
