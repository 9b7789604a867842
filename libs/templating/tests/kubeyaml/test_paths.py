"""Paths of manifests: what is one, and what a value that is set at one leaves of the rest."""

import copy
from typing import Final

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bulkhead_templating.kubeyaml.json_value import Json
from bulkhead_templating.kubeyaml.paths import Path, PathSyntaxError, path_from_text
from bulkhead_templating.kubeyaml.setting import PathConflictError, set_at

_SCALARS: Final = st.none() | st.booleans() | st.integers(-9, 9) | st.floats(allow_nan=False) | st.text(max_size=3)
_KEYS: Final = st.sampled_from(["a", "b", "c"])
_VALUES: Final[st.SearchStrategy[Json]] = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=3), max_leaves=8
)
_DOCUMENTS: Final = st.dictionaries(_KEYS, _VALUES, max_size=3)
_STEPS: Final = st.builds(lambda first, rest: (first, *rest), _KEYS, st.lists(_KEYS | st.integers(0, 3), max_size=4))


def _path(steps: tuple[str | int, ...]) -> Path:
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
    return path_from_text(text[1:])


def _at(document: Json, steps: tuple[str | int, ...]) -> Json:
    for step in steps:
        match document, step:
            case dict(), str():
                document = document.get(step)
            case list(), int() if step < len(document):
                document = document[step]
            case _:
                return None
    return document


def _set(document: Json, path: Path, value: Json, *, merge: bool) -> Json:
    """Set a value where it can be set."""
    try:
        return set_at(document, path, value, merge=merge)
    except PathConflictError:
        assume(False)
        raise


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        pytest.param("spec", ("spec",), id="a-key"),
        pytest.param("spec.Headers.xY", ("spec", "Headers", "xY"), id="keys-keep-their-case"),
        pytest.param("spec.rules[0].from[12].x", ("spec", "rules", 0, "from", 12, "x"), id="indexes"),
        pytest.param("a[1][2]", ("a", 1, 2), id="indexes-in-a-row"),
        pytest.param("a.[3]", ("a", 3), id="an-index-behind-a-dot"),
        pytest.param("a[10000]", ("a", 10_000), id="the-largest-index"),
        pytest.param("a[+5].b[007].c[-0]", ("a", 5, "b", 7, "c", 0), id="signs-and-zeros"),
        pytest.param("a]b.c d.é/x", ("a]b", "c d", "é/x"), id="any-other-character"),
        pytest.param(".".join("k" * 100), ("k",) * 100, id="as-many-steps-as-there-may-be"),
    ],
)
def test_a_path_is_read(text: str, steps: tuple[str | int, ...]) -> None:
    assert path_from_text(text) == Path(text=text, steps=steps)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("", 'invalid path "": empty segment', id="nothing"),
        pytest.param(".", 'invalid path ".": empty segment', id="a-dot"),
        pytest.param("a..b", 'invalid path "a..b": empty segment', id="two-dots"),
        pytest.param("a.", 'invalid path "a.": empty segment', id="a-dot-at-the-end"),
        pytest.param("[0].a", 'invalid path "[0].a": path must start with a key', id="an-index-first"),
        pytest.param("a[0]b", 'invalid path "a[0]b": expected \'[\' near "b"', id="text-behind-an-index"),
        pytest.param("a[0", "invalid path \"a[0\": unterminated '['", id="a-bracket-that-stays-open"),
        pytest.param("a[0.5]", "invalid path \"a[0.5]\": unterminated '['", id="a-dot-in-brackets"),
        pytest.param("a[]", 'invalid path "a[]": bad index ""', id="no-index"),
        pytest.param("a[x]", 'invalid path "a[x]": bad index "x"', id="a-word"),
        pytest.param("a[ 1]", 'invalid path "a[ 1]": bad index " 1"', id="a-space"),
        pytest.param("a[1_0]", 'invalid path "a[1_0]": bad index "1_0"', id="an-underscore"),
        pytest.param("a[٣]", 'invalid path "a[٣]": bad index "٣"', id="a-digit-that-is-not-ascii"),
        pytest.param("a[+-1]", 'invalid path "a[+-1]": bad index "+-1"', id="two-signs"),
        pytest.param("a[-1]", 'invalid path "a[-1]": negative index -1', id="a-negative-index"),
        pytest.param("a[10001]", 'invalid path "a[10001]": index 10001 exceeds maximum (10000)', id="a-large-index"),
        pytest.param(
            "a[9223372036854775808]",
            'invalid path "a[9223372036854775808]": bad index "9223372036854775808"',
            id="an-index-beyond-int64",
        ),
        pytest.param(f"a[{'9' * 5_000}]", f'invalid path "a[{"9" * 5_000}]": bad index "{"9" * 5_000}"', id="digits"),
        pytest.param(".".join("k" * 101), "invalid path: more than 100 steps", id="many-keys"),
        pytest.param("a" + "[0]" * 100, "invalid path: more than 100 steps", id="many-indexes"),
    ],
)
def test_what_is_no_path_is_refused(text: str, message: str) -> None:
    with pytest.raises(PathSyntaxError) as caught:
        path_from_text(text)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("document", "path", "value", "merge", "want"),
    [
        pytest.param(None, "a.b", 1, False, {"a": {"b": 1}}, id="makes-maps"),
        pytest.param({}, "a[2].b", 1, False, {"a": [None, None, {"b": 1}]}, id="makes-lists"),
        pytest.param({"a": None}, "a.b[0]", 1, False, {"a": {"b": [1]}}, id="goes-on-where-there-is-null"),
        pytest.param({"a": [1, 2, 3]}, "a[1]", 9, True, {"a": [1, 9, 3]}, id="keeps-other-elements"),
        pytest.param({"a": 1, "A": 2}, "A", 3, True, {"a": 1, "A": 3}, id="tells-case-apart"),
        pytest.param({"s": {"a": 1}}, "s", {"b": 2}, True, {"s": {"b": 2}}, id="replaces-at-a-single-key"),
        pytest.param(
            {"s": {"t": {"a": 1, "b": 1}}}, "s.t", {"b": 2}, True, {"s": {"t": {"a": 1, "b": 2}}}, id="merges"
        ),
        pytest.param({"s": [{"a": 1}]}, "s[0]", {"b": 2}, True, {"s": [{"a": 1, "b": 2}]}, id="merges-in-a-list"),
        pytest.param(
            {"s": {"t": {"a": {"x": 1}}}},
            "s.t",
            {"a": {"y": 2}},
            True,
            {"s": {"t": {"a": {"y": 2}}}},
            id="merges-one-level",
        ),
        pytest.param(
            {"s": {"t": {"a": 1}}}, "s.t", {"b": 2}, False, {"s": {"t": {"b": 2}}}, id="replaces-when-told-so"
        ),
        pytest.param({"s": {"t": {"a": 1}}}, "s.t", [2], True, {"s": {"t": [2]}}, id="replaces-a-map-by-a-list"),
        pytest.param({"s": {"t": 1}}, "s.t", {"b": 2}, True, {"s": {"t": {"b": 2}}}, id="replaces-a-scalar-by-a-map"),
    ],
)
def test_setting_a_value(document: Json, path: str, value: Json, merge: bool, want: Json) -> None:
    assert set_at(document, path_from_text(path), value, merge=merge) == want


