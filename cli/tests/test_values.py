"""What the values of a file become: text stays text, and all else is said by the help."""

import pytest

from bulkhead_cli.problems import InputError
from bulkhead_cli.values import values_from


@pytest.mark.parametrize(
    ("written", "value"),
    [
        pytest.param("hello", b"hello", id="plain-text"),
        pytest.param('"yes"', b"yes", id="quoted-text"),
        pytest.param("|\n  a\n  b\n", b"a\nb\n", id="block"),
        pytest.param("yes", b"yes", id="boolean-as-written"),
        pytest.param("1.10", b"1.10", id="number-as-written"),
        pytest.param("0x10", b"0x10", id="hexadecimal-as-written"),
        pytest.param("2024-01-02", b"2024-01-02", id="date-as-written"),
        pytest.param("~", b"~", id="null-as-written"),
        pytest.param("", b"", id="nothing"),
        pytest.param("!!binary aGk=", b"hi", id="binary"),
        pytest.param("!!binary /w==", b"\xff", id="binary-that-is-no-text"),
        pytest.param("[1, yes, x]", b'[1,true,"x"]', id="list-as-json"),
        pytest.param("{b: {1: <}, a: ~}", b'{"a":null,"b":{"1":"<"}}', id="map-as-json"),
        pytest.param("世界", "世界".encode(), id="beyond-ascii"),
    ],
)
def test_value_of_yaml(written: str, value: bytes) -> None:
    assert values_from("v", f"k: {written}".encode()) == {"k": value}


@pytest.mark.parametrize(
    ("written", "value"),
    [
        pytest.param('"a\\/b \\ud83d\\ude00"', "a/b 😀".encode(), id="escapes-that-yaml-lacks"),
        pytest.param("1.10", b"1.10", id="number-as-written"),
        pytest.param("null", b"null", id="null-as-written"),
        pytest.param('{"b": 1, "a": [true]}', b'{"a":[true],"b":1}', id="map"),
    ],
)
def test_value_of_json(written: str, value: bytes) -> None:
    assert values_from("v", f'\n{{"k": {written}}}'.encode()) == {"k": value}


def test_yaml_may_begin_with_a_brace() -> None:
    assert values_from("v", b"{k: v}") == {"k": b"v"}


def test_an_alias_stands_for_its_value() -> None:
    assert values_from("v", b"a: &x 1.0\nb: *x\nc: &y [1]\nd: *y") == {
        "a": b"1.0",
        "b": b"1.0",
        "c": b"[1]",
        "d": b"[1]",
    }


@pytest.mark.parametrize("data", [b"", b"# nothing\n", b"{}"])
def test_an_empty_file_has_no_values(data: bytes) -> None:
    assert values_from("v", data) == {}


@pytest.mark.parametrize(
    ("data", "says"),
    [
        pytest.param(b"- CANARY", "line 1: expected a map", id="list"),
        pytest.param(b"CANARY", "line 1: expected a map", id="text"),
        pytest.param(b"a: 1\n[CANARY]: x", "line 2: expected a text", id="key-that-is-a-list"),
        pytest.param(b"a: &a {b: CANARY}\n<<: *a", "line 2: expected no merge key", id="merge-key"),
        pytest.param(b"a: 'CANARY", "line 1", id="no-yaml"),
        pytest.param(b"a: \xffCANARY", "expected characters", id="no-utf-8"),
        pytest.param(b'{"a\xff": "CANARY"}', "expected characters", id="json-that-is-no-utf-8"),
        pytest.param(b"a: !!binary CANARY.", "line 1: !!binary", id="no-base64"),
        pytest.param(b"a: {b: .inf}", "unsupported value", id="number-without-json"),
        pytest.param(b"a: " + b"[" * 100_000, "levels deep", id="deep-yaml"),
        pytest.param(b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "levels deep", id="deep-json"),
    ],
)
def test_refused_file_is_told_without_its_values(data: bytes, says: str) -> None:
    with pytest.raises(InputError) as refused:
        values_from("v.yaml", data)
    assert says in str(refused.value)
    assert str(refused.value).startswith("v.yaml: ")
    assert "CANARY" not in str(refused.value)
