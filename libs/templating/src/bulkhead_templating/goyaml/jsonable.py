"""Keys and texts of YAML as JSON has them.

Source: sigs.k8s.io/yaml, convertToJSONableObject; Go, package encoding/json, Marshal.
"""

from typing import Final

from bulkhead_templating.float_digits import float_text
from bulkhead_templating.goyaml.read_error import YamlReadError
from bulkhead_templating.limits import Meter
from bulkhead_templating.numbers import rounded_to_32
from bulkhead_templating.printing import sprintf
from bulkhead_templating.text import text_of
from bulkhead_templating.values import type_of

# Bytes of `!!binary` that are no UTF-8.
_STRAY: Final = dict.fromkeys(range(0xDC80, 0xDD00), "\ufffd")


def json_text(text: str, meter: Meter) -> str:
    """Give a text with U+FFFD for each byte that is no UTF-8.

    Raises:
        LimitError: it is not all ASCII, so that it is a new one, and that is one too many.
    """
    if text.isascii():
        return text
    meter.allocate(len(text))
    return text_of(text.encode("utf-8", "surrogateescape")).translate(_STRAY)


def json_key(key: object, value: object, meter: Meter) -> str:
    """Give the text that a key becomes.

    Raises:
        YamlReadError: it becomes none; the message is Go's and quotes the value as well.
    """
    match key:
        case str():
            return json_text(key, meter)
        case bool():
            return "true" if key else "false"
        case float():
            text = short_float(key)
            return {"+Inf": ".inf", "-Inf": "-.inf", "NaN": ".nan"}.get(text, text)
        case int() if type(key) is int:
            return str(key)
        case _:
            kind = "%!s(<nil>)" if key is None else type_of(key).name
            raise YamlReadError(
                sprintf("unsupported map key of type: %s, key: %+#v, value: %+#v", kind, key, value, meter=meter),
                unquoted="expected a string, a boolean, an int64 or a float64 as the key of a map",
            )


def short_float(number: float) -> str:
    """Write a float with as many digits as a float32 needs, as keys and strings have it."""
    return float_text(rounded_to_32(number), "g", None, 32)
