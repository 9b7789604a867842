"""What outputs of templates make of a target, and what of it the API server would refuse."""

from collections.abc import Mapping

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bulkhead_api.external_secret import ExternalSecret, ManifestRef
from bulkhead_api.secret_value import SecretValue
from bulkhead_api.target_template import TargetTemplate
from bulkhead_target.checks import problem_of_content
from bulkhead_target.content import Placement, TargetContent
from bulkhead_target.fields import ContentError, Wanted, dropped_places, fresh_content, merged_content
from bulkhead_target.keys import KeyValueError
from bulkhead_target.template.assembly import content_of_template, includes_fetched
from bulkhead_target.template.job import Output, Yaml
from bulkhead_target.template.steps import steps_of
from bulkhead_templating.kubeyaml.paths import path_from_text

FETCHED = {"k": SecretValue(b"fetched")}
WIDGET = ManifestRef(api_version="example.com/v1", kind="Widget")
CONFIG_MAP = ManifestRef(api_version="v1", kind="ConfigMap")
CANARY = "canary-of-a-value"


def content_of(fields: Mapping[str, object], *outputs: Output, is_secret: bool = True) -> TargetContent:
    template = msgspec.convert(fields, TargetTemplate)
    steps = steps_of(template, {}, is_secret=is_secret)
    return content_of_template(template, FETCHED, steps, outputs, is_secret=is_secret)


def shown(content: TargetContent) -> dict[str, bytes]:
    return {key: value.reveal() for key, value in content.data.items()}


@pytest.mark.parametrize(
    ("fields", "want"),
    [
        ({}, True),
        ({"metadata": {"labels": {"a": "b"}}}, True),
        ({"data": {"a": "b"}}, False),
        ({"templateFrom": [{"literal": ""}]}, False),
        ({"data": {"a": "b"}, "mergePolicy": "Merge"}, True),
    ],
)
def test_fetched_values_are_there_where_the_template_says_so(fields: dict[str, object], want: bool) -> None:
    assert includes_fetched(msgspec.convert(fields, TargetTemplate)) is want


def test_outputs_win_over_fetched_values_and_later_ones_over_earlier_ones() -> None:
    fields = {
        "mergePolicy": "Merge",
        "templateFrom": [{"literal": ""}, {"literal": "", "target": "Labels"}],
        "data": {"b": ""},
        "metadata": {"labels": {"l": ""}, "finalizers": ["x.y/z"]},
        "type": "t",
    }
    content = content_of(fields, {"a": b"1", "b": b"2"}, {"l": b"from"}, b"3", b"own")
    assert shown(content) == {"k": b"fetched", "a": b"1", "b": b"3"}
    assert (content.labels, content.annotations) == ({"l": "own"}, {})
    assert (content.finalizers, content.type) == (["x.y/z"], "t")


@given(st.lists(st.dictionaries(st.text(), st.binary()), min_size=1))
def test_maps_of_values_are_merged_in_their_order(outputs: list[dict[str, bytes]]) -> None:
    fields = {"templateFrom": [{"literal": ""} for _ in outputs]}
    want = {key: value for output in outputs for key, value in output.items()}
    assert shown(content_of(fields, *outputs)) == want


@pytest.mark.parametrize(
    ("literal", "name"),
    [
        pytest.param("l: '{{ .v }}'", 'key "l"', id="that-stands-in-the-template"),
        pytest.param("{{ .v }}: x", "a key that the template makes", id="that-is-a-value"),
    ],
)
def test_a_key_of_an_output_is_named_without_a_value(literal: str, name: str) -> None:
    key = "l" if literal.startswith("l") else CANARY
    with pytest.raises(KeyValueError) as refused:
        content_of({"templateFrom": [{"literal": literal, "target": "Labels"}]}, {key: b"\xff"})
    assert str(refused.value) == (
        f"spec.target.template.templateFrom[0].literal: the value of {name} is not UTF-8 text; only the data of a "
        "Secret holds other bytes"
    )


def test_a_label_that_is_no_text_is_named_without_its_value() -> None:
    with pytest.raises(
        KeyValueError, match=r'metadata\.labels\["l"\]: the value of key "l" is not UTF-8 text'
    ) as refused:
        content_of({"metadata": {"labels": {"l": ""}}}, b"\xff" + CANARY.encode())
    # The decoder's error, which holds the value, is nowhere behind it.
    assert isinstance(refused.value.__context__, KeyValueError)
    assert refused.value.__context__.__context__ is None


def test_outputs_for_another_kind_are_placed_in_their_order() -> None:
    fields = {
        "templateFrom": [{"literal": "", "target": target} for target in ("spec", "spec.a[0]", "Data")],
        "data": {"b": ""},
    }
    content = content_of(fields, Yaml({"a": [1]}), Yaml({"c": None}), {"d": b"4"}, b"5", is_secret=False)
    assert [(each.path.text, each.value, each.merges) for each in content.placements] == [
        ("spec", {"a": [1]}, False),
        ("spec.a[0]", {"c": None}, True),
        ("data.…", "4", False),
        ("data.b", "5", False),
    ]
    assert content.data == {}


