"""What holds of generators whatever somebody sends: an answer, the same each time, in which no value stands."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Final, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bulkhead_testkit.rules import rules_of
from bulkhead_validation.fault import Fault, Verdict
from bulkhead_validation.generators.kinds import CHECKS
from bulkhead_validation.node import Json
from bulkhead_validation.review import faults_of

VALUE: Final = "hunter2"
TEXTS: Final = (
    "",
    VALUE,
    f"{VALUE}\n{VALUE}",
    f"https://{VALUE}:{VALUE}@example.com:{VALUE}/",
    f"{{{{ .{VALUE} }}}}",
    f"{{{{ {VALUE} }}}}",
    f"{VALUE} {{{{ {VALUE}",
    f'{{{{ "{VALUE}" | {VALUE} "{VALUE}" ) }}}}',
    f"{{{{ '{VALUE}' }}}}",
    f"{{{{ `{VALUE}` `{VALUE} }}}}",
    f"{{{{ ${VALUE} }}}}",
    f"{{{{ 12{VALUE} }}}}",
    f'{{{{ template "{VALUE}" }}}}{{{{ define "{VALUE}" }}}}a{{{{ end }}}}{{{{ define "{VALUE}" }}}}b{{{{ end }}}}',
    f"{{{{ {VALUE}§ }}}}",
    f'{{{{ "{VALUE} }}}}',
    f"{{{{ break {VALUE} }}}}{{{{ end {VALUE} }}}}",
    f"{{{{ if }}}}{{{{ else {VALUE} }}}}",
    f"$.{VALUE}['{VALUE}",
    f"-----BEGIN {VALUE}-----",
    "5s",
    "2030-01-31T12:00:00Z",
    "POST",
)
"""Texts that are something somewhere, around a value that must not be told."""
LEAVES: Final = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.sampled_from(TEXTS), st.text(max_size=8)
)
JSON: Final[st.SearchStrategy[Json]] = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)),
    max_leaves=8,
)
RULES: Final = {kind: rules_of(kind) for kind in CHECKS}
Place = tuple[str | int, ...]


def places(value: Json, above: Place = ()) -> Iterator[Place]:
    """Name every place in a document below its root."""
    below: Iterator[tuple[str | int, Json]] = iter(())
    if isinstance(value, dict):
        below = iter(value.items())
    elif isinstance(value, list):
        below = iter(enumerate(value))
    for step, inner in below:
        yield (*above, step)
        yield from places(inner, (*above, step))


def put(document: Json, place: Place, value: Json) -> None:
    for step in place[:-1]:
        document = document[step]  # type: ignore[index]  # the place is one of the document
    document[place[-1]] = value  # type: ignore[index]  # the same


@st.composite
def documents(draw: st.DrawFn, kind: str) -> dict[str, Json]:
    """Draw an object of the table with other things in some of its places."""
    rule = draw(st.sampled_from(RULES[kind]))
    document = deepcopy(cast("dict[str, Json]", rule.object))
    for _ in range(draw(st.integers(1, 3))):
        value = draw(JSON)
        put(document, draw(st.sampled_from(list(places(document)))), value)
    return document


def told(fault: Fault) -> str:
    """Give a fault's message without the one thing of a template that may stand in it: the name of a function."""
    return fault.message.replace(f'function "{VALUE}" is not known', "")


@pytest.mark.slow
@pytest.mark.parametrize("kind", CHECKS)
def test_no_object_of_a_kind_breaks_its_check_or_has_its_values_told(kind: str) -> None:
    # The machine may be busy, and how long a check takes is measured elsewhere.
    @settings(deadline=None)
    @given(documents(kind))
    def holds(document: dict[str, Json]) -> None:
        faults = faults_of(kind, document)
        assert faults == faults_of(kind, document)
        assert [fault.path for fault in faults if VALUE in told(fault) or "\n" in fault.message] == []
        # ESO has no webhook for generators; only what has another type is refused, as it is by the schema.
        refused = [fault for fault in faults if fault.verdict is Verdict.ESO_REFUSES]
        assert [fault.message for fault in refused if not fault.message.startswith("must be ")] == []

    holds()
