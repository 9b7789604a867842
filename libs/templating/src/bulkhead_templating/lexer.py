"""Takes a text apart into tokens, by states: each reads one thing and says which state comes next.

Everything is read once, from the left to the right, without regular expressions. After an error there is no token.

Source: Go, package text/template, "Text and spaces" and "Actions".
"""

from collections.abc import Iterator
from typing import Final

from bulkhead_templating.lexer_cursor import SPACE_RUNES, TRIM, LexerCursor, State
from bulkhead_templating.lexer_numbers import scan_number
from bulkhead_templating.quoting import quote
from bulkhead_templating.runes import (
    REPLACEMENT,
    SPACES,
    is_alphanumeric,
    is_ascii_printable,
    is_stray_byte,
    unicode_name,
)
from bulkhead_templating.tokens import KEYWORDS, Token, TokenKind

_COMMENT: Final = "/*"
_COMMENT_END: Final = "*/"
_SINGLE: Final = {"=": TokenKind.ASSIGN, "|": TokenKind.PIPE}
# A dot is a keyword of the parser, but no word.
_KEYWORDS: Final = frozenset(KEYWORDS) - {TokenKind.DOT}


class Lexer(LexerCursor):
    """Reads one text."""

    def __init__(self, text: str, *, left: str, right: str) -> None:
        """Begin at the start, outside of an action."""
        super().__init__(text, left=left, right=right)
        self._parens = 0

    def tokens(self) -> Iterator[Token]:
        """Give the tokens; the last one is EOF or an error."""
        state: State | None = self._outside
        while state is not None:
            state = state()
            yield from self._tokens
            self._tokens.clear()

    def _outside(self) -> State | None:
        found = self._text.find(self._left, self._position)
        if found < 0:
            self._position = len(self._text)
            if self._position > self._start:
                self._emit(TokenKind.TEXT)
            self._emit(TokenKind.EOF)
            return None
        after = found + len(self._left)
        trims = self._text.startswith(TRIM, after) and self._text[after + 1 : after + 2] in SPACE_RUNES
        kept = self._text[self._start : found]
        self._position = self._start + len(kept.rstrip(SPACES) if trims else kept)
        if self._position > self._start:
            self._emit(TokenKind.TEXT)
        self._position = found
        self._skip()
        return self._left_delimiter(2 if trims else 0)

    def _left_delimiter(self, marker: int) -> State | None:
        self._position += len(self._left)
        if self._at(_COMMENT, marker):
            self._position += marker
            self._skip()
            return self._comment
        self._emit(TokenKind.LEFT_DELIMITER)
        self._position += marker
        self._skip()
        self._parens = 0
        return self._inside

    def _comment(self) -> State | None:
        end = self._text.find(_COMMENT_END, self._position + len(_COMMENT))
        if end < 0:
            return self._fail("unclosed comment")
        self._position = end + len(_COMMENT_END)
        marker = self._right_delimiter()
        if marker is None:
            return self._fail("comment ends before closing delimiter")
        self._position += marker + len(self._right)
        self._end_action(marker)
        return self._outside

    def _end_action(self, marker: int) -> None:
        """Step over the spaces behind a right delimiter if it trims."""
        if marker:
            while self._peek() and self._peek() in SPACES:
                self._position += 1
        self._skip()

    def _close(self) -> State | None:
        marker = self._right_delimiter() or 0
        self._position += marker
        self._skip()
        self._position += len(self._right)
        self._emit(TokenKind.RIGHT_DELIMITER)
        self._end_action(marker)
        return self._outside

    def _inside(self) -> State | None:
        if self._right_delimiter() is not None:
            return self._close if self._parens == 0 else self._fail("unclosed left paren")
        rune = self._peek()
        if not rune:
            return self._fail("unclosed action")
        if rune in SPACES:
            return self._space
        if rune in "\"'`":
            return {'"': self._quoted, "'": self._character, "`": self._raw}[rune]
        if rune in "+-0123456789" or (rune == "." and self._peek(1) in ("", *"0123456789")):
            return self._number
        if rune in "$.":
            return self._variable_or_field
        return self._identifier if is_alphanumeric(rune) else self._sign

    def _space(self) -> State | None:
        count = 0
        while self._peek() and self._peek() in SPACES:
            self._position += 1
            count += 1
        # The last space may belong to a right delimiter that trims.
        if self._at(TRIM) and self._at(self._right, 1):
            self._position -= 1
            if count == 1:
                return self._close
        self._emit(TokenKind.SPACE)
        return self._inside

    def _sign(self) -> State | None:
        rune = self._peek()
        self._position += 1
        match rune:
            case ":":
                if not self._at("="):
                    return self._fail("expected :=")
                self._position += 1
                self._emit(TokenKind.DECLARE)
            case "(":
                self._parens += 1
                self._emit(TokenKind.LEFT_PAREN)
            case ")":
                self._parens -= 1
                if self._parens < 0:
                    return self._fail("unexpected right paren")
                self._emit(TokenKind.RIGHT_PAREN)
            case _ if rune in _SINGLE or is_ascii_printable(rune):
                self._emit(_SINGLE.get(rune, TokenKind.CHAR))
            case _:
                code = REPLACEMENT if is_stray_byte(rune) else rune
                return self._fail(f"unrecognized character in action: {unicode_name(ord(code), sharp=True)}")
        return self._inside

    def _identifier(self) -> State | None:
        self._read_word()
        if not self._at_terminator():
            return self._fail_at_character()
        word = self._text[self._start : self._position]
        if word in _KEYWORDS:
            self._emit(TokenKind(word))
        else:
            self._emit(TokenKind.BOOL if word in ("true", "false") else TokenKind.IDENTIFIER)
        return self._inside

    def _variable_or_field(self) -> State | None:
        is_variable = self._peek() == "$"
        self._position += 1
        if self._at_terminator():
            self._emit(TokenKind.VARIABLE if is_variable else TokenKind.DOT)
            return self._inside
        self._read_word()
        if not self._at_terminator():
            return self._fail_at_character()
        self._emit(TokenKind.VARIABLE if is_variable else TokenKind.FIELD)
        return self._inside

    def _read_word(self) -> None:
        while self._peek() and is_alphanumeric(self._peek()):
            self._position += 1

    def _fail_at_character(self) -> State | None:
        rune = REPLACEMENT if is_stray_byte(self._peek()) else self._peek()
        return self._fail(f"bad character {unicode_name(ord(rune), sharp=True)}")

    def _number(self) -> State | None:
        end, is_complex, is_good = scan_number(self._text, self._position)
        self._position = end
        if not is_good:
            return self._fail(f"bad number syntax: {quote(self._text[self._start : end])}")
        self._emit(TokenKind.COMPLEX if is_complex else TokenKind.NUMBER)
        return self._inside

    def _quoted(self) -> State | None:
        return self._until('"', TokenKind.STRING, "unterminated quoted string")

    def _character(self) -> State | None:
        return self._until("'", TokenKind.CHAR_CONSTANT, "unterminated character constant")

    def _until(self, mark: str, kind: TokenKind, message: str) -> State | None:
        """Read up to the closing mark on the same line; a backslash hides the rune behind it."""
        self._position += 1
        while self._peek() not in ("", "\n", mark):
            self._position += 2 if self._peek() == "\\" and self._peek(1) not in ("", "\n") else 1
        if self._peek() != mark:
            return self._fail(message)
        self._position += 1
        self._emit(kind)
        return self._inside

    def _raw(self) -> State | None:
        end = self._text.find("`", self._position + 1)
        if end < 0:
            return self._fail("unterminated raw quoted string")
        self._position = end + 1
        self._emit(TokenKind.RAW_STRING)
        return self._inside
