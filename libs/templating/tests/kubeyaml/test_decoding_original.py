"""Outputs of templates are decoded as Kubernetes decodes them, answer by recorded answer.

`tests/differential/kubeyaml/record.py` records them.
"""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from bulkhead_templating import Meter
from bulkhead_templating.kubeyaml.decoding import YamlDecodeError, any_value, string_map
from bulkhead_templating.kubeyaml.json_value import Json

_HERE: Final = Path(__file__).parent
_SECRET: Final = "s3cr3t"


def _with_types(value: Json) -> object:
    """Write numbers as tests/differential/kubeyaml/main.go does."""
    match value:
        case dict():
            return {key: _with_types(item) for key, item in value.items()}
        case list():
            return [_with_types(item) for item in value]
        case float():
            return {"float64": value}
        case int() if not isinstance(value, bool):
            return {"int64": str(value)}
        case _:
            return value


def _with_floats(value: object) -> object:
    """Read the digits of floats, which Go and Python write differently."""
    match value:
        case {"float64": str(digits), **others} if not others:
            return {"float64": float(digits)}
        case dict():
            return {key: _with_floats(item) for key, item in value.items()}
        case list():
            return [_with_floats(item) for item in value]
        case _:
            return value


def _strings(text: bytes) -> object:
    return {key: value.decode() for key, value in string_map(text, meter=Meter()).items()}


def _any(text: bytes) -> object:
    return _with_types(any_value(text, meter=Meter()))


_DECODERS: Final[dict[str, Callable[[bytes], object]]] = {"string_map": _strings, "any_value": _any}
_CASES: Final = {
    name: [
        (base64.b64decode(case["text"]), case["answer"])
        for case in map(json.loads, (_HERE / f"{name}_answers.jsonl").read_text().splitlines())
    ]
    for name in _DECODERS
}


def _answer(name: str, text: bytes) -> object:
    try:
        return _DECODERS[name](text)
    except YamlDecodeError:
        return YamlDecodeError


@pytest.mark.parametrize("name", _DECODERS)
def test_texts_are_decoded_as_kubernetes_does(name: str) -> None:
    differing = [
        text
        for text, answer in _CASES[name]
        if _answer(name, text) != (YamlDecodeError if "error" in answer else _with_floats(answer["value"]))
    ]
    assert differing == []


@pytest.mark.parametrize("name", _DECODERS)
def test_there_are_enough_texts_of_both_kinds(name: str) -> None:
    refused = sum("error" in answer for _, answer in _CASES[name])
    assert len(_CASES[name]) - refused >= 250
    assert refused >= 80


@pytest.mark.parametrize("name", _DECODERS)
def test_errors_quote_nothing_and_come_of_nothing_that_does(name: str) -> None:
    for text, answer in _CASES[name]:
        if "error" in answer:
            with pytest.raises(YamlDecodeError) as caught:
                _DECODERS[name](text)
            assert _SECRET not in str(caught.value)
            assert caught.value.__context__ is None
