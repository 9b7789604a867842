"""JSON as Go reads it into `any`: every number a float64, the last of several equal keys, its own words for mistakes.

Source: Go, package encoding/json, Unmarshal.
"""

import json
import math
import re
from typing import Final, NoReturn

from bulkhead_templating.errors import DepthLimitError
from bulkhead_templating.gojson.syntax import problem_of
from bulkhead_templating.text import bytes_of

_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_SURROGATE_ESCAPE: Final = re.compile(r"\\u[dD][89a-fA-F]")


class JsonReadError(ValueError):
    """A text is no JSON, or a number in it fits no float64; the message is Go's.

    `value` is what Go has read nevertheless: None, or the whole without the numbers that do not fit.
    """

    def __init__(self, message: str, value: object = None) -> None:
        """Keep what was read."""
        super().__init__(message)
        self.value = value


class _ConstantError(ValueError):
    """Python knows numbers that JSON does not."""


def value_from_json(text: str) -> object:
    """Read a value.

    Raises:
        JsonReadError: there is none, or not all of it.
        DepthLimitError: it is nested too deeply to read.
    """
    too_large: list[str] = []

    def number(digits: str) -> float | None:
        value = float(digits)
        if math.isfinite(value):
            return value
        too_large.append(digits)
        return None

    # Bytes that are no UTF-8 become U+FFFD each; outside of strings they are mistakes before and after.
    source = text if text.isascii() else _SURROGATE.sub("\ufffd", text)
    try:
        value: object = json.loads(source, parse_int=number, parse_float=number, parse_constant=_refuse)
    except RecursionError as error:
        raise DepthLimitError("JSON is nested too deeply") from error
    except ValueError:
        raise JsonReadError(problem_of(bytes_of(text))) from None
    if _SURROGATE_ESCAPE.search(source):
        value = _without_halves(value)
    if too_large:
        raise JsonReadError(f"json: cannot unmarshal number {too_large[0]} into Go value of type float64", value)
    return value


def _refuse(name: str) -> NoReturn:
    raise _ConstantError(name)


def _without_halves(value: object) -> object:
    """Replace halves of surrogate pairs, which JSON can write and Go cannot hold."""
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_without_halves(item) for item in value]
    if isinstance(value, dict):
        return {_without_halves(key): _without_halves(item) for key, item in value.items()}
    return value
