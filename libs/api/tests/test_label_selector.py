"""Label selectors select, and are refused, as Kubernetes does it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkhead_api.label_selector import SelectorError, selects
from bulkhead_api.meta import LabelOperator, LabelSelector, LabelSelectorRequirement

LABELS = {"team": "shop", "tier": "", "example.com/zone": "eu-1"}


def labelled(**labels: str) -> LabelSelector:
    return LabelSelector(match_labels=labels)


def expression(key: str, operator: str, *values: str) -> LabelSelector:
    return LabelSelector(match_expressions=[LabelSelectorRequirement(key=key, operator=operator, values=list(values))])


@pytest.mark.parametrize(
    ("selector", "want"),
    [
        pytest.param(LabelSelector(), True, id="everything-when-empty"),
        pytest.param(labelled(team="shop"), True, id="an-equal-label"),
        pytest.param(labelled(team="bank"), False, id="no-other-value"),
        pytest.param(labelled(town="shop"), False, id="no-absent-label"),
        pytest.param(labelled(tier=""), True, id="an-empty-value"),
        pytest.param(labelled(town=""), False, id="no-absent-label-for-an-empty-value"),
        pytest.param(labelled(team="shop", tier="x"), False, id="only-if-all-labels-are-equal"),
        pytest.param(LabelSelector(match_labels={"example.com/zone": "eu-1"}), True, id="a-key-with-a-prefix"),
        pytest.param(expression("team", "In", "bank", "shop"), True, id="one-of-several-values"),
        pytest.param(expression("team", "In", "bank"), False, id="none-of-other-values"),
        pytest.param(expression("town", "In", "shop"), False, id="no-absent-label-in-values"),
        pytest.param(expression("team", "NotIn", "shop"), False, id="no-value-that-is-ruled-out"),
        pytest.param(expression("team", "NotIn", "bank"), True, id="a-value-that-is-not-ruled-out"),
        pytest.param(expression("town", "NotIn", "shop"), True, id="an-absent-label-that-can-have-no-value"),
        pytest.param(expression("tier", "Exists"), True, id="a-label-that-exists"),
        pytest.param(expression("town", "Exists"), False, id="no-label-that-does-not-exist"),
        pytest.param(expression("town", "DoesNotExist"), True, id="without-a-label"),
        pytest.param(expression("tier", "DoesNotExist"), False, id="not-with-a-label"),
        pytest.param(
            LabelSelector(
                match_labels={"team": "shop"},
                match_expressions=[LabelSelectorRequirement(key="town", operator="Exists")],
            ),
            False,
            id="only-if-labels-and-expressions-hold",
        ),
    ],
)
def test_selector_selects(selector: LabelSelector, want: bool) -> None:
    assert selects(selector, LABELS) is want


@pytest.mark.parametrize(
    ("selector", "message"),
    [
        pytest.param(
            expression("team", "Equals", "shop"),
            "label 'team': 'Equals' is not one of the operators In, NotIn, Exists, DoesNotExist",
            id="an-unknown-operator",
        ),
        pytest.param(expression("team", "in", "shop"), "label 'team': 'in' is not one of", id="an-operator-in-small"),
        pytest.param(expression("team", "In"), "label 'team': operator In needs values", id="in-nothing"),
        pytest.param(expression("team", "NotIn"), "label 'team': operator NotIn needs values", id="not-in-nothing"),
        pytest.param(
            expression("team", "Exists", "x"), "label 'team': operator Exists takes no values", id="exists-with-values"
        ),
        pytest.param(
            expression("team", "DoesNotExist", ""),
            "label 'team': operator DoesNotExist takes no values",
            id="does-not-exist-with-values",
        ),
        pytest.param(labelled(team="-x"), "label 'team': value '-x' is not a label value", id="a-hyphen-in-front"),
        pytest.param(labelled(team="x."), "value 'x.' is not a label value", id="a-dot-at-the-end"),
        pytest.param(labelled(team="a b"), "value 'a b' is not a label value", id="a-space"),
        pytest.param(labelled(team="é"), r"value '\xe9' is not a label value", id="a-letter-beyond-ascii"),
        pytest.param(labelled(team="x\n"), r"value 'x\n' is not a label value", id="a-line-end"),
        pytest.param(labelled(team="x" * 64), "' is not a label value: at most 63", id="a-value-of-64"),
        pytest.param(expression("", "Exists"), "'' is not a label key", id="no-key"),
        pytest.param(expression("a/", "Exists"), "'a/' is not a label key", id="no-name-after-the-slash"),
        pytest.param(expression("/a", "Exists"), "'/a' is not a label key: what stands before", id="no-prefix"),
        pytest.param(expression("a/b/c", "Exists"), "'a/b/c' is not a label key", id="two-slashes"),
        pytest.param(expression("A/b", "Exists"), "'A/b' is not a label key", id="a-prefix-in-capitals"),
        pytest.param(expression("a_b/c", "Exists"), "'a_b/c' is not a label key", id="an-underscore-in-the-prefix"),
        pytest.param(expression("a..b/c", "Exists"), "'a..b/c' is not a label key", id="an-empty-part-of-the-prefix"),
        pytest.param(expression("x" * 64, "Exists"), "is not a label key", id="a-key-of-64"),
        pytest.param(expression("a" * 254 + "/b", "Exists"), "is not a label key", id="a-prefix-of-254"),
    ],
)
def test_selector_is_refused_for(selector: LabelSelector, message: str) -> None:
    for labels in (LABELS, {}):
        with pytest.raises(SelectorError) as refused:
            selects(selector, labels)
        assert message in str(refused.value)
        assert len(str(refused.value).splitlines()) == 1


@pytest.mark.parametrize("key", ["a", "A.b_c-9", "x" * 63, "a.b/c", "a" * 253 + "/" + "x" * 63, "9/9"])
def test_key_is_taken(key: str) -> None:
    assert selects(expression(key, "Exists"), {key: ""})


def test_malformed_part_is_refused_even_if_another_part_already_decides() -> None:
    selector = LabelSelector(
        match_labels={"town": "x"}, match_expressions=[LabelSelectorRequirement(key="team", operator="?")]
    )
    with pytest.raises(SelectorError):
        selects(selector, LABELS)


KEYS = st.sampled_from(["a", "b"])
VALUES = st.sampled_from(["", "1", "2"])


@given(KEYS, st.lists(VALUES, min_size=1), st.dictionaries(KEYS, VALUES))
def test_each_operator_has_its_opposite(key: str, values: list[str], labels: dict[str, str]) -> None:
    operators = LabelOperator
    assert selects(expression(key, operators.IN, *values), labels) is not selects(
        expression(key, operators.NOT_IN, *values), labels
    )
    assert selects(expression(key, operators.EXISTS), labels) is not selects(
        expression(key, operators.DOES_NOT_EXIST), labels
    )
