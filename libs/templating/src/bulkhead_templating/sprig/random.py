"""What sprig makes of chance: passwords, numbers, identifiers."""

import base64
import string
import uuid
from typing import Final

from bulkhead_templating.environment import Environment
from bulkhead_templating.errors import GoPanicError
from bulkhead_templating.functions import FunctionMap
from bulkhead_templating.kinds import INT, STRING
from bulkhead_templating.numbers import wrapped
from bulkhead_templating.pki.costs import charge_bytes

FUNCTIONS: Final = FunctionMap()

_DIGITS: Final = string.digits
# In the order of their codes, as goutils draws them.
_LETTERS: Final = string.ascii_uppercase + string.ascii_lowercase
_LETTERS_AND_DIGITS: Final = _DIGITS + _LETTERS
_PRINTABLE: Final = "".join(map(chr, range(32, 127)))
_LARGEST_SLICE: Final = 1 << 47
_BYTE_VALUES: Final = 256


def below(environment: Environment, bound: int) -> int:
    """Draw a number from zero up to but not including the bound, each as likely as the others."""
    size = (bound.bit_length() + 7) // 8 + 1
    fair = (1 << 8 * size) // bound * bound
    while (drawn := int.from_bytes(environment.random_bytes(size))) >= fair:
        pass
    return drawn % bound


def _drawn(environment: Environment, alphabet: str, count: int) -> str:
    """Draw characters; as in sprig, a number below zero draws none."""
    if count <= 0:
        return ""
    charge_bytes(environment, count)
    environment.meter.walk(count // 4)
    fair = _BYTE_VALUES // len(alphabet) * len(alphabet)
    made: list[str] = []
    while len(made) < count:
        drawn = environment.random_bytes(count - len(made))
        made.extend(alphabet[byte % len(alphabet)] for byte in drawn if byte < fair)
    return "".join(made)


@FUNCTIONS.function("randAlphaNum", INT, returns=STRING, with_environment=True)
def rand_alpha_num(environment: Environment, count: int) -> str:
    """Draw letters and digits."""
    return _drawn(environment, _LETTERS_AND_DIGITS, count)


@FUNCTIONS.function("randAlpha", INT, returns=STRING, with_environment=True)
def rand_alpha(environment: Environment, count: int) -> str:
    """Draw letters."""
    return _drawn(environment, _LETTERS, count)


@FUNCTIONS.function("randAscii", INT, returns=STRING, with_environment=True)
def rand_ascii(environment: Environment, count: int) -> str:
    """Draw printable characters, blank included."""
    return _drawn(environment, _PRINTABLE, count)


@FUNCTIONS.function("randNumeric", INT, returns=STRING, with_environment=True)
def rand_numeric(environment: Environment, count: int) -> str:
    """Draw digits."""
    return _drawn(environment, _DIGITS, count)


@FUNCTIONS.function("randBytes", INT, returns=STRING, with_environment=True)
def rand_bytes(environment: Environment, count: int) -> str:
    """Draw bytes and give them as base64."""
    if count < 0 or count > _LARGEST_SLICE:
        raise GoPanicError("runtime error: makeslice: len out of range", is_public=True)
    charge_bytes(environment, count * 2)
    return base64.b64encode(environment.random_bytes(count)).decode()


@FUNCTIONS.function("randInt", INT, INT, returns=INT, with_environment=True)
def rand_int(environment: Environment, low: int, high: int) -> int:
    """Draw a number from `low` up to but not including `high`."""
    count = wrapped(high - low)
    if count <= 0:
        raise GoPanicError("invalid argument to Intn", is_public=True)
    return wrapped(below(environment, count) + low)


@FUNCTIONS.function("shuffle", STRING, returns=STRING, with_environment=True)
def shuffle(environment: Environment, text: str) -> str:
    """Put the characters of a text in another order; bytes that are no UTF-8 become U+FFFD, as in Go."""
    charge_bytes(environment, len(text) * 16)
    environment.meter.walk(2 * len(text))
    runes = ["\ufffd" if "\ud800" <= rune <= "\udfff" else rune for rune in text]
    for place in range(len(runes) - 1, 0, -1):
        other = below(environment, place + 1)
        runes[place], runes[other] = runes[other], runes[place]
    return "".join(runes)


@FUNCTIONS.function("uuidv4", returns=STRING, with_environment=True)
def uuidv4(environment: Environment) -> str:
    """Draw a UUID."""
    return str(uuid.UUID(bytes=environment.random_bytes(16), version=4))
