"""Functions of sprig that look into one text: searching, cutting, replacing. They count bytes, as Go does.

Source: Go, package strings; github.com/Masterminds/sprig v3, strings.go.
"""

from bulkhead_templating.environment import Environment
from bulkhead_templating.functions import FunctionMap
from bulkhead_templating.kinds import BOOL, INT, STRING
from bulkhead_templating.sprig.letters import SPACES
from bulkhead_templating.sprig.slices import panic
from bulkhead_templating.text import bytes_of, text_of

FUNCTIONS = FunctionMap()

_MAX_INT = (1 << 63) - 1
# The bytes that are no UTF-8 are all the same rune to Go where it looks for runes.
_STRAY_RUNES = "\ufffd" + "".join(chr(code) for code in range(0xDC80, 0xDD00))


@FUNCTIONS.function("contains", STRING, STRING, returns=BOOL)
def contains(part: str, text: str) -> bool:
    """Say whether a part is in the text."""
    return bytes_of(part) in bytes_of(text)


@FUNCTIONS.function("hasPrefix", STRING, STRING, returns=BOOL)
def has_prefix(prefix: str, text: str) -> bool:
    """Say whether the text begins with a prefix."""
    return bytes_of(text).startswith(bytes_of(prefix))


@FUNCTIONS.function("hasSuffix", STRING, STRING, returns=BOOL)
def has_suffix(suffix: str, text: str) -> bool:
    """Say whether the text ends with a suffix."""
    return bytes_of(text).endswith(bytes_of(suffix))


@FUNCTIONS.function("trim", STRING, returns=STRING)
def trim(text: str) -> str:
    """Take white space off both ends."""
    return text.strip(SPACES)


@FUNCTIONS.function("trimAll", STRING, STRING, returns=STRING, with_environment=True)
@FUNCTIONS.function("trimall", STRING, STRING, returns=STRING, with_environment=True)
def trim_all(environment: Environment, runes: str, text: str) -> str:
    """Take runes off both ends."""
    environment.meter.walk(len(runes))
    wanted = set(runes)
    if not wanted.isdisjoint(_STRAY_RUNES):
        wanted.update(_STRAY_RUNES)
    # Each rune at the ends may be looked for among all.
    environment.meter.scan(len(wanted) * len(text))
    # Without any, Python takes white space off.
    return text.strip("".join(wanted)) if wanted else text


@FUNCTIONS.function("trimPrefix", STRING, STRING, returns=STRING)
def trim_prefix(prefix: str, text: str) -> str:
    """Take a prefix off, once."""
    return text_of(bytes_of(text).removeprefix(bytes_of(prefix)))


@FUNCTIONS.function("trimSuffix", STRING, STRING, returns=STRING)
def trim_suffix(suffix: str, text: str) -> str:
    """Take a suffix off, once."""
    return text_of(bytes_of(text).removesuffix(bytes_of(suffix)))


@FUNCTIONS.function("replace", STRING, STRING, STRING, returns=STRING, with_environment=True)
def replace(environment: Environment, old: str, new: str, text: str) -> str:
    """Replace all of one text by another; an empty one is found before each rune and at the end."""
    if old == new:
        return text
    data, removed, added = bytes_of(text), bytes_of(old), bytes_of(new)
    count = data.count(removed) if removed else len(text) + 1
    environment.meter.allocate(len(data) + count * (len(added) - len(removed)))
    return text_of(data.replace(removed, added) if removed else bytes_of(text.replace("", new)))


@FUNCTIONS.function("repeat", INT, STRING, returns=STRING, with_environment=True)
def repeat(environment: Environment, count: int, text: str) -> str:
    """Give a text so many times."""
    if count < 0:
        panic("strings: negative Repeat count")
    data = bytes_of(text)
    if count > 1 and len(data) * count > _MAX_INT:
        panic("strings: Repeat output length overflow")
    environment.meter.allocate(len(data) * count)
    return text_of(data * count) if data else ""


@FUNCTIONS.function("trunc", INT, STRING, returns=STRING)
def trunc(length: int, text: str) -> str:
    """Give the first so many bytes, the last if it is negative."""
    data = bytes_of(text)
    if length < 0:
        return text_of(data[length:]) if len(data) + length > 0 else text
    return text_of(data[:length])


@FUNCTIONS.function("substr", INT, INT, STRING, returns=STRING)
def substr(start: int, end: int, text: str) -> str:
    """Give the bytes from one index to another; a negative start is the beginning, a negative end the end."""
    data = bytes_of(text)
    if start < 0:
        if end < 0:
            panic(f"runtime error: slice bounds out of range [:{end}]")
        if end > len(data):
            panic(f"runtime error: slice bounds out of range [:{end}] with length {len(data)}")
        return text_of(data[:end])
    stop = len(data) if end < 0 or end > len(data) else end
    if start > stop:
        panic(f"runtime error: slice bounds out of range [{start}:{stop}]")
    return text_of(data[start:stop])


@FUNCTIONS.function("plural", STRING, STRING, INT, returns=STRING)
def plural(one: str, many: str, count: int) -> str:
    """Choose between the forms for one and for any other number."""
    return one if count == 1 else many
