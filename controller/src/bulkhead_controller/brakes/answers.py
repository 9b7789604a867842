"""What an ExternalSecret asks of each store and is answered, as digests, to tell one answer from another. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha3_224
from typing import Protocol

from bulkhead_api.errors import ProviderError
from bulkhead_controller.backends import Fields, Outcome, Value
from bulkhead_controller.externalsecret.sources import Source
from bulkhead_controller.store.binding import StoreKey, store_key


class _Hash(Protocol):
    def update(self, data: bytes, /) -> None: ...

    def hexdigest(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one store was asked, and what it said."""

    asked: str
    """Digest of the requests."""
    said: str
    """Digest of the outcomes; a secret that is not there counts as one too."""


def answers_by_store(
    namespace: str, sources: Sequence[Source], outcomes: Sequence[Outcome]
) -> Mapping[StoreKey, Answer]:
    """Digest the outcomes of an ExternalSecret in `namespace`; they answer the sources in their order."""
    asked: dict[StoreKey, _Hash] = {}
    said: dict[StoreKey, _Hash] = {}
    for source, outcome in zip(sources, outcomes, strict=True):
        key = store_key(source.store.kind, namespace, source.store.name)
        _add(asked.setdefault(key, sha3_224()), repr(source.request).encode())
        _add_outcome(said.setdefault(key, sha3_224()), outcome)
    return {key: Answer(asked=asked[key].hexdigest(), said=said[key].hexdigest()) for key in asked}


def _add_outcome(digest: _Hash, outcome: Outcome) -> None:
    match outcome:
        case Value(data):
            _add(digest, b"value")
            _add(digest, data.reveal())
        case Fields(fields):
            _add(digest, f"fields {len(fields)}".encode())
            for name in sorted(fields):
                _add(digest, name.encode("utf-8", "surrogatepass"))
                _add(digest, fields[name].reveal())
        case ProviderError():
            # Not its message: another text of the same absence is no other content.
            _add(digest, b"absent")


def _add(digest: _Hash, part: bytes) -> None:
    # With its length, so that no two sequences of parts look the same.
    digest.update(len(part).to_bytes(8, "big"))
    digest.update(part)
