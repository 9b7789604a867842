"""Texts that are no UTF-8: to an expression each of their other bytes is U+FFFD, and it comes out as it was."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkhead_regexp import RegexpError, find_all, regexp_from, replace_literal, split
from bulkhead_regexp.mended import mended


@pytest.mark.parametrize(
    ("expression", "text", "want"),
    [
        pytest.param(".", b"\xff\xe2\x82z", [b"\xff", b"\xe2", b"\x82", b"z"], id="each-byte-is-one-rune"),
        pytest.param("[^a]+", b"a\xffb\xc3(a", [b"\xffb\xc3("], id="bytes-among-others"),
        pytest.param("\ufffd", b"\xffx", [b"\xff"], id="the-replacement-itself"),
        pytest.param("", b"\xff\xfe", [b"", b"", b""], id="nothing-between-them"),
    ],
)
def test_matches_are_those_of_go(expression: str, text: bytes, want: list[bytes]) -> None:
    assert find_all(regexp_from(expression), text, -1) == want


def test_what_is_around_and_in_a_match_comes_out_as_it_was() -> None:
    expression = regexp_from("(.)b")
    assert expression.replace_in_bytes(b"\xffb\xe2\x82b!\xfe", "<$1>") == "<\udcff>\udce2<\udc82>!\udcfe"
    assert b"".join(replace_literal(expression, b"\xffb\xfe", b"-")) == b"-\xfe"
    assert split(regexp_from("x"), b"a\xffx\xe2\x82xb", -1) == [b"a\xff", b"\xe2\x82", b"b"]


@given(st.lists(st.sampled_from([b"a", "é".encode(), b"\xff", b"\xe2\x82", "\U0001f511".encode()])).map(b"".join))
def test_every_rune_of_a_mended_text_has_its_place_in_the_original(text: bytes) -> None:
    searched = mended(text)
    runes = searched.text.decode()
    ends = [len(runes[:count].encode()) for count in range(len(runes) + 1)]
    parts = [text[searched.original(start) : searched.original(end)] for start, end in pairwise(ends)]
    assert b"".join(parts) == text
    assert [part.decode("utf-8", "replace") for part in parts] == list(runes)


def test_an_error_keeps_the_reason_in_full() -> None:
    with pytest.raises(RegexpError) as refused:
        regexp_from("[a\n" + "b" * 300)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) <= 200
    assert refused.value.reason == "missing ]: [a\n" + "b" * 300
