"""Reading a question: what every API server sends is read, and whatever else comes is refused in a sentence."""

from collections.abc import Mapping

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkhead_webhook.question import Operation, QuestionError, document_from, question_from

REQUEST = {
    "uid": "u-1",
    "kind": {"group": "external-secrets.io", "version": "v1", "kind": "ExternalSecret"},
    "operation": "UPDATE",
    "namespace": "team-a",
    "name": "database",
    "object": {"spec": {"a": 1}},
    "oldObject": {"spec": {"a": 0}},
    "userInfo": {"username": "jane", "extra": {"x": ["y"]}},
    "dryRun": True,
}


def review(api_version: str = "admission.k8s.io/v1", **fields: object) -> bytes:
    return review_with(fields, api_version=api_version)


def review_with(request: Mapping[str, object], *, api_version: str = "admission.k8s.io/v1") -> bytes:
    return msgspec.json.encode(
        {"apiVersion": api_version, "kind": "AdmissionReview", "request": REQUEST | dict(request)}
    )


@pytest.mark.parametrize("version", ["admission.k8s.io/v1", "admission.k8s.io/v1beta1"])
def test_a_question_is_read_in_each_version_that_eso_lists(version: str) -> None:
    question = question_from(review(version))
    assert (question.review, question.uid, question.kind) == (version, "u-1", "ExternalSecret")
    assert (question.namespace, question.name, question.operation) == ("team-a", "database", Operation.UPDATE)
    assert document_from(question.object_json, what="it") == {"spec": {"a": 1}}
    assert document_from(question.old_json, what="it") == {"spec": {"a": 0}}


def test_what_a_question_shows_of_itself_holds_nothing_of_the_object() -> None:
    assert "canary" not in repr(question_from(review(object={"spec": "canary"}, oldObject={"spec": "canary"})))


@pytest.mark.parametrize(
    ("request_", "ours"),
    [
        pytest.param({}, True, id="an-object-of-ours"),
        pytest.param({"subResource": "status"}, False, id="its-status"),
        pytest.param({"kind": {"group": "apps", "version": "v1", "kind": "Webhook"}}, False, id="another-group"),
        pytest.param({"kind": {"version": "v1", "kind": "Secret"}}, False, id="the-core-group"),
        pytest.param(
            {"kind": {"group": "generators.external-secrets.io", "version": "v1alpha1", "kind": "Fake"}},
            True,
            id="a-generator",
        ),
    ],
)
def test_a_question_is_ours(request_: dict[str, object], ours: bool) -> None:  # a column of the table
    assert question_from(review_with(request_)).is_ours is ours


@pytest.mark.parametrize(
    ("body", "says"),
    [
        pytest.param(b"", "not JSON", id="nothing"),
        pytest.param(b"{", "not JSON", id="half-an-object"),
        pytest.param(b"\xff\xfe", "not JSON", id="no-utf-8"),
        pytest.param(b"[]", "Expected `object`", id="a-list"),
        pytest.param(b"[" * 100_000, "Expected `object`", id="a-hundred-thousand-lists"),
        pytest.param(b"{}", "missing required field", id="an-empty-object"),
        pytest.param(review("admission.k8s.io/v2"), "must be an AdmissionReview of", id="a-version-to-come"),
        pytest.param(b'{"apiVersion":"admission.k8s.io/v1","kind":"Pod"}', "must be an AdmissionReview", id="a-pod"),
        pytest.param(
            b'{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview"}', "has no request", id="no-request"
        ),
        pytest.param(
            b'{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":"x"}}',
            "has no request",
            id="an-answer",
        ),
        pytest.param(review(uid=""), "request.uid", id="no-uid"),
        pytest.param(review(uid="u" * 257), "request.uid", id="a-long-uid"),
        pytest.param(review(uid=7), "Expected `str`", id="a-number-as-uid"),
        pytest.param(review(operation="PATCH"), "must be one of CREATE", id="an-unknown-operation"),
        pytest.param(review(kind="ExternalSecret"), "Expected `object`", id="a-text-as-kind"),
    ],
)
def test_a_question_is_refused_in_a_sentence(body: bytes, says: str) -> None:
    with pytest.raises(QuestionError, match=says) as caught:
        question_from(body)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    ("json", "says"),
    [
        pytest.param(b"", "request.object is missing", id="nothing"),
        pytest.param(b"[]", "must be an object", id="a-list"),
        pytest.param(b'"x"', "must be an object", id="a-text"),
        pytest.param(b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "cannot be decoded", id="nested-too-deep"),
        pytest.param(b"{]", "cannot be decoded", id="no-json"),
    ],
)
def test_an_object_is_refused_in_a_sentence(json: bytes, says: str) -> None:
    with pytest.raises(QuestionError, match=says):
        document_from(json, what="request.object")


def test_an_object_that_is_null_counts_as_missing() -> None:
    assert question_from(review(object=None)).object_json == b""


@given(st.binary(max_size=300))
def test_whatever_bytes_come_are_refused_in_a_sentence(body: bytes) -> None:
    with pytest.raises(QuestionError):
        question_from(body)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from([*REQUEST, "subResource", "options"]), JSON))
def test_a_question_with_anything_in_any_field_is_read_or_refused(fields: dict[str, object]) -> None:
    try:
        question = question_from(review_with(fields))
    except QuestionError:
        return
    assert question.uid == str((REQUEST | fields)["uid"])
