"""What a Find's stream brings, gathered under limits that hold against a hostile server, too."""

from collections.abc import Mapping
from typing import Final

from bulkhead.provider.v1 import provider_service_pb2 as pb
from bulkhead_api.errors import InternalError, TooLargeError
from bulkhead_api.secret_value import SecretValue

MAX_FOUND_BYTES: Final = 64 * 1024 * 1024
"""How much one Find may bring in all, names and values and what it costs to hold them."""
_HELD_BYTES: Final = 256
"""What Python takes for one secret beside its bytes, so that many small ones cannot cost more than a few large ones."""


class Findings:
    """The secrets of one stream. The caller has checked each message's echo."""

    def __init__(self, *, store: str, server: str) -> None:
        """Begin with nothing.

        Args:
            store: what messages to its users call it, such as `store "team-a/vault"`.
            server: the provider server's name.
        """
        self._store = store
        self._server = server
        self._found: dict[str, SecretValue] = {}
        self._bytes = 0
        self._messages = 0

    def add(self, message: pb.FindResponse) -> None:
        """Take one message's secrets.

        Raises:
            TooLargeError: it is more than can be held.
            InternalError: the message is not of the protocol; all that came before is to be dropped with it.
        """
        if self._messages and not message.secrets:
            raise self._broken("an empty message in the middle of a stream")
        self._messages += 1
        for secret in message.secrets:
            if secret.name in self._found:
                raise self._broken("found one name twice")
            self._bytes += len(secret.name.encode()) + len(secret.data) + _HELD_BYTES
            if self._bytes > MAX_FOUND_BYTES:
                raise TooLargeError(
                    f"{self._store}: find: more than {MAX_FOUND_BYTES} bytes: narrow find.path or find.name"
                )
            self._found[secret.name] = SecretValue(secret.data)

    def all(self) -> Mapping[str, SecretValue]:
        """Give everything, once the stream has ended well.

        Raises:
            InternalError: the stream ended without a message, so nobody has said that nothing was found.
        """
        if not self._messages:
            raise self._broken("a stream without a message")
        return self._found

    def _broken(self, why: str) -> InternalError:
        return InternalError(f'provider server "{self._server}": {why}: the whole reply was dropped')