def placed(*values: tuple[str, object]) -> list[Placement]:
    return [Placement(path=path_from_text(path), value=msgspec.convert(value, object)) for path, value in values]  # type: ignore[arg-type]  # JSON


@pytest.mark.parametrize(
    ("kind", "texts", "values", "want"),
    [
        (WIDGET, {"k": "v"}, [], {"spec": {"data": {"k": "v"}}}),
        (CONFIG_MAP, {"k": "v"}, [], {"data": {"k": "v"}}),
        (WIDGET, {}, [("data.k", "v")], {"spec": {}, "data": {"k": "v"}}),
        (CONFIG_MAP, {}, [("data.k", "v")], {"data": {"k": "v"}}),
        (WIDGET, {"k": "v"}, [("spec.a[1]", 1)], {"spec": {"data": {"k": "v"}, "a": [None, 1]}}),
    ],
)
def test_a_fresh_object_holds_what_is_wanted_alone(
    kind: ManifestRef, texts: dict[str, str], values: list[tuple[str, object]], want: dict[str, object]
) -> None:
    live = {"status": {"phase": "x"}, "spec": {"theirs": 1}}
    wanted = Wanted(texts=texts, placements=placed(*values))
    assert fresh_content(kind, wanted, live) == {"status": {"phase": "x"}, **want}


def test_what_is_merged_leaves_to_others_what_is_theirs() -> None:
    live: dict[str, object] = {"spec": {"theirs": 1, "data": {"old": "mine", "other": "theirs"}}}
    wanted = Wanted(texts={}, placements=placed(("spec.ours", "x")))
    assert merged_content(WIDGET, wanted, live, {"old"}) == {
        "spec": {"theirs": 1, "data": {"other": "theirs"}, "ours": "x"}
    }
    assert merged_content(WIDGET, wanted, {"spec": {"theirs": 1}}, frozenset()) == {"spec": {"theirs": 1, "ours": "x"}}


def test_a_path_through_a_value_of_another_type_is_told_without_the_value() -> None:
    with pytest.raises(ContentError, match="but found string") as refused:
        fresh_content(WIDGET, Wanted(texts={}, placements=placed(("spec.a", CANARY), ("spec.a.b", 1))))
    assert CANARY not in str(refused.value)


@pytest.mark.parametrize(
    ("stored", "want"),
    [
        ({"spec": {"data": {"k": "v"}, "a": [{"b": 1}]}}, []),
        ({"spec": {"a": [{"b": 1}]}}, ["spec.data"]),
        ({"spec": {"data": {"k": "v"}, "a": []}}, ["spec.a[0].b"]),
        ({}, ["spec.data", "spec.a[0].b"]),
    ],
)
def test_what_the_api_server_dropped_is_named(stored: dict[str, object], want: list[str]) -> None:
    wanted = Wanted(texts={"k": "v"}, placements=placed(("spec.a[0].b", 1)))
    assert dropped_places(WIDGET, wanted, fresh_content(WIDGET, wanted), stored) == want


def test_what_a_later_output_replaced_was_not_dropped_by_the_api_server() -> None:
    wanted = Wanted(texts={"k": "v"}, placements=placed(("spec", {"a": 1})))
    sent = fresh_content(WIDGET, wanted)
    assert sent == {"spec": {"a": 1}}
    assert dropped_places(WIDGET, wanted, sent, sent) == []


VALUES = st.none() | st.integers(0, 9) | st.dictionaries(st.sampled_from("ab"), st.integers(0, 9))
PLACES = st.sampled_from(("spec", "spec.a", "spec.a.b", "spec.a[0]", "spec.data", "spec.data.k", "data", "data.k", "x"))


@given(
    st.sampled_from((WIDGET, CONFIG_MAP)),
    st.dictionaries(st.sampled_from("kl"), st.text()),
    st.lists(st.tuples(PLACES, VALUES)),
)
def test_nothing_was_dropped_of_what_is_stored_as_it_was_sent(
    kind: ManifestRef, texts: dict[str, str], values: list[tuple[str, object]]
) -> None:
    wanted = Wanted(texts=texts, placements=placed(*values))
    try:
        sent = fresh_content(kind, wanted)
    except ContentError:
        # One path leads through the value of another.
        assume(False)
    assert dropped_places(kind, wanted, sent, sent) == []


def external_secret(policy: str = "Owner", *, template: dict[str, object] | None = None) -> ExternalSecret:
    body = {"metadata": {"name": "a"}, "spec": {"target": {"creationPolicy": policy, "template": template or {}}}}
    return msgspec.convert(body, ExternalSecret)


