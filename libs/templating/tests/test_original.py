"""Templates give what Go gave; tests/differential/template/record.py wrote its answers."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bulkhead_templating import (
    Delimiters,
    Environment,
    FunctionMap,
    GoPanicError,
    LimitError,
    MissingKey,
    TemplateError,
    TemplateFunctionError,
    parse,
)
from bulkhead_templating.kinds import (
    ANY,
    ANY_MAP,
    ANY_SLICE,
    BOOL,
    COMPLEX128,
    ERROR,
    FLOAT32,
    FLOAT64,
    INT,
    INT8,
    INT64,
    STRING,
    STRING_SLICE,
    UINT8,
)
from bulkhead_templating.numbers import SIZED
from bulkhead_templating.printing import sprint, sprintf
from bulkhead_templating.text import bytes_of, text_of
from bulkhead_templating.values import GoError, TypedMap, TypedSlice

HERE = Path(__file__).parent
CASES: list[dict[str, Any]] = [
    json.loads(line) for path in sorted(HERE.glob("*_answers.jsonl")) for line in path.read_text().splitlines()
]
WORLDS: dict[str, Any] = json.loads((HERE / "worlds.json").read_text())

FUNCTIONS = FunctionMap()
FUNCTIONS.function("shout", STRING, returns=STRING)(lambda text: text + "!")
FUNCTIONS.function("plus", INT, INT, returns=INT)(lambda left, right: left + right)
FUNCTIONS.function("half", FLOAT64, returns=FLOAT64)(lambda number: number / 2)
FUNCTIONS.function("invert", BOOL, returns=BOOL)(lambda flag: not flag)
FUNCTIONS.function("tiny", INT8, returns=INT8)(lambda number: number)
FUNCTIONS.function("octet", UINT8, returns=UINT8)(lambda number: number)
FUNCTIONS.function("wide", INT64, returns=INT64)(lambda number: number)
FUNCTIONS.function("single", FLOAT32, returns=FLOAT32)(lambda number: number)
FUNCTIONS.function("plane", COMPLEX128, returns=COMPLEX128)(lambda number: number)
FUNCTIONS.function("many", STRING, variadic=INT, returns=STRING)(
    lambda first, *rest: sprint(first, TypedSlice(INT, rest))
)
FUNCTIONS.function("list", variadic=ANY, returns=ANY_SLICE)(lambda *items: list(items))
FUNCTIONS.function("words", variadic=STRING, returns=STRING_SLICE)(lambda *items: TypedSlice(STRING, items))
FUNCTIONS.function("size", ANY_MAP, returns=INT)(len)
FUNCTIONS.function("count", ANY_SLICE, returns=INT)(len)
FUNCTIONS.function("nothing")(lambda: None)
FUNCTIONS.function("same", ANY)(lambda value: value)
FUNCTIONS.function("tree")(lambda: {"a": {"b": 1}})


@FUNCTIONS.function("explode", STRING, returns=STRING)
def explode(text: str) -> str:
    raise GoPanicError(text)


@FUNCTIONS.function("describe", ERROR, returns=STRING)
def describe(error: GoError | None) -> str:
    if error is None:
        raise GoPanicError("runtime error: invalid memory address or nil pointer dereference")
    return error.message


@FUNCTIONS.function("refuse", STRING, returns=STRING)
def refuse(text: str) -> str:
    raise TemplateFunctionError(text)


def go_string(text: str) -> str:
    """Make the byte 0xNN of each rune U+F7NN, which stands for bytes that are not UTF-8 in a case."""
    stray = (bytes([ord(rune) - 0xF700]) if "\uf700" <= rune <= "\uf7ff" else rune.encode() for rune in text)
    return text_of(b"".join(stray))


def number_of(kind: str, value: object) -> object:
    if kind in ("float64", "complex128"):
        return float(str(value)) if kind == "float64" else complex(str(value).replace("i", "j"))
    (sized,) = (sized for sized in SIZED if sized.go_type.name == kind)
    return sized(float(str(value)) if kind == "float32" else int(str(value)))


TYPED: dict[str, Callable[[Any], object]] = {
    "[]string": lambda items: TypedSlice(STRING, map(go_value, items)),
    "[]int": lambda items: TypedSlice(INT, items),
    "map[string]string": lambda items: TypedMap(STRING, STRING, go_value(items)),
    "map[string]int": lambda items: TypedMap(STRING, INT, items),
    "map[int]string": lambda items: TypedMap(INT, STRING, {int(key): item for key, item in items.items()}),
    "[]uint8": bytes.fromhex,
    "error": GoError,
}


def go_value(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Decode the data of a case; the opposite of values.go."""
    match value:
        case str():
            return go_string(value)
        case list():
            return [go_value(item) for item in value]
        case {"go": str() as kind, "value": inner} if len(value) == 2:
            return TYPED[kind](inner) if kind in TYPED else number_of(kind, inner)
        case dict():
            return {key: go_value(item) for key, item in value.items()}
        case _:
            return value


def as_json_of_go(text: str) -> str:
    """Put U+FFFD for each byte that is no UTF-8, where Python takes several of one rune together."""
    return "".join("\ufffd" if "\udc80" <= rune <= "\udcff" else rune for rune in text_of(bytes_of(text)))


def outcome(case: dict[str, Any]) -> dict[str, str]:
    """Answer a case as main.go does."""
    if "template" not in case:
        data = bytes_of(sprintf(go_string(case["layout"]), *go_value(case["arguments"])))
    else:
        try:
            data = rendered(case)
        except LimitError:
            raise  # Go has no bounds, so this is no answer
        except TemplateError as error:
            return {"error": as_json_of_go(str(error))}
    try:
        return {"result": data.decode()}
    except UnicodeDecodeError:
        return {"hex": data.hex()}


def rendered(case: dict[str, Any]) -> bytes:
    template = parse(
        "t",
        go_string(case["template"]),
        functions=FUNCTIONS,
        delimiters=Delimiters(left=case.get("left", ""), right=case.get("right", "")),
    )
    return template.execute(
        go_value(WORLDS[case["world"]] if "world" in case else case.get("data")),
        functions=FUNCTIONS,
        environment=Environment(now_ns=0, random_bytes=bytes),
        missing_key=MissingKey(case.get("missing_key", "default")),
    )


@pytest.mark.parametrize("case", [pytest.param(case, id=str(number)) for number, case in enumerate(CASES)])
def test_original_gives_the_same(case: dict[str, Any]) -> None:
    assert outcome(case) == case["answer"]


def test_there_are_enough_cases_to_speak_of_agreement() -> None:
    assert len(CASES) >= 500
    assert sum("layout" in case for case in CASES) >= 150
