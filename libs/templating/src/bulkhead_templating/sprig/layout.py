"""Functions of sprig that lay a text out: indentation, line width, abbreviation. They count bytes, as Go does.

Source: github.com/Masterminds/sprig v3, strings.go; github.com/Masterminds/goutils 1.1, Wrap and Abbreviate.
"""

from bulkhead_templating.environment import Environment
from bulkhead_templating.functions import FunctionMap
from bulkhead_templating.kinds import INT, STRING
from bulkhead_templating.limits import Meter
from bulkhead_templating.sprig.slices import panic
from bulkhead_templating.text import bytes_of, text_of

FUNCTIONS = FunctionMap()

_DOTS = b"..."
# The shortest widths that leave room for dots at one end, and at both.
_MIN_WIDTH = 4
_MIN_WIDTH_BOTH = 7


@FUNCTIONS.function("indent", INT, STRING, returns=STRING, with_environment=True)
def indent(environment: Environment, spaces: int, text: str) -> str:
    """Put so many spaces before each line."""
    if spaces < 0:
        panic("strings: negative Repeat count")
    environment.meter.allocate(len(text) + spaces * (text.count("\n") + 1))
    padding = " " * spaces
    return padding + text.replace("\n", "\n" + padding)


@FUNCTIONS.function("nindent", INT, STRING, returns=STRING, with_environment=True)
def nindent(environment: Environment, spaces: int, text: str) -> str:
    """Put so many spaces before each line, and a new line before all."""
    return "\n" + indent(environment, spaces, text)


@FUNCTIONS.function("wrap", INT, STRING, returns=STRING, with_environment=True)
def wrap(environment: Environment, width: int, text: str) -> str:
    """Break lines at spaces; words that are longer than a line stay whole."""
    return text_of(_wrapped(bytes_of(text), width, b"\n", environment.meter, breaks_words=False))


@FUNCTIONS.function("wrapWith", INT, STRING, STRING, returns=STRING, with_environment=True)
def wrap_with(environment: Environment, width: int, line_end: str, text: str) -> str:
    """Break lines at spaces and, where words are longer than a line, within them."""
    return text_of(_wrapped(bytes_of(text), width, bytes_of(line_end) or b"\n", environment.meter, breaks_words=True))


@FUNCTIONS.function("abbrev", INT, STRING, returns=STRING)
def abbrev(width: int, text: str) -> str:
    """Cut a text down to a width that ends in dots."""
    return text if width < _MIN_WIDTH else text_of(_abbreviated(bytes_of(text), 0, width))


@FUNCTIONS.function("abbrevboth", INT, INT, STRING, returns=STRING)
def abbrevboth(left: int, width: int, text: str) -> str:
    """Cut a text down to a width, with dots for what is cut off at the left and at the right."""
    if width < _MIN_WIDTH or (left > 0 and width < _MIN_WIDTH_BOTH):
        return text
    return text_of(_abbreviated(bytes_of(text), left, width))


def _wrapped(text: bytes, width: int, line_end: bytes, meter: Meter, *, breaks_words: bool) -> bytes:
    width = max(width, 1)
    lines: list[bytes] = []
    start = 0
    while len(text) - start > width:
        meter.step()
        if text[start : start + 1] == b" ":
            start += 1
            continue
        end, next_start = _line(text, start, width, breaks_words=breaks_words)
        if end == len(text):
            break
        meter.allocate(end - start + len(line_end))
        lines.append(text[start:end] + line_end)
        start = next_start
    return b"".join(lines) + text[start:]


def _line(text: bytes, start: int, width: int, *, breaks_words: bool) -> tuple[int, int]:
    """Give where a line ends and where the next one starts; the end of the text if there is no next one."""
    space = text.rfind(b" ", start, start + width + 1)
    if space >= 0:
        return space, space + 1
    if breaks_words:
        return start + width, start + width
    space = text.find(b" ", start + width)
    return (space, space + 1) if space >= 0 else (len(text), len(text))


def _abbreviated(text: bytes, left: int, width: int) -> bytes:
    if len(text) <= width:
        return text
    kept = width - len(_DOTS)
    left = min(left, len(text) - kept)
    # Dots would not be shorter than what they stand for.
    if left <= len(_DOTS) + 1:
        return text[:kept] + _DOTS
    if left + kept < len(text):
        return _DOTS + _abbreviated(text[left:], 0, kept)
    return _DOTS + text[len(text) - kept :]
