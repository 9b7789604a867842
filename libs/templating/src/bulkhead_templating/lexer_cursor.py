"""A place in a text that is taken apart into tokens, and what all states of the lexer ask of it and tell it."""

from collections.abc import Callable
from typing import Final

from bulkhead_templating.runes import SPACES
from bulkhead_templating.tokens import Token, TokenKind

State = Callable[[], "State | None"]
"""Reads one thing and says which state comes next; None at the end."""
TRIM: Final = "-"
"""Beside a delimiter and next to a space, it takes the spaces off the text around the action."""
SPACE_RUNES: Final = frozenset(SPACES)
"""Unlike in a text, nothing at all is not in it."""
_ENDS_WORDS: Final = ".,|:)("


class LexerCursor:
    """What was read and what comes next."""

    def __init__(self, text: str, *, left: str, right: str) -> None:
        """Begin at the start."""
        self._text = text
        self._left = left
        self._right = right
        self._position = 0
        self._start = 0
        self._line = 1
        self._start_line = 1
        self._tokens: list[Token] = []

    def _emit(self, kind: TokenKind) -> None:
        text = self._text[self._start : self._position]
        self._tokens.append(Token(kind, self._start, text, self._start_line))
        self._skip()

    def _skip(self) -> None:
        """Leave out what was read."""
        self._line += self._text.count("\n", self._start, self._position)
        self._start = self._position
        self._start_line = self._line

    def _fail(self, message: str) -> State | None:
        self._tokens.append(Token(TokenKind.ERROR, self._start, message, self._start_line))
        return None

    def _peek(self, ahead: int = 0) -> str:
        return self._text[self._position + ahead : self._position + ahead + 1]

    def _at(self, what: str, ahead: int = 0) -> bool:
        return self._text.startswith(what, self._position + ahead)

    def _right_delimiter(self) -> int | None:
        """Give how long the mark for trimming before a right delimiter is; None where there is no delimiter."""
        if self._peek() in SPACE_RUNES and self._peek(1) == TRIM and self._at(self._right, 2):
            return 2
        return 0 if self._at(self._right) else None

    def _at_terminator(self) -> bool:
        """Say whether a word may end here."""
        rune = self._peek()
        return not rune or rune in SPACES or rune in _ENDS_WORDS or self._at(self._right)
