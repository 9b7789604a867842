"""What decoding says of its mistakes, gives back of texts that are no YAML, and costs."""

import json
from collections.abc import Callable
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkhead_templating import DepthLimitError, LimitError, Limits, MemoryLimitError, Meter
from bulkhead_templating.kubeyaml.decoding import YamlDecodeError, any_value, any_value_or_text, string_map
from bulkhead_templating.kubeyaml.json_value import Json

# YAML has no escapes for the halves of a rune beyond U+FFFF, which JSON has.
_JSON_TEXTS: Final = st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"]))

_Decoder = Callable[..., object]
_BOTH: Final = pytest.mark.parametrize("decode", [string_map, any_value])
# Without other nodes, that many from aliases would be refused as excessive.
_PADDING: Final = f"padding: [{'x,' * 20_000}]\n"


def _mistake(decode: _Decoder, text: str) -> YamlDecodeError | None:
    try:
        decode(text.encode(), meter=Meter())
    except YamlDecodeError as error:
        return error
    return None


@pytest.mark.parametrize(
    ("decode", "text", "message"),
    [
        pytest.param(string_map, "a: 1\nb: [x]\n", "line 2: expected a scalar as the value of a key", id="a-list"),
        pytest.param(string_map, "a: 1\nb:\n  c: x\n", "line 3: expected a scalar as the value of a key", id="a-map"),
        pytest.param(string_map, "x", "line 1: expected a map of strings", id="a-text"),
        pytest.param(
            string_map, "<<: {a: [x]}", "expected a scalar as the value of a key", id="a-list-that-comes-by-a-merge"
        ),
        pytest.param(
            string_map,
            "a: 1\n~: x\n",
            "line 2: expected a string, a boolean, an int64 or a float64 as the key of a map",
            id="a-key-that-is-null",
        ),
        pytest.param(any_value, "a: [x]\nb: *x\n", "line 2: expected an anchor before its alias", id="an-alias"),
        pytest.param(any_value, "a: &x [*x]\n", "line 1: the value of an anchor contains itself", id="a-circle"),
        pytest.param(any_value, "a: 1\nb: !!int x\n", "line 2: expected a !!int", id="a-value-unlike-its-tag"),
        pytest.param(any_value, "a: '.inf'\nb:\n- .inf\n", "line 3: expected a finite number", id="an-infinite-number"),
        pytest.param(any_value, "a: 1\n? [x]\n: 1", "line 2: expected a scalar as the key of a map", id="a-key"),
        pytest.param(any_value, "a: 1\nb\n", "line 3: could not find expected ':'", id="a-line-that-is-no-member"),
        pytest.param(any_value, "{a: x?}", "line 1: did not find expected ',' or '}'", id="a-question-mark"),
        pytest.param(
            any_value, b"ab\xff", "position 2: expected characters that YAML allows, in UTF-8", id="a-byte-of-no-utf-8"
        ),
    ],
)
def test_a_mistake_is_told_with_its_place(decode: _Decoder, text: str | bytes, message: str) -> None:
    with pytest.raises(YamlDecodeError) as caught:
        decode(text if isinstance(text, bytes) else text.encode(), meter=Meter())
    assert str(caught.value) == message


@_BOTH
@given(st.text(st.sampled_from("\n\t :-,?[]{}#&*!|>'\"%@`<=~.1\\/é")), st.text(st.sampled_from("\n :-[]{}&*!'\"\\")))
def test_a_mistake_never_quotes_the_text(decode: _Decoder, before: str, after: str) -> None:
    mistake = _mistake(decode, f"{before}s3cr3t{after}")
    assert mistake is None or "s3cr3t" not in str(mistake)
    assert mistake is None or mistake.__context__ is None


@given(st.integers(-(1 << 65), 1 << 65))
def test_a_whole_number_is_an_integer_where_it_fits_one(number: int) -> None:
    decoded = any_value(f"- {number}".encode(), meter=Meter())
    if -(1 << 63) <= number < 1 << 63:
        assert decoded == [number]
        assert isinstance(decoded, list)
        assert isinstance(decoded[0], int)
    elif 0 < number < 1 << 64:
        assert decoded == [float(number)]


# A key of more than 1,024 characters, escapes counted, is none for Go either.
@given(st.dictionaries(_JSON_TEXTS.filter(lambda key: len(json.dumps(key)) <= 1_024), _JSON_TEXTS))
def test_texts_in_json_are_themselves(members: dict[str, str]) -> None:
    assert string_map(json.dumps(members).encode(), meter=Meter()) == {
        key: value.encode() for key, value in members.items()
    }


@pytest.mark.parametrize(
    ("text", "want"),
    [
        pytest.param(b"[1, x]", [1, "x"], id="yaml"),
        pytest.param(b"", None, id="nothing"),
        pytest.param(b"a: b: c", "a: b: c", id="text-that-is-no-yaml"),
        pytest.param(b"\xff\xc3\xa9", "\ufffdé", id="bytes-that-are-no-utf-8"),
    ],
)
def test_a_text_that_is_no_yaml_is_itself_where_that_is_wanted(text: bytes, want: Json) -> None:
    assert any_value_or_text(text, meter=Meter()) == want


@_BOTH
@pytest.mark.parametrize(
    "text",
    [
        pytest.param("[" * 101, id="depth"),
        pytest.param(f"a: &a {'é' * 30_000}\n" + "".join(f"k{n}: *a\n" for n in range(200)), id="a-long-alias"),
        pytest.param(f"a: &a {'x' * 30_000}\n" + "".join(f"k{n}: *a\n" for n in range(200)), id="a-long-ascii-alias"),
        pytest.param("x" * 300_000, id="length"),
        pytest.param("a: [" + "x," * 40_000 + "]", id="nodes"),
    ],
)
def test_too_much_is_refused(decode: _Decoder, text: str) -> None:
    with pytest.raises(LimitError):
        decode(text.encode(), meter=Meter(Limits(memory_bytes=4_000_000, steps=30_000)))


@_BOTH
def test_aliases_of_aliases_are_refused(decode: _Decoder) -> None:
    bomb = "a0: &a0 [x, x]\n" + "".join(f"a{n + 1}: &a{n + 1} [*a{n}, *a{n}]\n" for n in range(40))
    with pytest.raises((LimitError, YamlDecodeError)):
        decode(bomb.encode(), meter=Meter())


@_BOTH
@pytest.mark.parametrize(
    ("first", "link"),
    [
        pytest.param("[x]", "[*a{}]", id="of-lists"),
        pytest.param("{x: 1}", "{{k: *a{}}}", id="of-maps"),
        pytest.param("{x: 1}", "{{<<: *a{}}}", id="of-merges"),
    ],
)
def test_a_chain_of_aliases_is_as_deep_as_what_it_stands_for(decode: _Decoder, first: str, link: str) -> None:
    chain = "".join(f"a{number + 1}: &a{number + 1} {link.format(number)}\n" for number in range(400))
    with pytest.raises(DepthLimitError):
        decode(f"{_PADDING}a0: &a0 {first}\n{chain}".encode(), meter=Meter())


@_BOTH
def test_all_texts_of_a_render_are_charged_to_one_meter(decode: _Decoder) -> None:
    meter = Meter(Limits(memory_bytes=16_000))
    decode(b"a: " + b"x" * 900, meter=meter)
    with pytest.raises(MemoryLimitError):
        decode(b"a: " + b"x" * 900, meter=meter)
