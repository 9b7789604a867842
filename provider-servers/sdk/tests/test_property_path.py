"""Property paths: what they refuse, what they cost, and the styles in which fields come."""

import json
import time
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bulkhead_api.errors import InvalidRefError, InvalidValueError, ProviderError
from bulkhead_provider_sdk.property_path import (
    MAX_DEPTH,
    MAX_PATH_BYTES,
    decoded_fields,
    go_json,
    literal_or_path,
    property_from_json,
    raw_fields,
)

CANARY = "canary-value"

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=3), children, max_size=4),
    max_leaves=12,
)
PATHS = st.text(alphabet='ab01.|#()[]{}*?\\"@!:,=<>%~-e ', max_size=40) | st.lists(
    st.sampled_from(
        ["a", "#", "#(a)", "#(a=1)#", "*", "@this", "@dig:a", "@flatten", "[a,b]", "{a}", "!1", "..", "@keys"]
    ),
    max_size=8,
).map(".".join)


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(f'{{"a":"{CANARY}"'.encode(), id="cut-short"),
        pytest.param(CANARY.encode(), id="plain-text"),
        pytest.param(b'{"a":"\xff' + CANARY.encode() + b'"}', id="not-utf-8"),
        pytest.param(b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), id="nested-too-deeply"),
        pytest.param(b"[" * 100_000 + b"]" * 100_000, id="nested-beyond-all-measure"),
    ],
)
def test_document_is_refused_without_a_word_of_it(document: bytes) -> None:
    with pytest.raises(InvalidValueError) as refused:
        property_from_json(document, "a")
    assert CANARY not in refused.value.message
    assert refused.value.__cause__ is None
    assert refused.value.__context__ is None


def test_document_as_deep_as_allowed_can_be_walked_dug_and_encoded() -> None:
    document = b'{"a":' * (MAX_DEPTH - 1) + b'["x"]' + b"}" * (MAX_DEPTH - 1)
    assert property_from_json(document, ".".join(["a"] * (MAX_DEPTH - 1) + ["0"])) == b"x"
    assert property_from_json(document, "@dig:0") == b'["x"]'
    assert go_json(document) == document


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("a" * (MAX_PATH_BYTES + 1), id="too-long"),
        pytest.param("\u20ac" * (MAX_PATH_BYTES // 2), id="too-long-in-bytes"),
        pytest.param("\ud800", id="not-unicode"),
        pytest.param("[" * 40 + "a" + "]" * 40, id="nested-too-deeply"),
        pytest.param("@dig:" * 40 + "a", id="modifiers-nested-too-deeply"),
        pytest.param("|".join(["[@this,@this]"] * 60), id="doubles-the-value-again-and-again"),
        pytest.param("|".join(["@tostr"] * 100), id="escapes-the-escapes-again-and-again"),
        pytest.param("@dig:" * 20 + "@dig:@this", id="digs-in-what-was-dug"),
    ],
)
def test_path_is_refused_when_it_asks_for_too_much(path: str) -> None:
    document = b'{"a":{"b":{"c":[{"d":"e"},"\\"f\\"",[[[[[[1]]]]]]]}}}'
    with pytest.raises(InvalidRefError):
        property_from_json(document, path)


def test_wildcards_take_no_exponential_time() -> None:
    document = json.dumps({"a" * 2000: 1, "list": ["a" * 2000]}).encode()
    started = time.monotonic()
    assert property_from_json(document, "*a" * 100 + "*b") is None
    assert property_from_json(document, 'list.#(%"' + "*a" * 100 + '*b")') is None
    # A matcher that tries every split would need longer than the universe has lasted.
    assert time.monotonic() - started < 10


@pytest.mark.parametrize(
    ("path", "want"),
    [
        pytest.param("a.b", b"literal", id="takes-the-key-with-dots-first"),
        pytest.param("a.c", b"nested", id="falls-back-to-the-path"),
        pytest.param("plain", b"plain", id="takes-a-key-without-dots"),
        pytest.param("a.d", None, id="finds-nothing"),
        pytest.param("n.ull", b"", id="takes-a-null-under-a-key-with-dots"),
    ],
)
def test_literal_or_path(path: str, want: bytes | None) -> None:
    document = b'{"a":{"b":"path","c":"nested"},"a.b":"literal","plain":"plain","n.ull":null,"n":{"ull":1}}'
    assert literal_or_path(document, path) == want


def test_decoded_fields_are_text_and_keep_every_digit_of_an_integer() -> None:
    document = (
        b'{"s":"x\\n","t":true,"n":null,"i":12345678901234567890,"f":1.50,"e":1e3,"o":{"b" : "<", "a":1.50},"l":[ 1 ]}'
    )
    assert decoded_fields(document) == {
        "s": b"x\n", "t": b"true", "n": b"", "i": b"12345678901234567890", "f": b"1.5", "e": b"1000",
        "o": b'{"a":1.50,"b":"\\u003c"}', "l": b"[1]",
    }  # fmt: skip


@pytest.mark.parametrize("document", [b"[]", b'"x"', b"null", b"1", b"{", b"", b"\xff"])
@pytest.mark.parametrize("read", [raw_fields, decoded_fields])
def test_fields_of_anything_but_an_object_are_refused(read: type, document: bytes) -> None:
    with pytest.raises(InvalidValueError):
        read(document)


@pytest.mark.slow
@given(
    document=st.binary(max_size=60) | JSON_VALUES.map(lambda value: json.dumps(value).encode()), path=PATHS | st.text()
)
@example(document=b'"\\ud800"', path="@this")
@example(document=b'["\\udc00\\ud83d"]', path="@dig:@tostr")
def test_property_path_gives_bytes_or_a_typed_error_whatever_it_gets(document: bytes, path: str) -> None:
    # Anything but a ProviderError goes through and fails the test.
    with suppress(ProviderError):
        found = property_from_json(document, path)
        assert found is None or isinstance(found, bytes)


@pytest.mark.slow
@given(st.dictionaries(st.text(), JSON_VALUES, max_size=5))
def test_fields_and_encoding_agree_with_the_standard_library(value: dict[str, object]) -> None:
    document = json.dumps(value, indent=1).encode()
    assert json.loads(go_json(document)) == value
    assert raw_fields(document).keys() == decoded_fields(document).keys() == value.keys()
    assert all(raw_fields(document)[key].decode() == text for key, text in value.items() if isinstance(text, str))


@pytest.mark.slow
@given(st.dictionaries(st.text(alphabet="abc", min_size=1), JSON_VALUES, min_size=1))
def test_plain_keys_are_found_with_their_own_slice_of_the_document(value: dict[str, object]) -> None:
    document = json.dumps(value, indent=1).encode()
    for key, member in value.items():
        found = property_from_json(document, key)
        assert found is not None
        if isinstance(member, list | dict):
            assert json.loads(found) == member
            assert found in document
