"""Functions of sprig that write a name of several words in another way.

Source: github.com/huandu/xstrings 1.5, ToPascalCase, ToSnakeCase and ToKebabCase.
"""

from bulkhead_templating.environment import Environment
from bulkhead_templating.functions import FunctionMap
from bulkhead_templating.kinds import STRING
from bulkhead_templating.runes import runes_of
from bulkhead_templating.sprig import letters
from bulkhead_templating.sprig.words import Word, WordKind, Words, is_connector

FUNCTIONS = FunctionMap()

_UNJOINED = (WordKind.CONNECTOR, WordKind.PUNCTUATION)


@FUNCTIONS.function("camelcase", STRING, returns=STRING, with_environment=True)
def camelcase(environment: Environment, text: str) -> str:
    """Give a name as `TwoWords`."""
    environment.meter.take_apart(text)
    runes = runes_of(text)
    first = next((index for index, rune in enumerate(runes) if not is_connector(rune)), None)
    if first is None:
        # The last one comes twice, which is a mistake of the original.
        return runes + runes[-1:]
    written = list(runes[:first])
    after_capital = letters.is_upper(runes[first])
    current = letters.to_upper(runes[first])
    for rune in runes[first + 1 :]:
        previous, current = current, rune
        if is_connector(previous) and not is_connector(current):
            after_capital = letters.is_upper(current)
            current = letters.to_upper(current)
            continue
        written.append(previous)
        if after_capital and not is_connector(previous):
            after_capital = letters.is_upper(current)
            current = letters.to_lower(current) if after_capital else current
    return "".join([*written, current])


@FUNCTIONS.function("snakecase", STRING, returns=STRING, with_environment=True)
def snakecase(environment: Environment, text: str) -> str:
    """Give a name as `two_words`."""
    environment.meter.take_apart(text)
    # What a word is made of is asked for each rune several times.
    environment.meter.walk(2 * len(text))
    return _Separated(text, "_").written()


@FUNCTIONS.function("kebabcase", STRING, returns=STRING, with_environment=True)
def kebabcase(environment: Environment, text: str) -> str:
    """Give a name as `two-words`."""
    environment.meter.take_apart(text)
    # What a word is made of is asked for each rune several times.
    environment.meter.walk(2 * len(text))
    return _Separated(text, "-").written()


class _Separated:
    """Writes words in lower case with a connector between them; digits stay with the letters before or after them."""

    def __init__(self, text: str, connector: str) -> None:
        self._words = Words(text)
        self._connector = connector
        self._pieces: list[str] = []

    def written(self) -> str:
        word = self._words.next()
        while self._words.has_more:
            if word.kind is not WordKind.CONNECTOR:
                self._write(word)
            word = self._write_what_follows(word, self._words.next())
        self._write(word)
        return "".join(self._pieces)

    def _write_what_follows(self, previous: Word, word: Word) -> Word:
        """Write what is between two words, and numbers that belong to the first one; give the word to go on with."""
        match previous.kind:
            case WordKind.CONNECTOR:
                self._write(previous)
            case WordKind.PUNCTUATION:
                pass
            case WordKind.NUMBER:
                return self._write_number(word)
            case _ if word.kind is not WordKind.NUMBER:
                self._connect(word)
            case _ if self._words.has_more:
                return self._write_letters_and_number(word)
            case _:
                pass
        return word

    def _write_number(self, word: Word) -> Word:
        """Write small letters and numbers that follow a number without a connector."""
        while word.kind in (WordKind.LETTERS, WordKind.NUMBER):
            self._write(word)
            word = self._words.next()
        if word.kind is not WordKind.INVALID:
            self._connect(word)
        return word

    def _write_letters_and_number(self, number: Word) -> Word:
        """Write a number behind letters: it belongs to them, unless small letters follow it."""
        word = self._words.next()
        if word.kind is WordKind.LETTERS:
            self._pieces.append(self._connector)
            self._write(number)
            return self._write_number(word)
        self._write(number)
        self._connect(word)
        return word

    def _connect(self, word: Word) -> None:
        if word.kind not in _UNJOINED:
            self._pieces.append(self._connector)

    def _write(self, word: Word) -> None:
        if word.kind not in (WordKind.UPPER, WordKind.CONNECTOR):
            self._pieces.append(word.text)
            return
        for rune in runes_of(word.text):
            if is_connector(rune):
                self._pieces.append(self._connector)
            else:
                self._pieces.append(letters.to_lower(rune) if letters.is_upper(rune) else rune)
