"""Finding and splitting give what Go's regexp gives; its answers to sprig's functions hold the rest of it."""

import pytest

from bulkhead_regexp import Budget, BudgetError, find, find_all, quote_meta, regexp_from, replace_literal, split


def test_the_first_match_is_found() -> None:
    assert find(regexp_from("b+"), b"abbab") == b"bb"
    assert find(regexp_from("x"), b"abbab") == b""


@pytest.mark.parametrize(
    ("count", "want"), [(-1, [b"a", b"", b"aa", b""]), (0, []), (2, [b"a", b""]), (9, [b"a", b"", b"aa", b""])]
)
def test_so_many_matches_are_found(count: int, want: list[bytes]) -> None:
    assert find_all(regexp_from("a*"), b"abcaab", count) == want


@pytest.mark.parametrize(
    ("expression", "text", "count", "want"),
    [
        (",", b"a,b,,c", -1, [b"a", b"b", b"", b"c"]),
        (",", b"a,b,,c", 2, [b"a", b"b,,c"]),
        (",", b"a,b,,c", 0, []),
        (",", b"", -1, [b""]),
        ("", b"", -1, []),
        ("", "aé".encode(), -1, [b"a", "é".encode()]),
        ("a", b"aba", -1, [b"", b"b", b""]),
    ],
)
def test_a_text_is_split_between_matches(expression: str, text: bytes, count: int, want: list[bytes]) -> None:
    assert split(regexp_from(expression), text, count) == want


def test_a_dollar_in_a_literal_target_means_nothing() -> None:
    assert b"".join(replace_literal(regexp_from("(a)"), b"banana", b"$1")) == b"b$1n$1n$1"


def test_a_quoted_text_matches_itself_alone() -> None:
    text = r"\.+*?()|[]{}^$é-"
    assert quote_meta(text) == r"\\\.\+\*\?\(\)\|\[\]\{\}\^\$é-"
    assert find(regexp_from(quote_meta(text)), text.encode()) == text.encode()


def test_a_search_with_too_many_matches_ends_at_its_budget() -> None:
    with pytest.raises(BudgetError):
        find_all(regexp_from(""), b"a" * 10_000, -1, budget=Budget(1_000_000))
