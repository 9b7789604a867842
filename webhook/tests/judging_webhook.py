"""The real process with rules that a test can choose: `spec.faults` of an object says what is wrong with it.

`spec.slow_s` says for how long a rule thinks about it. The rules of the kinds are tested where they stand.
"""

import sys
import time
from collections.abc import Sequence

import msgspec

from bulkhead_validation.fault import Fault, Verdict
from bulkhead_webhook.__main__ import main
from bulkhead_webhook.question import Operation, Question, QuestionError, document_from
from bulkhead_webhook.review import faults_in


class Spec(msgspec.Struct):
    faults: list[Verdict] = []
    slow_s: float = 0.0


class Object(msgspec.Struct):
    spec: Spec = msgspec.field(default_factory=Spec)


def judge(question: Question) -> Sequence[Fault]:
    if question.operation is Operation.DELETE:
        return faults_in(question)
    try:
        spec = msgspec.convert(document_from(question.object_json, what="request.object"), Object).spec
    except msgspec.ValidationError:
        raise QuestionError("request.object is not one of this test's") from None
    end = time.monotonic() + spec.slow_s
    while time.monotonic() < end:
        # As a rule does: it works and does not sleep.
        pass
    return [Fault(path=f"spec.faults[{at}]", message=f"is {each}", verdict=each) for at, each in enumerate(spec.faults)]


if __name__ == "__main__":
    sys.exit(main(judge=judge))
