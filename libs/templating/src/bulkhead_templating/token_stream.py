"""The tokens of a text with a place in them, and the errors that name it."""

from typing import Final

from bulkhead_templating.errors import DepthLimitError, TemplateSyntaxError
from bulkhead_templating.lexer import Lexer
from bulkhead_templating.limits import Meter
from bulkhead_templating.text import byte_length
from bulkhead_templating.tokens import Token, TokenKind

# Each level of nesting takes up to five frames of Python here, and up to three when it is rendered.
_MAX_DEPTH: Final = 100
_TOKEN_STEPS: Final = 2


class TokenStream:
    """Reads the tokens of one text, with as much looking ahead and going back as is needed."""

    def __init__(self, name: str, text: str, *, left: str, right: str, meter: Meter) -> None:
        """Read all tokens, which pay for their nodes as well, and begin before the first.

        Raises:
            LimitError: there are more than the meter allows.
        """
        self.name = name
        self._text = text
        self._tokens: list[Token] = []
        for token in Lexer(text, left=left, right=right).tokens():
            meter.step(_TOKEN_STEPS)
            self._tokens.append(token)
        self._last = len(self._tokens) - 1
        self._next = 0
        self._furthest = 0
        self._depth = 0
        self.action_line = 0
        """The line that the current action began on; zero between actions and after a nested one."""

    def next(self) -> Token:
        """Read a token; after the last one, that one again."""
        token = self.peek()
        self._next += 1
        return token

    def peek(self) -> Token:
        """Look at the next token."""
        # Asked for each token several times; `min` and `max` would take twice as long.
        index = min(self._last, self._next)
        self._furthest = max(self._furthest, index)
        return self._tokens[index]

    def peek_behind_spaces(self) -> Token:
        """Step over a space, if there is one, and look at the next token."""
        if self.peek().kind is TokenKind.SPACE:
            self._next += 1
        return self.peek()

    def next_behind_spaces(self) -> Token:
        """Step over a space, if there is one, and read a token."""
        self.peek_behind_spaces()
        return self.next()

    def back(self, count: int = 1) -> None:
        """Go back by so many tokens."""
        self._next -= count

    def mark(self) -> int:
        """Give the place, for `reset`."""
        return self._next

    def reset(self, place: int) -> None:
        """Go back to a place."""
        self._next = place

    def expect(self, kind: TokenKind, context: str) -> Token:
        """Read a token of this kind.

        Raises:
            TemplateSyntaxError: the next token is another.
        """
        token = self.next_behind_spaces()
        if token.kind is not kind:
            raise self.unexpected(token, context)
        return token

    def enter(self) -> None:
        """Go one level deeper.

        Raises:
            DepthLimitError: that is deeper than a template may be.
        """
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise DepthLimitError(f"template: {self.name}: nested more than {_MAX_DEPTH} levels deep")

    def leave(self) -> None:
        """Come back from one level."""
        self._depth -= 1

    def unexpected(self, token: Token, context: str) -> TemplateSyntaxError:
        """Say that a token cannot stand here, or what the lexer says if it found none."""
        if token.kind is not TokenKind.ERROR:
            return self.failure(f"unexpected {token} in {context}")
        where = ""
        if self.action_line not in (0, token.line):
            where = f" in action started at {self.name}:{self.action_line}"
            if token.text.endswith(" action"):
                where = where.removeprefix(" in action")
        return self.failure(f"{token}{where}")

    def latest(self) -> Token:
        """Give the last token that was read or looked at."""
        return self._tokens[self._furthest]

    def failure(self, message: str, blamed: Token | None = None) -> TemplateSyntaxError:
        """Say what is wrong, on the line of a token, or on that which was read last."""
        token = blamed or self.latest()
        line_start = self._text.rfind("\n", 0, token.position) + 1
        return TemplateSyntaxError(
            f"template: {self.name}:{token.line}: {message}",
            name=self.name,
            line=token.line,
            column=byte_length(self._text[line_start : token.position]),
        )
