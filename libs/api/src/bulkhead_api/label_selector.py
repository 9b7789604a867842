"""Whether a label selector selects an object.

Source: Kubernetes, meta/v1 LabelSelector and its conversion to a labels.Selector.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final, assert_never

from bulkhead_api.meta import LabelOperator, LabelSelector, LabelSelectorRequirement

_MAX_NAME_CHARS: Final = 63
_MAX_PREFIX_CHARS: Final = 253
_MAX_SHOWN_CHARS: Final = 64
_NAME: Final = re.compile(r"[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?")
_PREFIX: Final = re.compile(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*")


class SelectorError(ValueError):
    """A selector that Kubernetes would refuse; the message says which part and why, on one line."""


def selects(selector: LabelSelector, labels: Mapping[str, str]) -> bool:
    """Say whether all parts of the selector hold for the labels; one without parts selects everything.

    Raises:
        SelectorError: a part is malformed, whatever the labels are.
    """
    requirements = list(_requirements(selector))
    for requirement in requirements:
        _check(requirement)
    return all(_holds(requirement, labels) for requirement in requirements)


def _requirements(selector: LabelSelector) -> Iterator[LabelSelectorRequirement]:
    # In sorted order, so that of several malformed labels the same one is named every time.
    for key, value in sorted(selector.match_labels.items()):
        yield LabelSelectorRequirement(key=key, operator=LabelOperator.IN, values=[value])
    yield from selector.match_expressions


def _check(requirement: LabelSelectorRequirement) -> None:
    operator = _operator(requirement)
    _check_key(requirement.key)
    match operator:
        case LabelOperator.IN | LabelOperator.NOT_IN:
            if not requirement.values:
                raise SelectorError(f"label {_shown(requirement.key)}: operator {operator.value} needs values")
        case LabelOperator.EXISTS | LabelOperator.DOES_NOT_EXIST:
            if requirement.values:
                raise SelectorError(f"label {_shown(requirement.key)}: operator {operator.value} takes no values")
        case _:
            assert_never(operator)
    for value in requirement.values:
        if value and not _is_name(value):
            raise SelectorError(
                f"label {_shown(requirement.key)}: value {_shown(value)} is not a label value: at most "
                f"{_MAX_NAME_CHARS} letters, digits, '-', '_' or '.', the first and last a letter or digit"
            )


def _holds(requirement: LabelSelectorRequirement, labels: Mapping[str, str]) -> bool:
    operator = _operator(requirement)
    match operator:
        case LabelOperator.IN:
            return requirement.key in labels and labels[requirement.key] in requirement.values
        case LabelOperator.NOT_IN:
            # An object without the label has none of the values.
            return requirement.key not in labels or labels[requirement.key] not in requirement.values
        case LabelOperator.EXISTS:
            return requirement.key in labels
        case LabelOperator.DOES_NOT_EXIST:
            return requirement.key not in labels
    assert_never(operator)


def _operator(requirement: LabelSelectorRequirement) -> LabelOperator:
    try:
        return LabelOperator(requirement.operator)
    except ValueError:
        raise SelectorError(
            f"label {_shown(requirement.key)}: {_shown(requirement.operator)} is not one of the operators "
            f"{', '.join(operator.value for operator in LabelOperator)}"
        ) from None


def _check_key(key: str) -> None:
    prefix, slash, name = key.rpartition("/")
    if not _is_name(name):
        raise SelectorError(
            f"{_shown(key)} is not a label key: its name must be 1 to {_MAX_NAME_CHARS} letters, digits, '-', '_' or "
            "'.', the first and last a letter or digit"
        )
    if slash and (len(prefix) > _MAX_PREFIX_CHARS or not _PREFIX.fullmatch(prefix)):
        raise SelectorError(f"{_shown(key)} is not a label key: what stands before the slash must be a DNS name")


def _is_name(text: str) -> bool:
    return len(text) <= _MAX_NAME_CHARS and _NAME.fullmatch(text) is not None


def _shown(text: str) -> str:
    return ascii(text if len(text) <= _MAX_SHOWN_CHARS else f"{text[:_MAX_SHOWN_CHARS]}...")
