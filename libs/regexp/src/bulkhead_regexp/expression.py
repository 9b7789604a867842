"""A compiled expression: search and replace with Go's results on RE2's engine."""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from typing import Final, final

# The package comes without types.
import re2  # type: ignore[import-untyped]

from bulkhead_regexp.budget import Budget
from bulkhead_regexp.mended import mended
from bulkhead_regexp.template import Template, template_from

_MAX_MEMORY_BYTES: Final = 8 * 1024 * 1024
# Each may grow to the bound above, so together they stay at a quarter of a gigabyte at the very worst.
_MAX_KEPT: Final = 32
# One escape, or a quotation, in which nothing is an escape.
_ESCAPE: Final = re.compile(r"\\Q.*?(?:\\E|\Z)|\\(.)", re.DOTALL)
_MAX_REASON_CHARS: Final = 200
_UTF_8_CONTINUES: Final = range(0x80, 0xC0)


class RegexpError(ValueError):
    """RE2 does not take an expression; the message is RE2's reason, one line that may quote a part of it."""

    def __init__(self, message: str, *, reason: str | None = None) -> None:
        """Keep the reason as RE2 gives it, which may have more lines and quote all of the expression."""
        super().__init__(message)
        self.reason = reason or message


class ResultTooLongError(ValueError):
    """A replacement would be longer than its caller takes."""


@final
class Regexp:
    """A compiled expression; `regexp_from` makes them."""

    __slots__ = ("_compiled", "_groups", "groups", "is_empty", "size")

    def __init__(self, text: str) -> None:
        """Compile the expression.

        Raises:
            RegexpError: RE2 does not take it, for example because of a look-ahead or a back reference.
        """
        text = _well_formed(text)
        self.is_empty: Final = not text
        """Whether the expression has no text; it matches nowhere but nothing."""
        options = re2.Options()
        # Its own messages go to standard error and quote the expression.
        options.log_errors = False
        options.max_mem = _MAX_MEMORY_BYTES
        try:
            self._compiled = re2.compile(text, options)
        except re2.error as error:
            reason = _reason(error)
            raise RegexpError(_one_line(reason), reason=reason) from None
        finally:
            # The package keeps the last 128 by itself, which is more memory than they may have here.
            re2.purge()
        self._groups: dict[str, int] = self._compiled.groupindex
        self.groups: Final[int] = self._compiled.groups
        """How many groups it has."""
        # The package has no other door to it.
        self.size: Final[int] = self._compiled._regexp.ProgramSize()  # noqa: SLF001
        """How many instructions RE2 has made of it; what a search costs at worst grows with them."""
        _check_as_go(text, self._groups)

    def matches(self, text: str, *, budget: Budget | None = None) -> bool:
        """Say whether the expression is found anywhere in the text.

        Args:
            text: what to search.
            budget: what the search costs is taken off it; None means that any cost is fine.

        Raises:
            BudgetError: the search would cost more than the budget has.
        """
        return next(self._matches(_well_formed(text).encode(), budget), None) is not None

    def replace(self, text: str, target: str, *, max_chars: int | None = None, budget: Budget | None = None) -> str:
        """Replace every match in the text.

        Args:
            text: what to search.
            target: what comes in place of a match; `$1`, `${1}`, `$name` and `${name}` mean what a group matched, `$$`
                a dollar sign. A name is as long as it can be, so `$1x` is the group `1x`; an unknown group is empty.
            max_chars: the longest result, in characters; None means that any length is fine.
            budget: what the searches cost is taken off it; None means that any cost is fine.

        Raises:
            ResultTooLongError: the result would be longer than `max_chars`.
            BudgetError: the searches would cost more than the budget has.

        Source: Go, package regexp, ReplaceAllString and Expand.
        """
        return self.replace_in_bytes(
            _well_formed(text).encode(), _well_formed(target), max_chars=max_chars, budget=budget
        )

    def replace_in_bytes(
        self, text: bytes, target: str, *, max_chars: int | None = None, budget: Budget | None = None
    ) -> str:
        """Do the same in a text that may not be UTF-8: its other bytes come out as those of `surrogateescape`."""
        template = template_from(target)
        pieces: list[str] = []
        chars = 0
        for piece in self._pieces(text, template, budget):
            chars += len(piece)
            if max_chars is not None and chars > max_chars:
                raise ResultTooLongError(f"the result is longer than {max_chars} characters")
            pieces.append(piece)
        return "".join(pieces)

    def spans(self, text: bytes, *, budget: Budget | None = None) -> Iterator[tuple[int, int]]:
        """Give where each match begins and ends, from left to right; none within another.

        Args:
            text: what to search; bytes that are not UTF-8 are each U+FFFD to the expression.
            budget: what the searches cost is taken off it; None means that any cost is fine.

        Raises:
            BudgetError: the searches would cost more than the budget has.

        Source: Go, package regexp, FindAllStringIndex.
        """
        searched = mended(text)
        end = -1
        for match in self._matches(searched.text, budget):
            # An empty match right after a match does not count.
            if match.end() > match.start() or match.start() != end:
                yield searched.original(match.start()), searched.original(match.end())
            end = match.end()

    def _pieces(self, text: bytes, template: Template, budget: Budget | None) -> Iterator[str]:
        searched = mended(text)
        end = 0

        def part(start: int, stop: int) -> str:
            found = text[searched.original(start) : searched.original(stop)]
            return found.decode("utf-8", "surrogateescape")

        for match in self._matches(searched.text, budget):
            yield part(end, match.start())
            # An empty match right after a match does not count, or `a*` would be replaced twice at the end of "aa".
            if match.end() > end or match.start() == 0:
                yield from template.expand(partial(self._group, match, part))
            end = match.end()
        yield part(end, len(searched.text))

    def _matches(self, text: bytes, budget: Budget | None = None) -> Iterator["re2._Match"]:
        position = 0
        while position <= len(text):
            if budget is not None:
                budget.spend(len(text) - position)
            match = self._compiled.search(text, position)
            if match is None:
                return
            # RE2 sees a `\B` between the bytes of one rune as well, where Go does not look.
            if match.start() < len(text) and text[match.start()] in _UTF_8_CONTINUES:
                position = _next_rune(text, match.start())
                continue
            yield match
            position = max(match.end(), _next_rune(text, position))

    def _group(self, match: "re2._Match", part: Callable[[int, int], str], group: int | str) -> str:
        index = self._groups.get(group) if isinstance(group, str) else group
        if index is None or index > self._compiled.groups:
            return ""
        # A group of a branch that was not taken begins and ends nowhere.
        start, end = match.span(index)
        return "" if start < 0 else part(start, end)


