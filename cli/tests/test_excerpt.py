"""The mark stands below the column, whatever stands before it."""

import unicodedata

import pytest

from bulkhead_cli.excerpt import Excerpt, lines_of, safe_text


def shown(text: str, mark: str, *, line: int = 1) -> list[str]:
    data = text.encode()
    column = data.split(b"\n")[line - 1].index(mark.encode())
    return lines_of(Excerpt(name="conf", text=data, line=line, column=column))


@pytest.mark.parametrize(
    ("text", "blank"),
    [
        pytest.param("password={{ @", " " * 12, id="ascii"),
        pytest.param("\t\ta\t{{ @", "\t\t \t   ", id="tabs-stay-tabs"),
        pytest.param("ö={{ @", " " * 5, id="two-bytes-are-one-column"),
        pytest.param("世界={{ @", " " * 8, id="wide-runes-are-two-columns"),
        pytest.param("e\u0301={{ @", " " * 5, id="combining-marks-are-none"),
        pytest.param("@", "", id="first-column"),
    ],
)
def test_mark_is_below_the_column(text: str, blank: str) -> None:
    _, line, mark = shown(text, "@")
    assert line == f"      {text}"
    assert mark == f"      {blank}^"


def test_the_line_is_the_one_that_is_named() -> None:
    assert shown("one\ntwo @\nthree", "@", line=2) == ["  conf, line 2:", "      two @", "          ^"]


def test_a_line_end_of_windows_is_not_shown() -> None:
    assert shown("a @\r\nb", "@")[1] == "      a @"


def test_without_a_column_there_is_no_mark() -> None:
    assert lines_of(Excerpt(name="conf", text=b"one\ntwo", line=2)) == ["  conf, line 2:", "      two"]


@pytest.mark.parametrize("line", [0, 3])
def test_a_line_that_is_not_there_is_not_shown(line: int) -> None:
    assert lines_of(Excerpt(name="conf", text=b"one\ntwo", line=line, column=0)) == []


def test_a_long_line_is_cut_on_both_sides() -> None:
    _, line, mark = shown("a" * 1_000 + "@" + "b" * 1_000, "@")
    assert len(line) < 250
    assert line[mark.index("^")] == "@"


def test_bytes_that_are_no_text_are_replaced() -> None:
    _, line, mark = lines_of(Excerpt(name="conf", text=b"\xff @", line=1, column=2))
    assert line[mark.index("^")] == "@"


def test_nothing_steers_the_terminal() -> None:
    text = "".join(map(chr, range(0x3000)))
    assert all(rune == "\t" or unicodedata.category(rune) not in {"Cc", "Cf", "Zl", "Zp"} for rune in safe_text(text))
