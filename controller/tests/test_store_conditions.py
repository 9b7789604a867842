"""Which namespaces a ClusterSecretStore admits."""

import re
from collections.abc import Mapping

import pytest

from bulkhead_api.meta import LabelSelector, LabelSelectorRequirement
from bulkhead_api.secret_store import StoreCondition
from bulkhead_controller.store.conditions import StoreConditionError, admits

SHOP = {"team": "shop", "kubernetes.io/metadata.name": "shop-1"}
BY_TEAM = StoreCondition(namespace_selector=LabelSelector(match_labels={"team": "shop"}))
BY_NAME = StoreCondition(namespaces=["bank", "shop-1"])
BY_EXPRESSION = StoreCondition(namespace_regexes=["^bank-", "op-[0-9]$"])
OTHER = StoreCondition(namespaces=["other"])
NOT_BANK = StoreCondition(
    namespace_selector=LabelSelector(
        match_expressions=[LabelSelectorRequirement(key="team", operator="NotIn", values=["bank"])]
    )
)
EVERYTHING = StoreCondition(namespace_selector=LabelSelector())
BAD_EXPRESSION = StoreCondition(namespace_regexes=["x", "("])
BAD_SELECTOR = StoreCondition(
    namespace_selector=LabelSelector(match_expressions=[LabelSelectorRequirement(key="team", operator="Is")])
)


@pytest.mark.parametrize(
    ("conditions", "labels", "want"),
    [
        pytest.param([], SHOP, True, id="everybody-without-conditions"),
        pytest.param([], None, True, id="everybody-without-conditions-or-labels"),
        pytest.param([StoreCondition()], SHOP, False, id="nobody-by-a-condition-without-parts"),
        pytest.param([BY_TEAM], SHOP, True, id="by-labels"),
        pytest.param([BY_TEAM], {"team": "bank"}, False, id="not-by-other-labels"),
        pytest.param([BY_TEAM], None, False, id="not-by-labels-that-are-not-known"),
        pytest.param([NOT_BANK], {}, True, id="by-labels-it-does-not-have"),
        pytest.param([NOT_BANK], None, False, id="not-by-absence-that-is-not-known"),
        pytest.param([EVERYTHING], None, True, id="by-a-selector-that-needs-no-labels"),
        pytest.param([BY_NAME], SHOP, True, id="by-name"),
        pytest.param([BY_NAME], None, True, id="by-name-without-labels"),
        pytest.param([OTHER], SHOP, False, id="not-by-another-name"),
        pytest.param([StoreCondition(namespaces=["shop"])], SHOP, False, id="not-by-a-part-of-its-name"),
        pytest.param([BY_EXPRESSION], SHOP, True, id="by-an-expression-found-anywhere"),
        pytest.param([BY_EXPRESSION], None, True, id="by-an-expression-without-labels"),
        pytest.param([StoreCondition(namespace_regexes=["^op"])], SHOP, False, id="not-by-an-anchored-expression"),
        pytest.param([StoreCondition(namespace_regexes=[""])], SHOP, True, id="by-an-empty-expression"),
        pytest.param([OTHER, BY_TEAM], SHOP, True, id="by-any-of-several-conditions"),
        pytest.param(
            [
                StoreCondition(
                    namespaces=["x"],
                    namespace_regexes=["^shop"],
                    namespace_selector=LabelSelector(match_labels={"a": "b"}),
                )
            ],
            SHOP,
            True,
            id="by-any-part-of-one-condition",
        ),
        pytest.param([BY_NAME, BAD_EXPRESSION], SHOP, True, id="before-a-malformed-condition-is-reached"),
    ],
)
def test_store_admits_namespace(conditions: list[StoreCondition], labels: Mapping[str, str] | None, want: bool) -> None:
    assert admits(conditions, "shop-1", labels) is want


@pytest.mark.parametrize("labels", [SHOP, None], ids=["with-labels", "without-labels"])
@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        pytest.param(
            [OTHER, BAD_EXPRESSION],
            'spec.conditions[1].namespaceRegexes[1]: "(" is not an RE2 expression: missing ): (',
            id="an-expression",
        ),
        pytest.param(
            [BAD_SELECTOR],
            "spec.conditions[0].namespaceSelector: label 'team': 'Is' is not one of the operators In, NotIn, Exists, "
            "DoesNotExist",
            id="a-selector",
        ),
    ],
)
def test_condition_is_refused_with_its_path(
    conditions: list[StoreCondition], message: str, labels: Mapping[str, str] | None
) -> None:
    with pytest.raises(StoreConditionError, match=f"^{re.escape(message)}$"):
        admits(conditions, "shop-1", labels)


def test_expression_that_explodes_elsewhere_is_done_at_once() -> None:
    assert not admits([StoreCondition(namespace_regexes=["(a+)+$"])], "a" * 10_000 + "b", None)
