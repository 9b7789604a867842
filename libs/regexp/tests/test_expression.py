"""Expressions: what they find, what they refuse, and what they may cost."""

import pytest
import re2  # type: ignore[import-untyped]  # the package comes without types
from hypothesis import given
from hypothesis import strategies as st

from bulkhead_regexp import Budget, BudgetError, RegexpError, ResultTooLongError, regexp_from

EXPRESSIONS = ["", "a", "a*", "(a|b)*", "^a", "b$", r"\w+", r"\b", "é?", "."]


@pytest.mark.parametrize(
    ("expression", "text", "found"),
    [
        pytest.param("b", "abc", True, id="anywhere"),
        pytest.param("^b", "abc", False, id="not-at-an-anchor"),
        pytest.param("", "", True, id="nothing-in-nothing"),
        pytest.param("é", "caf\u00e9", True, id="beyond-ascii"),
        pytest.param("^.$", "\U0001f511", True, id="one-rune-of-four-bytes"),
        pytest.param("^.$", "\ud800", True, id="half-a-surrogate-pair-as-one-rune"),
    ],
)
def test_expression_is_searched_anywhere(expression: str, text: str, found: bool) -> None:
    assert regexp_from(expression).matches(text) is found


@pytest.mark.parametrize("expression", ["(", "(?=a)", r"(a)\1", "a{1001}", "[z-a]", "*", "\ud800("])
def test_what_is_not_re2_is_refused_with_its_reason(expression: str, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RegexpError, match=r".+") as refused:
        regexp_from(expression)
    assert refused.value.__cause__ is None
    assert capfd.readouterr().err == ""


def test_reason_is_one_line_of_bounded_length() -> None:
    with pytest.raises(RegexpError) as refused:
        regexp_from("[a\n" + "b" * 100_000)
    assert str(refused.value).startswith("missing ]: [a?bbb")
    assert len(str(refused.value)) == 200


def test_expression_too_large_for_its_memory_is_refused() -> None:
    with pytest.raises(RegexpError):
        regexp_from(r"((\pL{100}){100}){100}")


def test_engine_is_re2_which_knows_no_backtracking() -> None:
    expression = regexp_from("(a+)+$")
    assert type(expression._compiled).__module__.split(".")[0] == re2.__name__
    # An engine that tries every split would need longer than the universe has lasted.
    assert not expression.matches("a" * 10_000 + "b")
    assert expression.replace("a" * 10_000 + "b", "x") == "a" * 10_000 + "b"
    assert expression.replace("a" * 10_000, "x") == "x"


def test_expression_is_compiled_once() -> None:
    assert regexp_from("kept") is regexp_from("kept")


def test_compiled_expressions_live_in_no_other_cache() -> None:
    regexp_from("not kept twice")
    assert re2._Regexp._make.cache_info().currsize == 0


def test_replacement_is_cut_off_by_an_error_before_it_grows_too_long() -> None:
    expression = regexp_from("a")
    assert expression.replace("aaaa", "12345", max_chars=20) == "12345" * 4
    with pytest.raises(ResultTooLongError, match="longer than 19 characters"):
        expression.replace("aaaa", "12345", max_chars=19)
    with pytest.raises(ResultTooLongError):
        expression.replace("a" * 100_000, "b" * 1_000_000, max_chars=100_000)


def test_searches_are_taken_off_a_budget_until_it_is_spent() -> None:
    budget = Budget(1_000_000)
    assert regexp_from("a").replace("banana", "o", budget=budget) == "bonono"
    left = budget.chars
    assert 0 < left < 1_000_000
    assert regexp_from("x").replace("banana", "o", budget=budget) == "banana"
    assert left - 10_000 < budget.chars < left
    with pytest.raises(BudgetError):
        regexp_from("a.*b|a").replace("a" * 100_000, "a", budget=budget)


def test_half_a_surrogate_pair_becomes_the_replacement_character() -> None:
    assert regexp_from("a").replace("\ud800a", "\udc00") == "\ufffd\ufffd"


@pytest.mark.slow
@given(st.sampled_from(EXPRESSIONS), st.text(alphabet="abé日\U0001f511 \n", max_size=20))
def test_replacing_each_match_by_itself_changes_nothing(expression: str, text: str) -> None:
    assert regexp_from(expression).replace(text, "$0") == text


@pytest.mark.slow
@given(st.sampled_from(EXPRESSIONS), st.text(max_size=20), st.text(alphabet="$ab{}1_ é", max_size=10))
def test_a_target_never_fails_and_is_taken_literally_without_a_dollar(expression: str, text: str, target: str) -> None:
    replaced = regexp_from(expression).replace(text, target)
    if "$" not in target and expression == "":
        assert replaced == target + "".join(rune + target for rune in text)
