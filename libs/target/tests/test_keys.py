"""Names and values between the provider's answer and the target."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkhead_api.decoding_strategy import DecodingStrategy
from bulkhead_api.external_secret import ConversionStrategy, Find, NullBytePolicy, RemoteRef
from bulkhead_api.secret_value import SecretValue
from bulkhead_target.keys import (
    KeyValueError,
    check_secret_keys,
    convert_key,
    convert_keys,
    decode_value,
    duplicate_keys,
    entries_from_fields,
    quoted,
    validate_keys,
    value_from_data,
)

MARK = b"mark-of-a-secret"


def values(**fields: bytes) -> dict[str, SecretValue]:
    return {name: SecretValue(value) for name, value in fields.items()}


@pytest.mark.parametrize(
    ("name", "strategy", "want"),
    [
        pytest.param("a-b.c_D9", ConversionStrategy.DEFAULT, "a-b.c_D9", id="allowed-runes-stay"),
        pytest.param("a b/c", ConversionStrategy.DEFAULT, "a_b_c", id="others-become-underscores"),
        pytest.param("a b/c", ConversionStrategy.UNICODE, "a_U0020_b_U002f_c", id="others-become-codes"),
        pytest.param("\U0001f511", ConversionStrategy.UNICODE, "_U1f511_", id="long-codes-are-not-cut"),
        pytest.param("ключ", ConversionStrategy.DEFAULT, "ключ", id="letters-of-any-script-stay"),
        pytest.param("x²", ConversionStrategy.DEFAULT, "x²", id="numbers-of-any-kind-stay"),
        pytest.param("", ConversionStrategy.DEFAULT, "", id="empty-stays"),
    ],
)
def test_convert_key(name: str, strategy: ConversionStrategy, want: str) -> None:
    assert convert_key(name, strategy) == want


def test_convert_keys_refuses_two_names_that_become_one_key() -> None:
    with pytest.raises(KeyValueError, match='fields "a b" and "a_b" both become the key "a_b"'):
        convert_keys({"a_b": SecretValue(MARK), "a b": SecretValue(MARK)}, ConversionStrategy.DEFAULT)


def test_convert_keys_keeps_names_apart_by_their_codes() -> None:
    converted = convert_keys({"a_b": SecretValue(b"1"), "a b": SecretValue(b"2")}, ConversionStrategy.UNICODE)
    assert sorted(converted) == ["a_U0020_b", "a_b"]


@given(st.text(max_size=30), st.sampled_from(ConversionStrategy))
def test_a_converted_key_holds_only_runes_that_validation_allows(name: str, strategy: ConversionStrategy) -> None:
    key = convert_key(name, strategy)
    assert validate_keys({key: SecretValue(b"")}) == ({key: SecretValue(b"")} if key else {})


def test_validate_keys_drops_the_empty_key() -> None:
    assert list(validate_keys({"": SecretValue(b"1"), "a": SecretValue(b"2")})) == ["a"]


@pytest.mark.parametrize("key", [pytest.param("k" * 254, id="too-long"), pytest.param("a/b", id="slash")])
def test_validate_keys_refuses(key: str) -> None:
    with pytest.raises(KeyValueError):
        validate_keys({key: SecretValue(MARK)})


@pytest.mark.parametrize(
    "key",
    [
        pytest.param("", id="empty"),
        pytest.param(".", id="dot"),
        pytest.param("..a", id="two-dots"),
        pytest.param("ключ", id="not-ascii"),
        pytest.param("a b", id="blank"),
        pytest.param("k" * 254, id="too-long"),
        pytest.param("a\n", id="line-end"),
    ],
)
def test_secret_key_is_refused(key: str) -> None:
    with pytest.raises(KeyValueError, match="secret key"):
        check_secret_keys(["fine", key])


@pytest.mark.parametrize("key", ["a", ".a", "a..b", "k" * 253, "A-b_c.9"])
def test_secret_key_is_accepted(key: str) -> None:
    check_secret_keys([key])


def test_duplicate_keys_are_sorted() -> None:
    assert duplicate_keys(["b", "a", "b", "c", "a"]) == ["a", "b"]


@pytest.mark.parametrize(
    ("strategy", "value", "want"),
    [
        pytest.param(DecodingStrategy.NONE, b"QUJD", b"QUJD", id="none-leaves-base64"),
        pytest.param(DecodingStrategy.BASE64, b"QUJD", b"ABC", id="base64"),
        pytest.param(DecodingStrategy.BASE64, b"QU\r\nJD\n", b"ABC", id="base64-skips-line-ends"),
        pytest.param(DecodingStrategy.BASE64, b"", b"", id="base64-of-nothing"),
        pytest.param(DecodingStrategy.BASE64_URL, b"_-8=", b"\xff\xef", id="base64url"),
        pytest.param(DecodingStrategy.AUTO, b"QUJD", b"ABC", id="auto-finds-base64"),
        pytest.param(DecodingStrategy.AUTO, b"_-8=", b"\xff\xef", id="auto-finds-base64url"),
        pytest.param(DecodingStrategy.AUTO, b"not encoded", b"not encoded", id="auto-leaves-anything-else"),
    ],
)
def test_decode_value(strategy: DecodingStrategy, value: bytes, want: bytes) -> None:
    assert decode_value(SecretValue(value), strategy).reveal() == want


@pytest.mark.parametrize(
    ("strategy", "value"),
    [
        pytest.param(DecodingStrategy.BASE64, b"QQ", id="base64-without-padding"),
        pytest.param(DecodingStrategy.BASE64, b"_-8=", id="base64-with-the-other-alphabet"),
        pytest.param(DecodingStrategy.BASE64, b"Q U J D", id="base64-with-blanks"),
        pytest.param(DecodingStrategy.BASE64, b"QQ==QQ==", id="base64-with-something-behind"),
        pytest.param(DecodingStrategy.BASE64_URL, b"/+8=", id="base64url-with-the-other-alphabet"),
    ],
)
def test_decode_value_refuses(strategy: DecodingStrategy, value: bytes) -> None:
    with pytest.raises(KeyValueError) as caught:
        decode_value(SecretValue(value), strategy)
    assert value.decode() not in str(caught.value)


@given(st.binary())
def test_base64_of_anything_decodes_to_it(value: bytes) -> None:
    for strategy, encode in (
        (DecodingStrategy.BASE64, base64.standard_b64encode),
        (DecodingStrategy.BASE64_URL, base64.urlsafe_b64encode),
        (DecodingStrategy.AUTO, base64.standard_b64encode),
    ):
        assert decode_value(SecretValue(encode(value)), strategy).reveal() == value


def test_null_byte_is_looked_for_after_decoding() -> None:
    ref = RemoteRef(key="k", decoding_strategy=DecodingStrategy.BASE64, null_byte_policy=NullBytePolicy.FAIL)
    with pytest.raises(KeyValueError, match='key "k": the value holds a null byte'):
        value_from_data(SecretValue(b"AA=="), ref)


def test_null_byte_is_let_through_by_default() -> None:
    assert value_from_data(SecretValue(b"\0"), RemoteRef(key="k")).reveal() == b"\0"


def test_extract_names_the_first_bad_field_in_sorted_order() -> None:
    ref = RemoteRef(key="k", decoding_strategy=DecodingStrategy.BASE64)
    with pytest.raises(KeyValueError, match=r'^field "a": the value is not Base64') as caught:
        entries_from_fields(values(b=MARK, a=MARK), ref)
    assert MARK.decode() not in str(caught.value)


def test_a_null_byte_is_looked_for_after_decoding() -> None:
    find = Find(decoding_strategy=DecodingStrategy.BASE64, null_byte_policy=NullBytePolicy.FAIL)
    with pytest.raises(KeyValueError, match=r'^field "a": the value holds a null byte'):
        entries_from_fields({"a": SecretValue(b"AA==")}, find)


def test_quoted_names_stay_on_one_short_ascii_line() -> None:
    shown = quoted("é\n" + "x" * 1000)
    assert shown.isascii()
    assert "\n" not in shown
    assert len(shown) < 300
