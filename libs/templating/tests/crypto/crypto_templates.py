"""Rendering templates with the functions of passwords, keys and certificates, and a few of others that cases need."""

import base64
import json
from pathlib import Path
from typing import Any

from bulkhead_templating import Environment, FunctionMap, LimitError, Limits, Meter, MissingKey, TemplateError, parse
from bulkhead_templating.eso import crypto as eso_crypto
from bulkhead_templating.kinds import STRING
from bulkhead_templating.sprig import every_function as sprig_functions
from bulkhead_templating.text import bytes_of, text_of
from bulkhead_templating.values import TypedMap

HERE = Path(__file__).parent
_RECORDED: dict[str, str] = json.loads((HERE / "fixtures.json").read_text())


def with_bytes(texts: dict[str, str]) -> dict[str, str]:
    """Add to each name that ends in _b64 the bytes under the name without it."""
    return texts | {
        name.removesuffix("_b64"): text_of(base64.b64decode(value))
        for name, value in texts.items()
        if name.endswith("_b64")
    }


FIXTURES = with_bytes(_RECORDED)
NOW_NS = 1_800_000_000_123_456_789

FUNCTIONS = FunctionMap(sprig_functions.FUNCTIONS, eso_crypto.FUNCTIONS)


class Counter:
    """Bytes that count, as those of the program that Go's archives were recorded with."""

    def __init__(self) -> None:
        self._next = 0

    def __call__(self, length: int) -> bytes:
        drawn = bytes((self._next + place) % 256 for place in range(length))
        self._next += length
        return drawn


def environment_of(limits: Limits | None = None) -> Environment:
    return Environment(now_ns=NOW_NS, random_bytes=Counter(), meter=Meter(limits or Limits(steps=100_000_000)))


def render(template: str, data: dict[str, str] | None = None, *, limits: Limits | None = None) -> bytes:
    parsed = parse("t", template, functions=FUNCTIONS, meter=Meter(limits))
    return parsed.execute(
        TypedMap(STRING, STRING, FIXTURES if data is None else with_bytes(data)),
        functions=FUNCTIONS,
        environment=environment_of(limits),
        missing_key=MissingKey.ERROR,
    )


def text(template: str, data: dict[str, str] | None = None) -> str:
    return render(template, data).decode()


def as_json_of_go(text: str) -> str:
    """Put U+FFFD for each byte that is no UTF-8, where Python takes several of one rune together."""
    return "".join("\ufffd" if "\udc80" <= rune <= "\udcff" else rune for rune in text_of(bytes_of(text)))


def outcome(case: dict[str, Any]) -> dict[str, str]:
    """Answer a case as main.go does."""
    try:
        made = render(case["template"], case.get("data"))
    except LimitError:
        raise  # Go has no bounds, so this is no answer
    except TemplateError as error:
        return {"error": as_json_of_go(str(error))}
    try:
        return {"result": made.decode()}
    except UnicodeDecodeError:
        return {"hex": made.hex()}
