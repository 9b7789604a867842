"""What the API server asks: an AdmissionReview's bytes, read into one value. Pure.

Of the user who asks nothing is read: who may write is the API server's own matter.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import msgspec

from bulkhead_validation.node import Json

GROUPS: Final = ("external-secrets.io", "generators.external-secrets.io")
"""The API groups whose objects are looked at."""

_REVIEWS: Final = ("admission.k8s.io/v1", "admission.k8s.io/v1beta1")
_MAX_UID_CHARS: Final = 256
_MAX_SHOWN_CHARS: Final = 253


class QuestionError(Exception):
    """The bytes are no question that can be answered; the message says why in one sentence."""


class Operation(StrEnum):
    """What somebody does to the object. Source: admission.k8s.io/v1 AdmissionRequest, operation."""

    CREATE = "CREATE"
    UPDATE = "UPDATE"
    DELETE = "DELETE"
    CONNECT = "CONNECT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One request to change an object."""

    review: str
    """The review's own apiVersion; the answer must have the same."""
    uid: str
    """Echoed in the answer."""
    group: str
    kind: str
    subresource: str
    """Empty means the object itself."""
    namespace: str
    """Empty for a cluster's own kinds."""
    name: str
    """Empty while the API server has yet to make one up."""
    operation: Operation
    object_json: bytes = field(repr=False)
    """The object as it shall be; empty if the question has none."""
    old_json: bytes = field(repr=False)
    """The object as it was; empty if the question has none."""

    @property
    def is_ours(self) -> bool:
        """Whether it is about one of our kinds itself; a subresource such as status is nobody's mistake to repair."""
        return self.group in GROUPS and not self.subresource


class _Kind(msgspec.Struct, frozen=True, kw_only=True):
    kind: str
    group: str = ""


class _Request(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    uid: str
    kind: _Kind
    # Not the enum: the decoder quotes what is none of its values.
    operation: str
    sub_resource: str = ""
    namespace: str = ""
    name: str = ""
    object: msgspec.Raw = msgspec.Raw(b"")
    old_object: msgspec.Raw = msgspec.Raw(b"")


class _Review(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    api_version: str
    kind: str
    request: _Request | None = None


_DECODER: Final = msgspec.json.Decoder(_Review)
_DOCUMENTS: Final = msgspec.json.Decoder()


def question_from(body: bytes) -> Question:
    """Read a question.

    Raises:
        QuestionError: it is not JSON, not an AdmissionReview of a version that is spoken here, or lacks what an answer
            needs.

    Source: admission.k8s.io/v1 AdmissionReview; v1beta1 has the same form.
    """
    review = _decoded(body)
    if review.kind != "AdmissionReview" or review.api_version not in _REVIEWS:
        raise QuestionError(f"the body must be an AdmissionReview of {' or '.join(_REVIEWS)}")
    request = review.request
    if request is None:
        raise QuestionError("the AdmissionReview has no request")
    if not 0 < len(request.uid) <= _MAX_UID_CHARS:
        raise QuestionError(f"request.uid must have 1 to {_MAX_UID_CHARS} characters")
    if request.operation not in set(Operation):
        raise QuestionError(f"request.operation must be one of {', '.join(Operation)}")
    return Question(
        review=review.api_version,
        uid=request.uid,
        group=request.kind.group,
        kind=request.kind.kind,
        subresource=request.sub_resource,
        namespace=request.namespace[:_MAX_SHOWN_CHARS],
        name=request.name[:_MAX_SHOWN_CHARS],
        operation=Operation(request.operation),
        object_json=_present(request.object),
        old_json=_present(request.old_object),
    )


def document_from(json: bytes, *, what: str) -> dict[str, Json]:
    """Decode an object of a question; of large ones this takes long.

    Args:
        json: the object's bytes.
        what: its place in the question, for the message.

    Raises:
        QuestionError: it is no object, or is nested too deep.
    """
    if not json:
        raise QuestionError(f"{what} is missing")
    try:
        document: Json = _DOCUMENTS.decode(json)
    # The decoder's words quote nothing of the object, but they name places in it that nobody can look up.
    except (msgspec.DecodeError, RecursionError):
        raise QuestionError(f"{what} cannot be decoded, perhaps as it is nested too deep") from None
    if not isinstance(document, dict):
        raise QuestionError(f"{what} must be an object")
    return document


def _decoded(body: bytes) -> _Review:
    try:
        return _DECODER.decode(body)
    except msgspec.ValidationError as error:
        # Names the path and the types, never a value.
        raise QuestionError(f"the body is no AdmissionReview: {str(error)[:_MAX_SHOWN_CHARS]}") from None
    except (msgspec.DecodeError, RecursionError):
        raise QuestionError("the body is not JSON, or is nested too deep") from None


def _present(raw: msgspec.Raw) -> bytes:
    return b"" if bytes(raw) == b"null" else bytes(raw)
