"""What the API server is told: allowed or not, with all faults at once, within what it and people can take. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import msgspec

from bulkhead_validation.fault import Fault, Verdict
from bulkhead_webhook.question import Question

MAX_MESSAGE_CHARS: Final = 8192
"""Of a refusal; kubectl shows it whole."""
MAX_WARNING_CHARS: Final = 256
"""The API server may cut what is longer. Source: admission.k8s.io/v1 AdmissionResponse, warnings."""
MAX_WARNINGS_CHARS: Final = 3072
"""Of all warnings together: the API server drops what is beyond 4096, and other webhooks want to say something too."""
MAX_CAUSES: Final = 50

_MORE_CHARS: Final = 16
_KEY: Final = re.compile(r'\["(?:[^"\\]|\\.)*"\]')
_INDEX: Final = re.compile(r"\[[0-9]+\]")
_MAX_RULES_CHARS: Final = 1024


class Profile(StrEnum):
    """Which faults are refused; the chart's `profile`."""

    STRICT = "strict"
    NAMESPACED = "namespaced"
    ESO_COMPAT = "eso-compat"

    @property
    def refused(self) -> frozenset[Verdict]:
        """The verdicts for which an object is refused; all others become warnings."""
        if self is Profile.ESO_COMPAT:
            return frozenset({Verdict.ESO_REFUSES})
        return frozenset({Verdict.ESO_REFUSES, Verdict.NEVER_WORKS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is said about one question."""

    refused: Sequence[Fault] = ()
    """Empty means that the object is allowed."""
    warnings: Sequence[str] = ()

    @property
    def rules(self) -> Sequence[str]:
        """The places of the refused faults without the object's own names, each once, for logs and audit."""
        return list(dict.fromkeys(rule_of(fault) for fault in self.refused))


class _Cause(msgspec.Struct, frozen=True, kw_only=True):
    field: str
    message: str
    reason: str = "FieldValueInvalid"


class _Details(msgspec.Struct, frozen=True, kw_only=True):
    kind: str
    name: str
    group: str
    causes: list[_Cause]


class _Status(msgspec.Struct, frozen=True, kw_only=True):
    code: int
    reason: str
    message: str
    details: _Details
    status: str = "Failure"


class _Response(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    uid: str
    # No default, so that it is always written.
    allowed: bool
    status: _Status | None = None
    warnings: list[str] = []
    audit_annotations: dict[str, str] = {}


class _Review(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    api_version: str
    response: _Response
    kind: str = "AdmissionReview"


def decide_answer(faults: Iterable[Fault], profile: Profile) -> Answer:
    """Say which faults an object is refused for, and which are only told.

    Args:
        faults: all that was found, in the order in which it shall be told.
        profile: says which verdicts refuse.
    """
    refused: list[Fault] = []
    told: list[Fault] = []
    for fault in faults:
        (refused if fault.verdict in profile.refused else told).append(fault)
    return Answer(refused=refused, warnings=_warnings(told))


def bytes_from(answer: Answer, question: Question) -> bytes:
    """Write the AdmissionReview that answers the question.

    A refusal is 403 Forbidden as ESO's: scripts look for that, and kubectl then shows the message's lines as they are.
    The causes say the same to machines.
    """
    response = _Response(
        uid=question.uid,
        allowed=not answer.refused,
        status=_status(answer, question) if answer.refused else None,
        warnings=list(answer.warnings),
        audit_annotations=_audit(answer),
    )
    return msgspec.json.encode(_Review(api_version=question.review, response=response))


def message_from(faults: Sequence[Fault]) -> str:
    """Put faults into one text, a line each, that ends in `and N more` if not all fit."""
    return "\n".join(_bounded([str(fault) for fault in faults], MAX_MESSAGE_CHARS))


def rule_of(fault: Fault) -> str:
    """Name what a fault is about without the object's own names and numbers: `spec.dataFrom[].find.name.regexp`."""
    return _INDEX.sub("[]", _KEY.sub("[]", fault.path))


def _status(answer: Answer, question: Question) -> _Status:
    causes = [_Cause(field=_clean(fault.path), message=_clean(fault.message)) for fault in answer.refused[:MAX_CAUSES]]
    return _Status(
        code=403,
        reason="Forbidden",
        message=message_from(answer.refused),
        details=_Details(kind=question.kind, name=question.name, group=question.group, causes=causes),
    )


def _warnings(faults: Sequence[Fault]) -> Sequence[str]:
    # ESO's own warnings are known word for word, so no path stands before them.
    texts = [fault.message if fault.verdict is Verdict.ESO_WARNS else str(fault) for fault in faults]
    return _bounded([_cut(text, MAX_WARNING_CHARS) for text in dict.fromkeys(texts)], MAX_WARNINGS_CHARS)


def _audit(answer: Answer) -> dict[str, str]:
    return {"refused": ",".join(_bounded(answer.rules, _MAX_RULES_CHARS))} if answer.refused else {}


def _bounded(texts: Sequence[str], max_chars: int) -> list[str]:
    """Give the first texts that fit together with a line for the others; one alone is cut."""
    kept: list[str] = []
    room = max_chars - _MORE_CHARS
    for text in texts:
        line = _clean(text)
        if len(line) + 1 > room:
            break
        kept.append(line)
        room -= len(line) + 1
    if not kept and texts:
        kept.append(_cut(_clean(texts[0]), max_chars - _MORE_CHARS))
    left = len(texts) - len(kept)
    return [*kept, f"and {left} more"] if left else kept


def _cut(text: str, max_chars: int) -> str:
    return text if len(text) <= max_chars else f"{text[: max_chars - 1]}…"


def _clean(text: str) -> str:
    """Put a text on one line of what can be printed, as an object's own names stand in it."""
    return "".join(each if each.isprintable() else "?" for each in text)
