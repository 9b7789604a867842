"""Label selectors. Pure. Source: meta/v1 LabelSelector, apimachinery LabelSelectorAsSelector."""

from collections.abc import Mapping

from bulkhead_api.meta import LabelOperator, LabelSelector, LabelSelectorRequirement


class SelectorError(ValueError):
    """The selector cannot be evaluated; one line that names the key."""


def selects(selector: LabelSelector, labels: Mapping[str, str]) -> bool:
    """Say whether the labels fulfil every part of the selector; one without parts selects everything.

    Raises:
        SelectorError: an expression has an unknown operator, or values that do not fit its operator.
    """
    # All expressions are looked at before any label, so that a wrong one is found whatever the labels are.
    expressions = [_fulfils(each, labels) for each in selector.match_expressions]
    return all(labels.get(key) == value for key, value in selector.match_labels.items()) and all(expressions)


def _fulfils(requirement: LabelSelectorRequirement, labels: Mapping[str, str]) -> bool:
    key, values = requirement.key, requirement.values
    match requirement.operator:
        case LabelOperator.IN | LabelOperator.NOT_IN if not values:
            raise SelectorError(f'"{key}": {requirement.operator} needs values')
        case LabelOperator.EXISTS | LabelOperator.DOES_NOT_EXIST if values:
            raise SelectorError(f'"{key}": {requirement.operator} takes no values')
        case LabelOperator.IN:
            return labels.get(key) in values
        case LabelOperator.NOT_IN:
            return labels.get(key) not in values
        case LabelOperator.EXISTS:
            return key in labels
        case LabelOperator.DOES_NOT_EXIST:
            return key not in labels
        case _:
            raise SelectorError(f'"{key}": "{requirement.operator}" is no operator')
