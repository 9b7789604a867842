"""Name expressions of Find: RE2, as ESO's Go does it, so that no expression of a user's can run for ever."""

from typing import Final

# The package comes without types.
import re2  # type: ignore[import-untyped]

from bulkhead_api.errors import InvalidRefError

_MAX_MEMORY_BYTES: Final = 8 * 1024 * 1024


class Regexp:
    """A compiled expression."""

    __slots__ = ("_compiled",)

    def __init__(self, text: str) -> None:
        """Compile the expression; see `regexp_from`."""
        options = re2.Options()
        # Its own messages go to standard error and quote the expression.
        options.log_errors = False
        options.max_mem = _MAX_MEMORY_BYTES
        self._compiled = re2.compile(text, options)

    def matches(self, name: str) -> bool:
        """Say whether the expression is found anywhere in the name."""
        return self._compiled.search(name) is not None


def regexp_from(text: str) -> Regexp:
    """Compile a name expression; an empty one matches everything.

    Raises:
        InvalidRefError: RE2 does not take it, for example because of a look-ahead or a back reference.
    """
    try:
        return Regexp(text)
    except re2.error as error:
        reason = error.args[0] if error.args else b""
        why = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
        raise InvalidRefError(f"name expression {text!r}: not an RE2 expression: {why}") from None
