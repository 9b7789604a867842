"""Whatever is sent, it is looked at and never fails; and each fault is at a place that is there."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bulkhead_validation.kinds import CHECKS
from bulkhead_validation.node import Json
from bulkhead_validation.review import faults_of

CRDS = Path(__file__).parents[3] / "charts/bulkhead/files/crds"
MARK = "s3cr3t-hunter2"
KINDS = [
    "ClusterExternalSecret",
    "ClusterPushSecret",
    "ClusterSecretStore",
    "ExternalSecret",
    "PushSecret",
    "SecretStore",
]
STEP = re.compile(r'\.?(?:([A-Za-z0-9_-]+)|\[([0-9]+)\]|\[("(?:[^"\\]|\\.)*")\])')
ARBITRARY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
TEXTS = st.sampled_from(
    [
        *("", "a", "1h", "1d", "-1h", "v1", "..", "a b", "a(", "(a+)+$", "{{ .a }}", "{{ end }}", "61 * * * *"),
        *("@daily", "Delete", "Merge", "None", "Data", "spec.x", "Secret", "https://v", "vault", "other"),
    ]
)


def schema_of(kind: str) -> dict[str, Any]:
    version = yaml.safe_load((CRDS / f"{kind.lower()}s.yaml").read_text())["spec"]["versions"][0]
    properties: dict[str, Any] = version["schema"]["openAPIV3Schema"]["properties"]
    return properties["spec"]  # type: ignore[no-any-return]


def shaped(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Give what the schema wants, most of the time."""
    return st.integers(0, 24).flatmap(lambda draw: ARBITRARY if draw == 0 else _as_it_says(schema))


def _as_it_says(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    properties, more = schema.get("properties"), schema.get("additionalProperties")
    if properties:
        few = st.lists(st.sampled_from(sorted(properties)), unique=True, max_size=5)
        needed = schema.get("required", [])
        return few.flatmap(
            lambda names: st.fixed_dictionaries({name: shaped(properties[name]) for name in {*names, *needed}})
        )
    if more:
        return st.dictionaries(TEXTS, shaped(more), max_size=3)
    match schema.get("type"):
        case "array":
            return st.lists(shaped(schema["items"]), max_size=3)
        case "boolean":
            return st.booleans()
        case "integer":
            return st.integers(-1, 40)
        case "string" if "enum" in schema:
            return st.sampled_from(schema["enum"])
        case "string":
            return TEXTS | st.text(max_size=8)
        case _:
            return TEXTS | ARBITRARY


@st.composite
def objects(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    kind = draw(st.sampled_from(KINDS))
    metadata = {"name": "a", "namespace": draw(st.sampled_from(["shop", ""]))}
    return kind, {"metadata": metadata, "spec": draw(shaped(SCHEMAS[kind]))}


SCHEMAS = {kind: schema_of(kind) for kind in KINDS}


def mark_secrets(value: Json) -> None:
    """Put a mark into all that may be a secret: values of fake stores, and texts of templates."""
    if isinstance(value, list):
        for each in value:
            mark_secrets(each)
    if isinstance(value, dict):
        for key, below in value.items():
            if key in ("value", "literal", "template", "url", "body") and isinstance(below, str):
                value[key] = f'{below}{MARK}{{{{ "{MARK}'
            elif key == "data" and isinstance(below, dict):
                below |= {name: f"{{{{ `{MARK}` | `{MARK}" for name, text in below.items() if isinstance(text, str)}
            else:
                mark_secrets(below)


def is_there(document: Json, path: str) -> bool:
    """Say whether the path leads to something, or to nothing in something that is there."""
    steps = [found.groups() for found in STEP.finditer(path)]
    assert "".join(found.group() for found in STEP.finditer(path)) == path
    value = document
    for number, (name, index, quoted) in enumerate(steps):
        key = name if quoted is None else json.loads(quoted)
        if index is not None:
            assert isinstance(value, list)
            value = value[int(index)]
        elif isinstance(value, dict) and key in value:
            value = value[key]
        else:
            return number == len(steps) - 1
    return True


def test_every_kind_with_a_check_of_ours_is_tried() -> None:
    assert set(KINDS) <= CHECKS.keys()


@pytest.mark.slow
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(objects())
def test_any_object_is_looked_at_and_each_fault_has_a_place(sent: tuple[str, dict[str, Any]]) -> None:
    kind, document = sent
    mark_secrets(document)
    faults = faults_of(kind, document)
    assert faults == faults_of(kind, json.loads(json.dumps(document)))
    for fault in faults:
        assert is_there(document, fault.path), fault
        assert fault.message == " ".join(fault.message.split("\n"))
        assert MARK not in fault.message


@settings(deadline=None)
@given(st.sampled_from(KINDS), ARBITRARY)
def test_anything_may_stand_in_the_place_of_the_spec(kind: str, spec: Json) -> None:
    for fault in faults_of(kind, {"spec": spec}):
        assert is_there({"spec": spec}, fault.path), fault
