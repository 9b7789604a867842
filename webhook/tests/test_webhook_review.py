"""Which questions the rules are asked about, and what of an object they see."""

from collections.abc import Mapping

import msgspec
import pytest

from bulkhead_templating import Delimiters
from bulkhead_validation.fault import Verdict
from bulkhead_webhook.question import Operation, Question, QuestionError
from bulkhead_webhook.review import faults_in

ENTRY = {"secretKey": "a", "remoteRef": {"key": "a"}}
GOOD = {"secretStoreRef": {"name": "s"}, "data": [ENTRY]}
TWICE = {**GOOD, "data": [ENTRY, ENTRY]}
BROKEN = {**GOOD, "target": {"template": {"data": {"a": "{{ .x"}}}}


def question(
    spec: Mapping[str, object] | None,
    *,
    old: Mapping[str, object] | None = None,
    kind: str = "ExternalSecret",
    group: str = "external-secrets.io",
    subresource: str = "",
    operation: Operation = Operation.CREATE,
) -> Question:
    return Question(
        review="admission.k8s.io/v1",
        uid="u",
        group=group,
        kind=kind,
        subresource=subresource,
        namespace="team-a",
        name="a",
        operation=operation,
        object_json=b"" if spec is None else msgspec.json.encode({"kind": kind, "spec": spec}),
        old_json=b"" if old is None else msgspec.json.encode({"kind": kind, "spec": old}),
    )


def verdicts(asked: Question) -> list[Verdict]:
    return [fault.verdict for fault in faults_in(asked)]


def test_the_rules_are_asked_about_what_is_written() -> None:
    assert verdicts(question(GOOD)) == []
    assert verdicts(question(TWICE)) == [Verdict.ESO_REFUSES]
    assert verdicts(question(TWICE, old=GOOD, operation=Operation.UPDATE)) == [Verdict.ESO_REFUSES]


def test_what_never_worked_and_stays_as_it_is_is_only_told() -> None:
    update = Operation.UPDATE
    assert verdicts(question(BROKEN, old=GOOD, operation=update)) == [Verdict.NEVER_WORKS]
    assert verdicts(question(BROKEN, old=BROKEN, operation=update)) == [Verdict.DOUBTFUL]


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param(question(TWICE, subresource="status"), id="a-status"),
        pytest.param(question(TWICE, group="example.com"), id="a-kind-of-somebody-else"),
        pytest.param(question(TWICE, kind="Database"), id="a-kind-that-is-not-known"),
        pytest.param(question(None, kind="Database"), id="a-kind-that-is-not-known-without-an-object"),
        pytest.param(question(TWICE, operation=Operation.CONNECT), id="a-connection"),
        pytest.param(question(None, old=TWICE, operation=Operation.DELETE), id="the-deletion-of-an-externalsecret"),
    ],
)
def test_nothing_is_wrong_with(asked: Question) -> None:
    assert verdicts(asked) == []


@pytest.mark.parametrize("kind", ["SecretStore", "ClusterSecretStore"])
def test_the_deletion_of_a_store_is_warned_of_and_nothing_more(kind: str) -> None:
    assert verdicts(question(None, kind=kind, operation=Operation.DELETE)) == [Verdict.DOUBTFUL]


def test_what_is_written_without_an_object_cannot_be_judged() -> None:
    with pytest.raises(QuestionError, match=r"request\.object is missing"):
        faults_in(question(None))


def test_templates_are_read_with_the_delimiters_of_the_installation() -> None:
    asked = question({**GOOD, "target": {"template": {"data": {"a": "<< .x"}}}})
    assert verdicts(asked) == []
    assert [each.verdict for each in faults_in(asked, delimiters=Delimiters(left="<<", right=">>"))] == [
        Verdict.NEVER_WORKS
    ]
