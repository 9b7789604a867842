"""Lines out of chunks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkhead_runtime.kube.lines import MAX_LINE_BYTES, LineSplitter, LineTooLongError


@given(lines=st.lists(st.binary(min_size=1, max_size=40).filter(lambda line: b"\n" not in line)), cuts=st.data())
def test_lines_come_out_whole_wherever_the_chunks_were_cut(lines: list[bytes], cuts: st.DataObject) -> None:
    stream = b"".join(line + b"\n" for line in lines)
    places = sorted(cuts.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    splitter = LineSplitter()

    chunks = [stream[start:end] for start, end in zip([0, *places], [*places, len(stream)], strict=True)]

    assert [line for chunk in chunks for line in splitter.feed(chunk)] == lines


def test_the_start_of_a_line_is_kept_back() -> None:
    splitter = LineSplitter()

    assert splitter.feed(b'{"a": 1}\n{"b"') == [b'{"a": 1}']
    assert splitter.feed(b": 2}\n\n") == [b'{"b": 2}']


def test_a_line_without_an_end_is_given_up() -> None:
    splitter = LineSplitter()
    splitter.feed(b"x" * MAX_LINE_BYTES)
    with pytest.raises(LineTooLongError):
        splitter.feed(b"x")