@pytest.mark.parametrize(
    ("document", "path", "message"),
    [
        pytest.param({"a": "x"}, "a.b", 'expected map at key "b" but found string', id="a-text"),
        pytest.param({"a": [1]}, "a.b", 'expected map at key "b" but found []interface {}', id="a-list"),
        pytest.param({"a": {}}, "a[0]", "expected array at index 0 but found map[string]interface {}", id="a-map"),
        pytest.param({"a": True}, "a[0]", "expected array at index 0 but found bool", id="a-boolean"),
        pytest.param({"a": 7}, "a[0]", "expected array at index 0 but found int64", id="an-integer"),
        pytest.param({"a": 7.5}, "a[0]", "expected array at index 0 but found float64", id="a-float"),
        pytest.param([], "a", 'expected map at key "a" but found []interface {}', id="the-document"),
    ],
)
def test_a_path_through_another_type_is_refused_with_the_type_alone(document: Json, path: str, message: str) -> None:
    with pytest.raises(PathConflictError) as caught:
        set_at(document, path_from_text(path), 1, merge=False)
    assert str(caught.value) == f"failed to set path {path}: {message}"


@given(_STEPS)
def test_a_path_that_is_written_is_read_as_itself(steps: tuple[str | int, ...]) -> None:
    assert _path(steps).steps == steps


@given(_DOCUMENTS, _STEPS, _VALUES)
def test_what_was_set_is_there_and_the_input_is_as_before(
    document: Json, steps: tuple[str | int, ...], value: Json
) -> None:
    before = copy.deepcopy((document, value))
    assert _at(_set(document, _path(steps), value, merge=False), steps) == value
    assert (document, value) == before


@given(_DOCUMENTS, _STEPS, _VALUES)
def test_a_merge_keeps_the_members_that_it_has_none_of(
    document: Json, steps: tuple[str | int, ...], value: Json
) -> None:
    before = copy.deepcopy((document, value))
    there = _at(document, steps)
    merged = _at(_set(document, _path(steps), value, merge=True), steps)
    if len(steps) > 1 and isinstance(there, dict) and isinstance(value, dict):
        assert merged == {**there, **value}
    else:
        assert merged == value
    assert (document, value) == before


@given(_DOCUMENTS, _STEPS, _STEPS, _VALUES)
def test_what_is_not_below_or_above_the_path_stays(
    document: Json, steps: tuple[str | int, ...], other: tuple[str | int, ...], value: Json
) -> None:
    shared = min(len(steps), len(other))
    assume(steps[:shared] != other[:shared])
    assert _at(_set(document, _path(steps), value, merge=False), other) == _at(document, other)


@given(_DOCUMENTS, _STEPS, _VALUES, st.booleans())
def test_setting_the_same_twice_changes_nothing_more(
    document: Json, steps: tuple[str | int, ...], value: Json, merge: bool
) -> None:
    once = _set(document, _path(steps), value, merge=merge)
    assert _set(once, _path(steps), value, merge=merge) == once
