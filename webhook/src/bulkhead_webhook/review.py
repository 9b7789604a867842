"""From a question to what is wrong with its object. Pure; provider servers are asked by `ask`."""

from collections.abc import Sequence

from bulkhead_templating.engine import Delimiters
from bulkhead_validation.fault import Fault
from bulkhead_validation.kinds import CHECKS
from bulkhead_validation.review import faults_of, faults_of_deletion
from bulkhead_webhook.question import Operation, Question, document_from


def faults_in(question: Question, *, delimiters: Delimiters | None = None) -> Sequence[Fault]:
    """Say everything that is wrong with what the question is about; of a large object this takes long.

    Args:
        question: what is asked.
        delimiters: what begins and ends an action in templates; None means Go's own.

    Raises:
        QuestionError: the object that is to be looked at is missing or cannot be read.
    """
    # Without rules for the kind there is no reason to decode the object.
    if not question.is_ours or question.kind not in CHECKS:
        return ()
    match question.operation:
        case Operation.CREATE | Operation.UPDATE:
            document = document_from(question.object_json, what="request.object")
            # The new one could be judged alone, so a question without the old one is answered.
            old = document_from(question.old_json, what="request.oldObject") if question.old_json else None
            return faults_of(question.kind, document, old, delimiters=delimiters)
        case Operation.DELETE:
            return faults_of_deletion(question.kind)
        case Operation.CONNECT:
            return ()