def content(data: dict[str, bytes] | None = None, **more: object) -> TargetContent:
    fields: dict[str, object] = {"labels": {}, "annotations": {}, **more}
    return TargetContent(
        data={key: SecretValue(value) for key, value in (data or {}).items()},
        **fields,  # type: ignore[arg-type]  # of a table
    )


@pytest.mark.parametrize(
    ("wanted", "problem"),
    [
        pytest.param(content({"tls.crt": b"", "tls.key": b""}, type="kubernetes.io/tls"), None, id="tls"),
        pytest.param(content({"tls.crt": b""}, type="kubernetes.io/tls"), 'needs the key "tls.key"', id="half-a-pair"),
        pytest.param(content({"username": b""}, type="kubernetes.io/basic-auth"), None, id="basic-auth"),
        pytest.param(content({}, type="kubernetes.io/basic-auth"), "needs the key username or password", id="no-auth"),
        pytest.param(content({}, type="kubernetes.io/ssh-auth"), 'needs the key "ssh-privatekey"', id="no-ssh-key"),
        pytest.param(content({".dockercfg": b"{}"}, type="kubernetes.io/dockercfg"), None, id="docker"),
        pytest.param(
            content({".dockercfg": b"[" * 100_000}, type="kubernetes.io/dockercfg"), "needs a JSON object", id="no-json"
        ),
        pytest.param(content({}, type="example.com/any"), None, id="a-type-of-somebody"),
        pytest.param(content(labels={"a.b/c": "", "d": "x.y-z"}), None, id="labels"),
        pytest.param(content(labels={"a": "x" * 64}), 'the value of label "a" must be at most 63', id="a-long-label"),
        pytest.param(content(labels={"a": "-x"}), 'the value of label "a"', id="a-label-that-begins-with-a-dash"),
        pytest.param(content(labels={"a/b/c": ""}), '"a/b/c" is no name of a label', id="no-name-of-a-label"),
        pytest.param(content(annotations={" ": ""}), '" " is no name of an annotation', id="no-name-of-an-annotation"),
        pytest.param(content(annotations={"a": "é\n"}), None, id="an-annotation"),
        pytest.param(content(annotations={"Example.com/A": "x"}), None, id="an-annotation-in-capitals"),
        pytest.param(content(labels={"Example.com/A": "x"}), "no name of a label", id="a-label-in-capitals"),
        pytest.param(content(annotations={"a": "x" * 300_000}), "larger than 256 KiB", id="large-annotations"),
        pytest.param(content({"a/b": b""}), 'secret key "a/b" must be', id="no-key"),
        pytest.param(content({"a": b"x" * 2_000_000}), "the Secret would be larger than 1 MiB", id="too-large"),
    ],
)
def test_what_the_api_server_would_refuse_is_found_before(wanted: TargetContent, problem: str | None) -> None:
    found = problem_of_content(external_secret(), wanted)
    assert found is None if problem is None else problem in (found or "")


@pytest.mark.parametrize("policy", ["Merge", "CreateOrMerge"])
def test_keys_of_a_type_may_be_those_of_others_where_is_merged(policy: str) -> None:
    assert problem_of_content(external_secret(policy), content({}, type="kubernetes.io/tls")) is None


@pytest.mark.parametrize(
    ("target", "problem"),
    [
        ("Data", "a secret key that the template makes must be 1 to 253 of the characters"),
        ("Labels", "what the template makes is no name of a label"),
        ("Annotations", "what the template makes is no name of an annotation"),
    ],
)
def test_a_key_that_may_be_made_of_a_value_is_in_no_message(target: str, problem: str) -> None:
    fields: dict[str, object] = {"templateFrom": [{"literal": "'{{ .k }}': x", "target": target}]}
    made = content_of(fields, {f"{CANARY} /": b"x"})
    found = problem_of_content(external_secret(template=fields), made) or ""
    assert found.startswith(problem)
    assert CANARY not in found


def test_a_label_whose_name_may_be_made_of_a_value_is_not_named() -> None:
    fields: dict[str, object] = {"templateFrom": [{"literal": "{{ .k }}: x", "target": "Labels"}]}
    found = problem_of_content(external_secret(template=fields), content_of(fields, {CANARY: b"not a label!"})) or ""
    assert found.startswith("the value of label that the template makes must be at most 63")


def test_the_path_of_a_key_that_may_be_made_of_a_value_does_not_show_it() -> None:
    fields: dict[str, object] = {"templateFrom": [{"literal": "{{ .k }}: x"}, {"literal": "k2: x"}]}
    made = content_of(fields, {CANARY: b"x"}, {"k2": b"x"}, is_secret=False)
    assert [each.path.text for each in made.placements] == ["data.…", "data.k2"]
