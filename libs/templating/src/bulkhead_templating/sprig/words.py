"""Tells the words of a name apart as xstrings does: runs of letters, digits, punctuation and what is between them.

Source: github.com/huandu/xstrings 1.5, ToSnakeCase and ToKebabCase.
"""

from dataclasses import dataclass
from enum import Enum, auto

from bulkhead_templating.sprig import letters

_CONNECTORS = "-_"
_BROKEN = "\ufffd"
_FIRST_CJK = "\u3400"
_IDEOGRAPHS = (("\u4e00", "\u9fcc"), ("\u3400", "\u4d85"), ("\U00020000", "\U0002b81d"))


class WordKind(Enum):
    """What a word is made of."""

    INVALID = auto()
    """Nothing, or nothing but broken runes."""
    NUMBER = auto()
    UPPER = auto()
    """It begins with an upper case letter."""
    LETTERS = auto()
    """It begins with another letter."""
    CONNECTOR = auto()
    """White space, `-` and `_`."""
    PUNCTUATION = auto()
    OTHER = auto()
    """Symbols, and letters of scripts that have no words."""


@dataclass(frozen=True, slots=True)
class Word:
    """A piece of a text."""

    kind: WordKind
    text: str


class Words:
    """Gives the words of a text one after another, then invalid ones without a text."""

    def __init__(self, text: str) -> None:
        """Start at the beginning.

        Args:
            text: bytes that are no UTF-8 are lone surrogates.
        """
        self._text = text
        self._position = 0

    @property
    def has_more(self) -> bool:
        """Whether there is text behind the words given so far."""
        return self._position < len(self._text)

    def next(self) -> Word:
        """Give the next word."""
        start = self._position
        rune, after = self._rune(start, _BROKEN)
        kind = _kind_of(rune)
        self._position = self._end(kind, rune, after)
        return Word(kind, self._text[start : self._position])

    def _rune(self, position: int, previous: str) -> tuple[str, int]:
        """Give the next rune that is not broken and where it ends; the previous one where there is none."""
        while position < len(self._text):
            rune = self._text[position]
            position += 1
            if not is_broken(rune):
                return rune, position
        return previous, position

    def _end(self, kind: WordKind, rune: str, position: int) -> int:
        if kind is WordKind.INVALID:
            return position
        if kind is not WordKind.UPPER:
            return self._run(kind, rune, position)
        if position >= len(self._text):
            return position
        second, after = self._rune(position, rune)
        if letters.is_upper(second):
            return self._capitals(second, position, after)
        return self._run(WordKind.LETTERS, second, after) if is_alphabetic(second) else position

    def _capitals(self, rune: str, start: int, position: int) -> int:
        """Give where a run of capitals ends; the last one belongs to a word of small letters that follows it."""
        last = start
        while position < len(self._text):
            rune, after = self._rune(position, rune)
            if not letters.is_upper(rune):
                return last if is_alphabetic(rune) else position
            last, position = position, after
        return position

    def _run(self, kind: WordKind, rune: str, position: int) -> int:
        while position < len(self._text):
            rune, after = self._rune(position, rune)
            if not _continues(kind, rune):
                return position
            position = after
        return position


def is_broken(rune: str) -> bool:
    """Say whether a rune is U+FFFD or stands for a byte that is no UTF-8."""
    return rune == _BROKEN or "\ud800" <= rune <= "\udfff"


def is_connector(rune: str) -> bool:
    """Say whether a rune is between the words of a name."""
    return rune in _CONNECTORS or letters.is_space(rune)


def is_alphabetic(rune: str) -> bool:
    """Say whether a rune is a letter of a script that has words."""
    if not letters.is_letter(rune):
        return False
    return rune < _FIRST_CJK or not any(first <= rune <= last for first, last in _IDEOGRAPHS)


def _kind_of(rune: str) -> WordKind:
    if rune == _BROKEN:
        return WordKind.INVALID
    if is_connector(rune):
        return WordKind.CONNECTOR
    if letters.is_punctuation(rune):
        return WordKind.PUNCTUATION
    if letters.is_upper(rune):
        return WordKind.UPPER
    if is_alphabetic(rune):
        return WordKind.LETTERS
    return WordKind.NUMBER if letters.is_number(rune) else WordKind.OTHER


def _continues(kind: WordKind, rune: str) -> bool:
    match kind:
        case WordKind.CONNECTOR:
            return is_connector(rune)
        case WordKind.PUNCTUATION:
            return letters.is_punctuation(rune)
        case WordKind.LETTERS:
            return is_alphabetic(rune) and not letters.is_upper(rune)
        case WordKind.NUMBER:
            return letters.is_number(rune)
        case _:
            return not (
                is_connector(rune) or is_alphabetic(rune) or letters.is_number(rune) or letters.is_punctuation(rune)
            )
