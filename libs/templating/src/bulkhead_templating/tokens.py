"""The words of the language of templates."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bulkhead_templating.quoting import quote


class TokenKind(StrEnum):
    """What a token is; keywords are spelled as they are written."""

    ERROR = "an error of the lexer"
    BOOL = "bool"
    CHAR = "a printable ASCII character that has no other meaning"
    CHAR_CONSTANT = "char constant"
    COMPLEX = "complex"
    ASSIGN = "="
    DECLARE = ":="
    EOF = "EOF"
    FIELD = "field"
    IDENTIFIER = "identifier"
    LEFT_DELIMITER = "left delimiter"
    LEFT_PAREN = "("
    NUMBER = "number"
    PIPE = "|"
    RAW_STRING = "raw string"
    RIGHT_DELIMITER = "right delimiter"
    RIGHT_PAREN = ")"
    SPACE = "space"
    STRING = "string"
    TEXT = "text"
    VARIABLE = "variable"
    BLOCK = "block"
    BREAK = "break"
    CONTINUE = "continue"
    DOT = "."
    DEFINE = "define"
    ELSE = "else"
    END = "end"
    IF = "if"
    NIL = "nil"
    RANGE = "range"
    TEMPLATE = "template"
    WITH = "with"


KEYWORDS: Final = frozenset(
    {
        TokenKind.BLOCK,
        TokenKind.BREAK,
        TokenKind.CONTINUE,
        TokenKind.DOT,
        TokenKind.DEFINE,
        TokenKind.ELSE,
        TokenKind.END,
        TokenKind.IF,
        TokenKind.NIL,
        TokenKind.RANGE,
        TokenKind.TEMPLATE,
        TokenKind.WITH,
    }
)
OPERANDS: Final = frozenset(
    {
        TokenKind.BOOL,
        TokenKind.CHAR_CONSTANT,
        TokenKind.COMPLEX,
        TokenKind.DOT,
        TokenKind.FIELD,
        TokenKind.IDENTIFIER,
        TokenKind.NUMBER,
        TokenKind.NIL,
        TokenKind.RAW_STRING,
        TokenKind.STRING,
        TokenKind.VARIABLE,
        TokenKind.LEFT_PAREN,
    }
)
"""What may begin a command."""
_SHOWN_CHARS: Final = 10


@dataclass(frozen=True, slots=True)
class Token:
    """One word."""

    kind: TokenKind
    position: int
    """Where it begins, in characters of the text."""
    text: str
    line: int
    """The line that it begins on, counted from one."""

    def __str__(self) -> str:
        """Give what messages call it."""
        if self.kind is TokenKind.EOF:
            return "EOF"
        if self.kind is TokenKind.ERROR:
            return self.text
        if self.kind in KEYWORDS:
            return f"<{self.text}>"
        if len(self.text.encode("utf-8", "surrogateescape")) > _SHOWN_CHARS:
            return quote(self.text[:_SHOWN_CHARS]) + "..."
        return quote(self.text)