@lru_cache(maxsize=_MAX_KEPT)
def regexp_from(text: str) -> Regexp:
    """Compile an expression, or give the one compiled before; an empty one matches everything.

    Raises:
        RegexpError: RE2 does not take it, for example because of a look-ahead or a back reference.
    """
    return Regexp(text)


def _check_as_go(text: str, groups: dict[str, int]) -> None:
    r"""Refuse what RE2 has beyond Go: `\C`, which takes runes apart, and names of groups that are not ASCII."""
    if any(escape.group(1) == "C" for escape in _ESCAPE.finditer(text)):
        raise RegexpError(r"invalid escape sequence: \C")
    if not all(name.isascii() for name in groups):
        raise RegexpError("invalid named capture group")


def _next_rune(text: bytes, position: int) -> int:
    """Give where the rune after the one at this position begins; one past the end at the end."""
    position += 1
    while position < len(text) and text[position] in _UTF_8_CONTINUES:
        position += 1
    return position


def _reason(error: Exception) -> str:
    reason = error.args[0] if error.args else b""
    return reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)


def _one_line(reason: str) -> str:
    # It may quote all the rest of the expression.
    return "".join(rune if rune.isprintable() else "?" for rune in reason[:_MAX_REASON_CHARS])


def _well_formed(text: str) -> str:
    """Put U+FFFD in place of half a surrogate pair, which no UTF-8 can hold; Go's JSON decoder does the same."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
