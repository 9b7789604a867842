"""Password: counts that a password can be made of, and the keys that it stands under."""

import string
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from bulkhead_validation.generators.fields import check_secret_key
from bulkhead_validation.generators.home import Home
from bulkhead_validation.node import Node

_DEFAULT_LENGTH: Final = 24
_DEFAULT_SYMBOLS: Final = '~!@#$%^&*()_+`-={}|[]\\:"<>?,./'
_MAX_SECRET_BYTES: Final = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """What a password is made of, defaults filled in."""

    letters: int
    digits: int
    symbols: int
    alphabet: AbstractSet[int]
    """The letters, each a byte."""
    symbol_bytes: bytes
    """As they are written, with those that are written twice."""


def check_password(spec: Node, _: Home) -> None:
    """Look at the spec of a Password.

    Source: ESO, generators/v1/password; go-password, Generate.
    """
    wanted = _wanted(spec)
    _check_counts(spec, wanted)
    _check_symbol_characters(spec)
    if not spec.at("allowRepeat").flag():
        _check_without_repeats(spec, wanted)
    _check_keys(spec.at("secretKeys"))


def _wanted(spec: Node) -> _Wanted:
    length = spec.at("length").integer()
    length = length if length > 0 else _DEFAULT_LENGTH
    digits = spec.at("digits").integer(length // 4)
    symbols = spec.at("symbols").integer(length // 4)
    letters = string.ascii_lowercase if spec.at("noUpper").flag() else string.ascii_letters
    return _Wanted(
        letters=length - digits - symbols,
        digits=digits,
        symbols=symbols,
        alphabet=frozenset(letters.encode()),
        symbol_bytes=(spec.at("symbolCharacters").text() or _DEFAULT_SYMBOLS).encode(errors="replace"),
    )


def _check_counts(spec: Node, wanted: _Wanted) -> None:
    length = spec.at("length")
    if length.integer(_DEFAULT_LENGTH) <= 0:
        length.doubtful(f"is not more than zero, which counts as {_DEFAULT_LENGTH}: write the length that you want")
    if length.integer() > _MAX_SECRET_BYTES:
        length.doubtful("is more than a Secret can hold, which is 1 MiB")
    for name in ("digits", "symbols"):
        if spec.at(name).integer() < 0:
            spec.at(name).doubtful("is less than zero, which makes the password longer by as much: write 0")
    if wanted.letters < 0:
        length.never_works("is less than digits and symbols together: make it longer, or one of them smaller")


def _check_symbol_characters(spec: Node) -> None:
    node = spec.at("symbolCharacters")
    text = node.text()
    if node.present and not text:
        node.doubtful("is empty, which means the usual symbols: write symbols: 0 for none")
    if not text.isascii():
        node.doubtful("has characters beyond ASCII, of which ESO takes single bytes: the password may be no UTF-8")


def _check_without_repeats(spec: Node, wanted: _Wanted) -> None:
    advice = "while allowRepeat is false: allow repeats, or ask for fewer"
    if wanted.letters > len(wanted.alphabet):
        spec.at("length").never_works(f"needs more letters than the alphabet's {len(wanted.alphabet)} {advice}")
    if wanted.digits > len(string.digits):
        spec.at("digits").never_works(f"{_asked(spec, 'digits')} more than the ten that there are {advice}")
    if wanted.symbols > len(wanted.symbol_bytes):
        spec.at("symbols").never_works(f"{_asked(spec, 'symbols')} more than the symbols that there are {advice}")
    elif wanted.symbols > _left_at_best(wanted):
        spec.at("symbolCharacters").never_works(f"has too few different symbols {advice}")
    elif wanted.symbols > _left_at_worst(wanted):
        spec.at("symbolCharacters").doubtful(
            f"has letters or digits, which may all be in the password before its symbols are chosen, {advice}"
        )


def _asked(spec: Node, name: str) -> str:
    return "is" if spec.at(name).present else "is a quarter of the length if it is not given, which is"


def _left_at_best(wanted: _Wanted) -> int:
    # Symbols are drawn last. At best the letters and digits before them are none that are symbols as well.
    letters, digits, others = _overlaps(wanted)
    free_letters = max(0, len(wanted.alphabet) - max(0, wanted.letters))
    free_digits = max(0, len(string.digits) - max(0, wanted.digits))
    return others + min(letters, free_letters) + min(digits, free_digits)


def _left_at_worst(wanted: _Wanted) -> int:
    letters, digits, others = _overlaps(wanted)
    return others + max(0, letters - max(0, wanted.letters)) + max(0, digits - max(0, wanted.digits))


def _overlaps(wanted: _Wanted) -> tuple[int, int, int]:
    """Count the different symbols that are letters, digits and neither."""
    symbols = frozenset(wanted.symbol_bytes)
    letters = len(symbols & wanted.alphabet)
    digits = len(symbols & frozenset(string.digits.encode()))
    return letters, digits, len(symbols) - letters - digits


def _check_keys(keys: Node) -> None:
    seen: set[str] = set()
    for key in keys.items():
        text = key.text()
        if not text:
            key.never_works("is empty: name the key that the password stands under")
        elif text in seen:
            key.never_works("is there already: name each key once")
        else:
            check_secret_key(key, text)
        seen.add(text)
