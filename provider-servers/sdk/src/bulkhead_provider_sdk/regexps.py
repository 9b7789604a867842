"""Name expressions of Find, with the error that a provider answers."""

from bulkhead_api.errors import InvalidRefError
from bulkhead_regexp import Regexp, RegexpError
from bulkhead_regexp import regexp_from as _compiled_from


def regexp_from(text: str) -> Regexp:
    """Compile a name expression; an empty one matches everything.

    Raises:
        InvalidRefError: RE2 does not take it, for example because of a look-ahead or a back reference.
    """
    try:
        return _compiled_from(text)
    except RegexpError as error:
        raise InvalidRefError(f"name expression {text!r}: not an RE2 expression: {error}") from None
