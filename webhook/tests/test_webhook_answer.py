"""What is told: all faults at once, by profile, and never more than the API server and a person can take."""

from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkhead_validation.fault import Fault, Verdict
from bulkhead_webhook.answer import (
    MAX_CAUSES,
    MAX_MESSAGE_CHARS,
    MAX_WARNING_CHARS,
    MAX_WARNINGS_CHARS,
    Answer,
    Profile,
    bytes_from,
    decide_answer,
    message_from,
    rule_of,
)
from bulkhead_webhook.question import Operation, Question

REFUSED_BY_ESO = Fault(path="spec.data[1]", message="stands twice", verdict=Verdict.ESO_REFUSES)
NEVER = Fault(path="spec.refreshPolicy", message="there is no such policy", verdict=Verdict.NEVER_WORKS)
DOUBTFUL = Fault(path="spec.target", message="may not be meant", verdict=Verdict.DOUBTFUL)
WARNED_BY_ESO = Fault(path="spec.provider", message="as ESO says it", verdict=Verdict.ESO_WARNS)
ALL = (REFUSED_BY_ESO, NEVER, DOUBTFUL, WARNED_BY_ESO)

QUESTION = Question(
    review="admission.k8s.io/v1beta1",
    uid="u-1",
    group="external-secrets.io",
    kind="ExternalSecret",
    subresource="",
    namespace="team-a",
    name="database",
    operation=Operation.CREATE,
    object_json=b"{}",
    old_json=b"",
)
FAULTS = st.lists(st.builds(Fault, path=st.text(), message=st.text(), verdict=st.sampled_from(Verdict)), max_size=40)


class Response(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    class Status(msgspec.Struct):
        code: int
        reason: str
        message: str
        status: str
        details: dict[str, object]

    uid: str
    allowed: bool
    status: Status | None = None
    warnings: list[str] = []
    audit_annotations: dict[str, str] = {}


class Review(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    api_version: str
    kind: str
    response: Response


def written(answer: Answer) -> Response:
    review = msgspec.json.decode(bytes_from(answer, QUESTION), type=Review)
    assert (review.api_version, review.kind) == (QUESTION.review, "AdmissionReview")
    return review.response


@pytest.mark.parametrize(
    ("profile", "refused", "warned"),
    [
        pytest.param(
            Profile.ESO_COMPAT,
            [REFUSED_BY_ESO],
            [str(NEVER), str(DOUBTFUL), "as ESO says it"],
            id="eso-compat-refuses-what-eso-refuses-and-nothing-else",
        ),
        pytest.param(
            Profile.STRICT, [REFUSED_BY_ESO, NEVER], [str(DOUBTFUL), "as ESO says it"], id="strict-refuses-both"
        ),
        pytest.param(
            Profile.NAMESPACED, [REFUSED_BY_ESO, NEVER], [str(DOUBTFUL), "as ESO says it"], id="namespaced-too"
        ),
    ],
)
def test_the_profile_decides(profile: Profile, refused: Sequence[Fault], warned: Sequence[str]) -> None:
    answer = decide_answer(ALL, profile)
    assert (list(answer.refused), list(answer.warnings)) == (refused, warned)


def test_an_object_without_faults_is_allowed_and_nothing_is_said() -> None:
    assert written(decide_answer((), Profile.STRICT)) == Response(uid="u-1", allowed=True)


def test_a_refusal_names_every_fault_on_a_line_of_its_own_and_again_for_machines() -> None:
    response = written(decide_answer(ALL, Profile.STRICT))
    assert not response.allowed
    assert response.status is not None
    assert (response.status.code, response.status.reason, response.status.status) == (403, "Forbidden", "Failure")
    assert response.status.message == ("spec.data[1]: stands twice\nspec.refreshPolicy: there is no such policy")
    causes = [
        {"field": "spec.data[1]", "message": "stands twice", "reason": "FieldValueInvalid"},
        {"field": "spec.refreshPolicy", "message": "there is no such policy", "reason": "FieldValueInvalid"},
    ]
    assert response.status.details == {
        "kind": "ExternalSecret",
        "name": "database",
        "group": "external-secrets.io",
        "causes": causes,
    }
    assert response.audit_annotations == {"refused": "spec.data[],spec.refreshPolicy"}


def test_what_does_not_fit_is_counted() -> None:
    faults = [Fault(path=f"spec.data[{at}]", message="x" * 200, verdict=Verdict.ESO_REFUSES) for at in range(100)]
    response = written(decide_answer(faults, Profile.STRICT))
    assert response.status is not None
    lines = response.status.message.splitlines()
    assert lines[-1] == f"and {100 - (len(lines) - 1)} more"
    causes = response.status.details["causes"]
    assert isinstance(causes, list)
    assert len(causes) == MAX_CAUSES


@given(FAULTS, st.sampled_from(Profile))
def test_an_answer_keeps_within_its_bounds_whatever_the_faults_say(faults: list[Fault], profile: Profile) -> None:
    answer = decide_answer(faults, profile)
    response = written(answer)
    assert response.allowed == (not answer.refused)
    assert len(message_from(answer.refused)) <= MAX_MESSAGE_CHARS
    assert all(len(each) <= MAX_WARNING_CHARS for each in response.warnings)
    assert sum(map(len, response.warnings)) <= MAX_WARNINGS_CHARS
    assert all(text.isprintable() for text in response.warnings)


@given(st.integers(0, 60), st.integers(0, 3000))
def test_each_fault_is_told_or_counted(count: int, length: int) -> None:
    faults = [Fault(path=f"a{at}", message="x" * length, verdict=Verdict.ESO_REFUSES) for at in range(count)]
    lines = message_from(faults).splitlines()
    more = int(lines.pop().split()[1]) if lines and lines[-1].startswith("and ") else 0
    assert len(lines) + more == count
    assert len("\n".join(lines)) <= MAX_MESSAGE_CHARS


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        pytest.param("spec.dataFrom[12].find.name.regexp", "spec.dataFrom[].find.name.regexp", id="an-index"),
        pytest.param('spec.template.data["pass word"]', "spec.template.data[]", id="a-key-of-the-object"),
        pytest.param('spec.template.data["a\\"]b"].x[0]', "spec.template.data[].x[]", id="a-key-with-a-quote"),
        pytest.param("spec", "spec", id="a-plain-path"),
    ],
)
def test_a_rule_is_named_without_what_the_object_calls_its_own(path: str, rule: str) -> None:
    assert rule_of(Fault(path=path, message="m", verdict=Verdict.DOUBTFUL)) == rule
