"""Which templates a target has, in which order, where their outputs go and how they are read."""

import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkhead_api.decoding_strategy import DecodingStrategy
from bulkhead_api.external_secret import Target
from bulkhead_api.target_template import TargetTemplate
from bulkhead_target.keys import KeyValueError
from bulkhead_target.template.job import Form
from bulkhead_target.template.places import Part, Place, place_from
from bulkhead_target.template.problems import problem_of_template
from bulkhead_target.template.steps import SourceKey, SourceKind, sources_of, steps_of
from bulkhead_templating.kubeyaml.paths import Path

SHARED = {
    SourceKey(SourceKind.CONFIG_MAP, "c"): {"k": b"of c", "all": b"all of c"},
    SourceKey(SourceKind.SECRET, "s"): {"k": b"of s"},
}


def template_of(**fields: object) -> TargetTemplate:
    return msgspec.convert(fields, TargetTemplate)


def source(name: str, *keys: str, scope: str = "Values") -> dict[str, object]:
    return {"name": name, "items": [{"key": key, "templateAs": scope} for key in keys]}


@pytest.mark.parametrize(
    ("target", "is_secret", "want"),
    [
        ("Data", True, Part.DATA),
        ("", True, Part.DATA),
        ("dAtA", False, Part.DATA),
        ("labels", True, Part.LABELS),
        ("ANNOTATIONS", False, Part.ANNOTATIONS),
        ("Spec", False, Part.SPEC),
        ("spec.a[1]", False, Path(text="spec.a[1]", steps=("spec", "a", 1))),
        ("Status", False, Path(text="Status", steps=("Status",))),
    ],
)
def test_a_place_is_read(target: str, is_secret: bool, want: Part | Path) -> None:
    assert place_from(target, is_secret=is_secret) == want


@pytest.mark.parametrize(
    ("target", "is_secret", "problem"),
    [
        ("spec", True, '"spec" is none of Data, Labels and Annotations, which alone a Secret has'),
        ("metadata.labels", True, '"metadata.labels" is none of'),
        ("a..b", False, 'invalid path "a..b": empty segment'),
        ("Data\nx", True, '"Data\\nx" is none of'),
    ],
)
def test_what_is_no_place_is_refused(target: str, is_secret: bool, problem: str) -> None:
    with pytest.raises(ValueError, match="^" + re.escape(problem)):
        place_from(target, is_secret=is_secret)


@given(st.text(), st.booleans())
def test_any_text_is_a_place_or_refused_in_one_line(target: str, is_secret: bool) -> None:
    problem = ""
    place: Place | None = None
    try:
        place = place_from(target, is_secret=is_secret)
    except ValueError as error:
        problem = str(error)
    assert (place is None) == (len(problem.splitlines()) == 1)
    assert not is_secret or place in (None, Part.DATA, Part.LABELS, Part.ANNOTATIONS)


def test_each_object_with_templates_is_named_once() -> None:
    template = template_of(
        templateFrom=[
            {"configMap": source("c", "k"), "secret": source("s", "k")},
            {"literal": "x"},
            {"configMap": source("c", "all")},
        ]
    )
    assert sources_of(template) == list(SHARED)


@pytest.mark.parametrize("is_secret", [True, False])
def test_templates_come_in_esos_order(is_secret: bool) -> None:
    template = template_of(
        templateFrom=[{"literal": "literal", "configMap": source("c", "all", "k"), "secret": source("s", "k")}],
        data={"b": "data b", "a": "data a"},
        metadata={"labels": {"l": "label"}, "annotations": {"n": "annotation"}},
    )
    elsewhere = [b"all of c", b"of c", b"of s"]
    first = [*elsewhere, b"literal"] if is_secret else [b"literal", *elsewhere]
    steps = steps_of(template, SHARED, is_secret=is_secret)
    assert [step.text for step in steps] == [*first, b"data a", b"data b", b"label", b"annotation"]


