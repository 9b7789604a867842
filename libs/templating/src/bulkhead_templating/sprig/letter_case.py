"""Functions of sprig for upper and lower case, without those that tell words apart.

Source: Go, package strings; github.com/Masterminds/goutils 1.1.
"""

from collections.abc import Callable

from bulkhead_templating.environment import Environment
from bulkhead_templating.functions import FunctionMap
from bulkhead_templating.kinds import STRING
from bulkhead_templating.runes import runes_of
from bulkhead_templating.sprig import letters

FUNCTIONS = FunctionMap()


@FUNCTIONS.function("upper", STRING, returns=STRING, with_environment=True)
def upper(environment: Environment, text: str) -> str:
    """Give a text in upper case."""
    if text.isascii():
        return text.upper()
    environment.meter.take_apart(text)
    return letters.joined(map(letters.to_upper, runes_of(text)))


@FUNCTIONS.function("lower", STRING, returns=STRING, with_environment=True)
def lower(environment: Environment, text: str) -> str:
    """Give a text in lower case."""
    if text.isascii():
        return text.lower()
    environment.meter.take_apart(text)
    return letters.joined(map(letters.to_lower, runes_of(text)))


@FUNCTIONS.function("title", STRING, returns=STRING, with_environment=True)
def title(environment: Environment, text: str) -> str:
    """Give a text with the first letter of each word in title case."""
    environment.meter.take_apart(text)
    return _first_changed(text, _separates, letters.to_title, after_last=True)


@FUNCTIONS.function("untitle", STRING, returns=STRING, with_environment=True)
def untitle(environment: Environment, text: str) -> str:
    """Give a text with the first letter of each word in lower case."""
    environment.meter.take_apart(text)
    return _first_changed(text, letters.is_space, letters.to_lower, after_last=False)


@FUNCTIONS.function("swapcase", STRING, returns=STRING, with_environment=True)
def swapcase(environment: Environment, text: str) -> str:
    """Give upper case for lower case and the other way round, but title case at the start of words."""
    environment.meter.take_apart(text)
    swapped: list[str] = []
    starts_word = True
    for rune in runes_of(text):
        if letters.is_upper(rune) or letters.is_title(rune):
            swapped.append(letters.to_lower(rune))
            starts_word = False
        elif letters.is_lower(rune):
            swapped.append(letters.to_title(rune) if starts_word else letters.to_upper(rune))
            starts_word = False
        else:
            swapped.append(rune)
            starts_word = letters.is_space(rune)
    return "".join(swapped)


@FUNCTIONS.function("initials", STRING, returns=STRING, with_environment=True)
def initials(environment: Environment, text: str) -> str:
    """Give the first letter of each word; it takes bytes for runes, so that of a word with an umlaut is not one."""
    environment.meter.take_apart(text)
    found: list[str] = []
    starts_word = True
    for rune in letters.bytes_as_runes(text):
        if letters.is_space(rune):
            starts_word = True
        elif starts_word:
            found.append(rune)
            starts_word = False
    return "".join(found)


@FUNCTIONS.function("nospace", STRING, returns=STRING, with_environment=True)
def nospace(environment: Environment, text: str) -> str:
    """Take white space out; where there is some it takes bytes for runes, so that umlauts do not come through."""
    environment.meter.take_apart(text)
    runes = letters.bytes_as_runes(text)
    kept = [rune for rune in runes if not letters.is_space(rune)]
    return text if len(kept) == len(runes) else "".join(kept)


def _first_changed(
    text: str, separates: Callable[[str], bool], change: Callable[[str], str], *, after_last: bool
) -> str:
    """Change the first rune of each word.

    Args:
        text: the words.
        separates: what is between words.
        change: what to do with the first rune.
        after_last: whether a separator behind a separator is a first rune as well.
    """
    changed: list[str] = []
    starts_word = True
    for rune in runes_of(text):
        separator = separates(rune)
        changed.append(change(rune) if starts_word and (after_last or not separator) else rune)
        starts_word = separator
    return "".join(changed)


def _separates(rune: str) -> bool:
    """Say what is between words to strings.Title: in ASCII all but letters, digits and `_`, beyond it spaces."""
    if rune.isascii():
        return not (rune.isalnum() or rune == "_")
    return letters.is_space(rune)
