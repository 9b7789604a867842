"""What a provider server is asked about a store, and what its answer means for the object. Pure."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from bulkhead_api.errors import InvalidStoreError, ProviderError
from bulkhead_validation.fault import Fault, Verdict
from bulkhead_webhook.question import Operation, Question

STORE_KINDS: Final = ("SecretStore", "ClusterSecretStore")

_MAX_MESSAGE_CHARS: Final = 512
_REFUSED: Final = frozenset({Verdict.ESO_REFUSES, Verdict.NEVER_WORKS})


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreQuestion:
    """One store with the provider's part of its spec."""

    kind: str
    namespace: str
    """Empty for a ClusterSecretStore."""
    name: str
    uid: str
    generation: int
    provider: str
    """The single key below spec.provider."""
    spec_json: bytes = field(repr=False)
    """What stands below it. May hold secrets, as the fake provider's data."""

    @property
    def path(self) -> str:
        """Where the provider's part stands."""
        return f"spec.provider.{self.provider}"

    @property
    def fingerprint(self) -> bytes:
        """The same for the same store with the same spec, and nothing that could be read back."""
        parts = (self.kind, self.namespace, self.name, self.provider)
        return hashlib.sha256("\0".join(parts).encode() + b"\0" + self.spec_json).digest()


class _Metadata(msgspec.Struct, frozen=True, kw_only=True):
    name: str = ""
    uid: str = ""
    generation: int = 1


class _Spec(msgspec.Struct, frozen=True, kw_only=True):
    provider: dict[str, msgspec.Raw] = {}


class _Store(msgspec.Struct, frozen=True, kw_only=True):
    metadata: _Metadata = _Metadata()
    spec: _Spec = _Spec()


def store_question_from(question: Question, faults: Sequence[Fault]) -> StoreQuestion | None:
    """Say what to ask about a question's object; None if it is no store, or is refused anyway.

    Args:
        question: what the API server asks.
        faults: what was found without asking.
    """
    is_store = question.is_ours and question.kind in STORE_KINDS
    writes = question.operation in {Operation.CREATE, Operation.UPDATE}
    if not is_store or not writes or any(fault.verdict in _REFUSED for fault in faults):
        return None
    try:
        store = msgspec.json.decode(question.object_json, type=_Store)
    # Whatever is wrong with it was found by the rules.
    except (msgspec.DecodeError, RecursionError):
        return None
    present = {key: bytes(spec) for key, spec in store.spec.provider.items() if bytes(spec) != b"null"}
    if len(present) != 1 or not (store.metadata.name or question.name):
        return None
    ((provider, spec_json),) = present.items()
    return StoreQuestion(
        kind=question.kind,
        namespace=question.namespace if question.kind == "SecretStore" else "",
        name=store.metadata.name or question.name,
        # A new object has one already, but in a dry run of an old API server.
        uid=store.metadata.uid or question.uid,
        generation=store.metadata.generation,
        provider=provider,
        spec_json=spec_json,
    )


def faults_from_answer(store: StoreQuestion, warnings: Sequence[str]) -> Sequence[Fault]:
    """Tell what a provider server said of a store that can work."""
    return [_fault(store, warning, Verdict.DOUBTFUL) for warning in warnings]


def faults_from_error(store: StoreQuestion, error: ProviderError) -> Sequence[Fault]:
    """Tell why a provider server did not say that a store can work.

    Only a spec that cannot work is the object's own fault. A credential may come after the store, and a backend that is
    away comes back.
    """
    if isinstance(error, InvalidStoreError):
        return [_fault(store, error.message, Verdict.NEVER_WORKS)]
    return [_fault(store, f"could not be validated: {error.message}", Verdict.DOUBTFUL)]


def _fault(store: StoreQuestion, message: str, verdict: Verdict) -> Fault:
    return Fault(path=store.path, message=message[:_MAX_MESSAGE_CHARS], verdict=verdict)