def test_a_step_says_where_its_template_stands() -> None:
    template = template_of(
        templateFrom=[{"literal": "x"}, {"secret": source("s", "k")}], data={"a b": ""}, metadata={"labels": {"l": ""}}
    )
    steps = steps_of(template, SHARED, is_secret=True)
    assert [(step.where, step.piece.name, step.is_inline, step.is_sensitive) for step in steps] == [
        ("spec.target.template.templateFrom[0].literal", "literal", True, False),
        ("spec.target.template.templateFrom[1].secret.items[0]", "k", False, True),
        ('spec.target.template.data["a b"]', "a b", True, False),
        ('spec.target.template.metadata.labels["l"]', "l", True, False),
    ]


@pytest.mark.parametrize(
    ("target", "scope", "want"),
    [
        ("Data", "Values", Form.BYTES),
        ("Labels", "KeysAndValues", Form.STRING_MAP),
        ("spec", "Values", Form.BYTES),
        ("spec", "KeysAndValues", Form.YAML),
        ("spec.a", "Values", Form.YAML_OR_TEXT),
        ("spec.a", "KeysAndValues", Form.YAML),
    ],
)
def test_an_output_is_read_by_its_place_and_scope(target: str, scope: str, want: Form) -> None:
    template = template_of(templateFrom=[{"configMap": source("c", "k", scope=scope), "target": target}])
    (step,) = steps_of(template, SHARED, is_secret=False)
    assert step.piece.form is want


def test_only_what_comes_from_elsewhere_is_decoded() -> None:
    template = template_of(
        templateFrom=[{"configMap": source("c", "k"), "valuesDecodingStrategy": "Base64"}], data={"a": ""}
    )
    strategies = [step.piece.decoding for step in steps_of(template, SHARED, is_secret=True)]
    assert strategies == [DecodingStrategy.BASE64, DecodingStrategy.NONE]


TEXTS = st.dictionaries(st.text(min_size=1), st.text())


@given(st.lists(st.text()), TEXTS, TEXTS, st.booleans())
def test_each_template_is_one_step(
    literals: list[str], data: dict[str, str], labels: dict[str, str], is_secret: bool
) -> None:
    template = template_of(
        templateFrom=[{"literal": text} for text in literals], data=data, metadata={"labels": labels}
    )
    steps = steps_of(template, {}, is_secret=is_secret)
    assert [step.text.decode() for step in steps] == [
        *literals,
        *(data[key] for key in sorted(data)),
        *(labels[key] for key in sorted(labels)),
    ]
    assert len({step.where for step in steps}) == len(steps)


def test_a_key_that_is_not_there_is_named() -> None:
    template = template_of(templateFrom=[{"configMap": source("c", "k", "other")}])
    with pytest.raises(KeyValueError, match=r'configMap\.items\[1\]: ConfigMap "c" has no "other"$'):
        steps_of(template, SHARED, is_secret=True)


def test_no_repr_shows_a_template() -> None:
    (step,) = steps_of(template_of(data={"a": "canary"}), {}, is_secret=True)
    assert "canary" not in f"{step!r} {step.piece!r}"


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({}, None),
        ({"type": "kubernetes.io/tls", "metadata": {"finalizers": ["a.b/c"]}}, None),
        ({"type": "bootstrap.kubernetes.io/token"}, "spec.target.template.type: Secrets of type bootstrap"),
        ({"templateFrom": [{"target": "spec"}]}, 'spec.target.template.templateFrom[0].target: "spec" is none of'),
        ({"metadata": {"finalizers": ["plain"]}}, 'spec.target.template.metadata.finalizers: "plain" has no domain'),
    ],
)
def test_a_template_that_can_never_be_used_is_told(fields: dict[str, object], problem: str | None) -> None:
    found = problem_of_template(Target(template=template_of(**fields)))
    assert found is None if problem is None else (found or "").startswith(problem)


def test_another_kind_may_have_other_places() -> None:
    target = msgspec.convert(
        {
            "manifest": {"apiVersion": "v1", "kind": "ConfigMap"},
            "template": {"templateFrom": [{"target": "spec.a"}]},
        },
        Target,
    )
    assert problem_of_template(target) is None
