"""The elements of a layout that say a time zone, each read from the text of a date.

Source: Go, package time, `parse`.
"""

import re
from typing import Final

from bulkhead_templating.gotime.found import BadValueError, Found, RangeError, Readers

READERS: Final = Readers()

_OFFSETS: Final = {
    "-0700": "([+-])(..)(..)()",
    "-07:00": "([+-])(..):(..)()",
    "-07": "([+-])(..)()()",
    "-070000": "([+-])(..)(..)(..)",
    "-07:00:00": "([+-])(..):(..):(..)",
}


@READERS.reads(*_OFFSETS, *(element.replace("-", "Z") for element in _OFFSETS))
def _offset(found: Found, text: str, element: str) -> str:
    if element[0] == "Z" and text[:1] == "Z":
        found.is_utc = True
        return text[1:]
    parts = re.match(_OFFSETS["-" + element[1:]].replace("[+-]", "."), text, re.DOTALL)
    if parts is None:
        raise BadValueError
    numbers = [part or "00" for part in parts.groups()[1:]]
    values = _leading_numbers(numbers)
    for value, limit, what in zip(values, (24, 60, 60), ("hour", "minute", "second"), strict=False):
        if value > limit:
            raise RangeError(f"time zone offset {what}")
    if len(values) < len(numbers) or parts[1] not in "+-":
        raise BadValueError
    hours, minutes, seconds = values
    found.offset_s = ((hours * 60 + minutes) * 60 + seconds) * (-1 if parts[1] == "-" else 1)
    # Go takes this very offset for none.
    if found.offset_s == -1:
        found.offset_s = None
    return text[parts.end() :]


def _leading_numbers(parts: list[str]) -> list[int]:
    """Read numbers of two digits up to the first that is none."""
    numbers = []
    for part in parts:
        if not re.fullmatch("[0-9]{2}", part):
            break
        numbers.append(int(part))
    return numbers


_ABBREVIATION: Final = re.compile("ChST|MeST|(?:[A-Z]{4}T|[A-Z]{3}T|WITA|[A-Z]{3})(?![A-Z])")
_SIGNED_HOURS: Final = re.compile("[+-]0*(?:2[0-3]|1[0-9]|[0-9])(?![0-9])")


@READERS.reads("MST")
def _zone(found: Found, text: str, _element: str) -> str:
    if text[:3] == "UTC":
        found.is_utc = True
        return text[3:]
    if text[:3] == "GMT":
        hours = _SIGNED_HOURS.match(text, 3)
        end = hours.end() if hours else 3
    elif text[:1] in ("+", "-") and len(text) >= 3:
        signed = _SIGNED_HOURS.match(text)
        end = signed.end() if signed else 0
    else:
        name = _ABBREVIATION.match(text)
        end = name.end() if name else 0
    if not end:
        raise BadValueError
    found.zone = text[:end]
    return text[end:]
