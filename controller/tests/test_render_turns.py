"""Whose turn it is to render."""

from hypothesis import given
from hypothesis import strategies as st

from bulkhead_controller.rendering.turns import Turns


def turns_of(*items: str, per_tenant: int = 100, together: int = 100) -> Turns[str]:
    turns: Turns[str] = Turns(per_tenant=per_tenant, together=together)
    for item in items:
        turns.join(item[0], item)
    return turns


def all_of(turns: Turns[str]) -> list[str]:
    taken = []
    while (found := turns.take()) is not None:
        taken.append(found[1])
        turns.done(found[0])
    return taken


def test_tenants_take_turns_however_much_each_of_them_has() -> None:
    assert all_of(turns_of("a1", "a2", "a3", "b1", "c1", "c2")) == ["a1", "b1", "c1", "a2", "c2", "a3"]


def test_one_of_a_tenant_is_done_at_a_time() -> None:
    turns = turns_of("a1", "a2", "b1")
    assert [turns.take(), turns.take(), turns.take()] == [("a", "a1"), ("b", "b1"), None]
    turns.done("a")
    assert turns.take() == ("a", "a2")


def test_a_tenant_that_has_enough_waiting_is_refused_more() -> None:
    turns = turns_of("a1", "a2", per_tenant=2)
    assert turns.join("a", "a3") == "a3"
    assert turns.join("b", "b1") is None
    assert len(turns) == 3


def test_where_all_have_too_much_the_newest_of_the_largest_goes() -> None:
    turns = turns_of("a1", "a2", "a3", "b1", together=4)
    assert turns.join("c", "c1") == "a3"
    assert all_of(turns) == ["a1", "b1", "c1", "a2"]


def test_what_left_is_not_taken() -> None:
    turns = turns_of("a1", "a2", "b1")
    turns.leave("a", "a1")
    turns.leave("a", "a1")
    turns.leave("b", "b1")
    turns.leave("z", "z1")
    assert len(turns) == 1
    assert all_of(turns) == ["a2"]


@given(st.lists(st.sampled_from("abc"), max_size=30), st.integers(1, 6), st.integers(1, 12))
def test_each_item_is_taken_or_refused_once_and_bounds_hold(tenants: list[str], per_tenant: int, together: int) -> None:
    turns: Turns[str] = Turns(per_tenant=per_tenant, together=together)
    items = [f"{tenant}{number}" for number, tenant in enumerate(tenants)]
    refused = [gone for item in items if (gone := turns.join(item[0], item)) is not None]
    assert len(turns) <= together
    taken = all_of(turns)
    assert sorted(refused + taken) == sorted(items)
    assert all(sum(item[0] == tenant for item in taken) <= per_tenant for tenant in "abc")


@given(st.lists(st.sampled_from("abcd"), min_size=1, max_size=40))
def test_nobody_waits_for_more_than_one_of_each_other_tenant(tenants: list[str]) -> None:
    taken = all_of(turns_of(*(f"{tenant}{number}" for number, tenant in enumerate(tenants))))
    for tenant in set(tenants):
        first = next(place for place, item in enumerate(taken) if item[0] == tenant)
        before = [item[0] for item in taken[:first]]
        assert len(before) == len(set(before))
