"""A compiled expression: search and replace with Go's results on RE2's engine."""

from collections.abc import Iterator
from functools import lru_cache, partial
from typing import Final, final

# The package comes without types.
import re2  # type: ignore[import-untyped]

from bulkhead_regexp.template import Template, template_from

_MAX_MEMORY_BYTES: Final = 8 * 1024 * 1024
# Each may grow to the bound above, so together they stay at a quarter of a gigabyte at the very worst.
_MAX_KEPT: Final = 32


class RegexpError(ValueError):
    """RE2 does not take an expression; the message is RE2's reason, without the expression."""


class ResultTooLongError(ValueError):
    """A replacement would be longer than its caller takes."""


@final
class Regexp:
    """A compiled expression; `regexp_from` makes them."""

    __slots__ = ("_compiled", "_groups")

    def __init__(self, text: str) -> None:
        """Compile the expression.

        Raises:
            RegexpError: RE2 does not take it, for example because of a look-ahead or a back reference.
        """
        options = re2.Options()
        # Its own messages go to standard error and quote the expression.
        options.log_errors = False
        options.max_mem = _MAX_MEMORY_BYTES
        try:
            self._compiled = re2.compile(_well_formed(text), options)
        except re2.error as error:
            raise RegexpError(_reason(error)) from None
        finally:
            # The package keeps the last 128 by itself, which is more memory than they may have here.
            re2.purge()
        self._groups: dict[str, int] = self._compiled.groupindex

    def matches(self, text: str) -> bool:
        """Say whether the expression is found anywhere in the text."""
        return self._compiled.search(_well_formed(text)) is not None

    def replace(self, text: str, target: str, *, max_chars: int | None = None) -> str:
        """Replace every match in the text.

        Args:
            text: what to search.
            target: what comes in place of a match; `$1`, `${1}`, `$name` and `${name}` mean what a group matched, `$$`
                a dollar sign. A name is as long as it can be, so `$1x` is the group `1x`; an unknown group is empty.
            max_chars: the longest result, in characters; None means that any length is fine.

        Raises:
            ResultTooLongError: the result would be longer than `max_chars`.

        Source: Go, package regexp, ReplaceAllString and Expand.
        """
        text = _well_formed(text)
        template = template_from(_well_formed(target))
        pieces: list[str] = []
        chars = 0
        for piece in self._pieces(text, template):
            chars += len(piece)
            if max_chars is not None and chars > max_chars:
                raise ResultTooLongError(f"the result is longer than {max_chars} characters")
            pieces.append(piece)
        return "".join(pieces)

    def _pieces(self, text: str, template: Template) -> Iterator[str]:
        end = 0
        for match in self._compiled.finditer(text):
            yield text[end : match.start()]
            # An empty match right after a match does not count, or `a*` would be replaced twice at the end of "aa".
            if match.end() > end or match.start() == 0:
                yield from template.expand(partial(self._group, match))
            end = match.end()
        yield text[end:]

    def _group(self, match: "re2._Match", group: int | str) -> str:
        index = self._groups.get(group) if isinstance(group, str) else group
        if index is None or index > self._compiled.groups:
            return ""
        # None is a group of a branch that was not taken.
        return match.group(index) or ""


@lru_cache(maxsize=_MAX_KEPT)
def regexp_from(text: str) -> Regexp:
    """Compile an expression, or give the one compiled before; an empty one matches everything.

    Raises:
        RegexpError: RE2 does not take it, for example because of a look-ahead or a back reference.
    """
    return Regexp(text)


def _reason(error: Exception) -> str:
    reason = error.args[0] if error.args else b""
    return reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)


def _well_formed(text: str) -> str:
    """Put U+FFFD in place of half a surrogate pair, which no UTF-8 can hold; Go's JSON decoder does the same."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
