"""Rewrites: what becomes of keys and values, and what is refused without a word of any value."""

import re
import timeit
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkhead_api.external_secret import (
    ConflictPolicy,
    MergeStrategy,
    PriorityPolicy,
    Rewrite,
    RewriteMerge,
    RewriteRegexp,
)
from bulkhead_api.secret_value import SecretValue
from bulkhead_controller.externalsecret.gojson import MAX_DEPTH, NestingError
from bulkhead_controller.externalsecret.rewrite import MAX_KEY_CHARS, rewrite
from bulkhead_target.keys import KeyValueError
from bulkhead_testkit.asking import settled

CANARY = "canary-value"


def regexp(source: str, target: str) -> Rewrite:
    return Rewrite(regexp=RewriteRegexp(source=source, target=target))


def merge(
    *,
    into: str = "",
    priority: tuple[str, ...] = (),
    priority_policy: PriorityPolicy = PriorityPolicy.STRICT,
    conflicts: ConflictPolicy = ConflictPolicy.ERROR,
    strategy: MergeStrategy = MergeStrategy.EXTRACT,
) -> Rewrite:
    return Rewrite(
        merge=RewriteMerge(
            into=into,
            priority=list(priority),
            priority_policy=priority_policy,
            conflict_policy=conflicts,
            strategy=strategy,
        )
    )


def rewritten(fields: Mapping[str, str], *steps: Rewrite) -> dict[str, str]:
    found = settled(rewrite({key: SecretValue(value.encode()) for key, value in fields.items()}, steps))
    return {key: value.reveal().decode() for key, value in found.items()}


IGNORE = ConflictPolicy.IGNORE
JSON = MergeStrategy.JSON
OLD_AND_NEW = {"b-old": '{"x":1,"y":"old"}', "a-new": '{"y":"new","z":3}'}


@pytest.mark.parametrize(
    ("fields", "steps", "want"),
    [
        pytest.param({"a": "1"}, [], {"a": "1"}, id="without-steps-changes-nothing"),
        pytest.param({"a": "1"}, [Rewrite()], {"a": "1"}, id="of-a-step-without-parts-changes-nothing"),
        pytest.param(
            {"foo": "1", "bar": "2"}, [regexp("(.*)", "my_$1")], {"my_foo": "1", "my_bar": "2"}, id="prefixes"
        ),
        pytest.param(
            {"/app/db": "1", "other": "2"}, [regexp("^/app/(.*)$", "$1")], {"db": "1", "other": "2"}, id="strips"
        ),
        pytest.param({"foo": "1"}, [regexp("(.*)", "$1x")], {"": "1"}, id="to-an-unknown-group-is-empty"),
        pytest.param({"foo": "1"}, [regexp("(.*)", "${1}x")], {"foox": "1"}, id="to-a-group-in-braces"),
        pytest.param({"a b/c": "1"}, [regexp("[^a-z]", "_"), regexp("_", "-")], {"a-b-c": "1"}, id="chains-steps"),
        pytest.param(
            {"ключ": "1"}, [regexp("к", "\U0001f511")], {"\U0001f511люч": "1"}, id="counts-runes-and-not-bytes"
        ),
        pytest.param({}, [regexp("a", "b"), merge()], {}, id="of-nothing-is-nothing"),
        pytest.param(
            {"a": '{"s":"x\\ny","t":true,"f":false,"n":null,"i":12345678901234567890,"e":1e3,"o":{"b":[1.0],"a":"<"}}'},
            [merge()],
            {
                "s": "x\ny",
                "t": "true",
                "f": "false",
                "n": "",
                "i": "12345678901234567000",
                "e": "1000",
                "o": '{"a":"\\u003c","b":[1]}',
            },
            id="extracts-members-as-text",
        ),
        pytest.param(
            {"a": '{"x":1}', "b": '{"y":2}', "c": "null"}, [merge()], {"x": "1", "y": "2"}, id="extracts-from-all"
        ),
        pytest.param(
            OLD_AND_NEW,
            [merge(conflicts=IGNORE)],
            {"x": "1", "y": "old", "z": "3"},
            id="lets-the-last-key-in-order-win",
        ),
        pytest.param(
            OLD_AND_NEW,
            [merge(conflicts=IGNORE, priority=("a-new",))],
            {"x": "1", "y": "new", "z": "3"},
            id="lets-priority-win",
        ),
        pytest.param(
            {"a": '{"x":"a"}', "b": '{"x":"b"}', "c": '{"x":"c"}'},
            [merge(conflicts=IGNORE, priority=("b", "a"))],
            {"x": "a"},
            id="lets-the-last-of-priority-win",
        ),
        pytest.param(
            {"a": '{"x":"a"}', "b": '{"x":"b"}'},
            [merge(conflicts=IGNORE, priority=("gone", "a"), priority_policy=PriorityPolicy.IGNORE_NOT_FOUND)],
            {"x": "a"},
            id="passes-over-a-missing-priority",
        ),
        pytest.param(
            {"b": '{"z":"<&>","a":{"d":1e21,"c":null}}', "a": '{"m":[]}'},
            [merge(into="all", strategy=JSON)],
            {
                "b": '{"z":"<&>","a":{"d":1e21,"c":null}}',
                "a": '{"m":[]}',
                "all": '{"a":{"c":null,"d":1e+21},"m":[],"z":"<&>"}',
            },
            id="writes-json-beside-the-rest",
        ),
        pytest.param(
            {"a": '{"x":1}'}, [merge(into="a", strategy=JSON)], {"a": '{"x":1}'}, id="writes-json-over-its-source"
        ),
        pytest.param({}, [merge(into="a", strategy=JSON)], {"a": "{}"}, id="writes-an-empty-object-from-nothing"),
        pytest.param(
            {"a": '{"x":{"k":"1"}}', "b": '{"y":{"l":"2"}}'},
            [merge(), merge()],
            {"k": "1", "l": "2"},
            id="merges-twice",
        ),
    ],
)
def test_rewrite(fields: dict[str, str], steps: list[Rewrite], want: dict[str, str]) -> None:
    assert rewritten(fields, *steps) == want


@pytest.mark.parametrize(
    ("fields", "steps", "message"),
    [
        pytest.param(
            {"ab": CANARY, "b": CANARY, "c": CANARY},
            [regexp("a", "")],
            'rewrite[0].regexp: keys "ab" and "b" both become "b"',
            id="keys-that-become-one",
        ),
        pytest.param(
            {"a": CANARY},
            [regexp("a", "b"), regexp("(?=a)", "")],
            'rewrite[1].regexp.source: "(?=a)" is not an RE2 expression: invalid perl operator: (?=',
            id="an-expression-that-is-not-re2",
        ),
        pytest.param(
            {"a": CANARY},
            [regexp("a", "b" * (MAX_KEY_CHARS + 1))],
            f'rewrite[0].regexp: key "a" becomes longer than {MAX_KEY_CHARS} characters',
            id="a-key-that-becomes-too-long",
        ),
        pytest.param(
            {"b": f'["{CANARY}"]', "a": CANARY},
            [merge()],
            'rewrite[0].merge: the value of key "a" is not a JSON object',
            id="the-first-value-that-is-no-object",
        ),
        pytest.param(
            {"a": f'{{"x":"{CANARY}","n":1e400}}'},
            [merge()],
            'rewrite[0].merge: the value of key "a" is not a JSON object',
            id="a-number-beyond-a-float",
        ),
        pytest.param(
            {"a": f'{{"z":"{CANARY}","x":1,"y":2}}', "b": f'{{"y":1,"z":"{CANARY}"}}'},
            [merge()],
            'rewrite[0].merge: more than one value has the keys "y", "z" and conflictPolicy is Error',
            id="conflicts-by-their-sorted-keys",
        ),
        pytest.param(
            {"a": f'{{"x":"{CANARY}"}}'},
            [merge(priority=("a", "a"))],
            'rewrite[0].merge: more than one value has the keys "x" and conflictPolicy is Error',
            id="a-priority-that-stands-twice",
        ),
        pytest.param(
            {"a": "{}"},
            [merge(priority=("z", "a", "y"))],
            'rewrite[0].merge: there are no keys "y", "z" and priorityPolicy is Strict',
            id="missing-priorities",
        ),
        pytest.param(
            {"a": f'{{"x":"{CANARY}"}}'},
            [merge(strategy=JSON)],
            "rewrite[0].merge: strategy JSON needs into, the key for the result",
            id="json-without-into",
        ),
    ],
)
def test_rewrite_is_refused_for(fields: dict[str, str], steps: list[Rewrite], message: str) -> None:
    with pytest.raises(KeyValueError, match=f"^{re.escape(message)}$") as refused:
        rewritten(fields, *steps)
    assert CANARY not in str(refused.value)
    assert refused.value.__cause__ is None


@pytest.mark.parametrize("value", ['{"a":"' + CANARY, f'{{"a":{CANARY}}}', CANARY, '{"a":' * 5_000 + "1" + "}" * 5_000])
def test_refused_document_is_in_no_error_of_the_chain(value: str) -> None:
    with pytest.raises(KeyValueError) as refused:
        rewritten({"a": value}, merge())
    seen: BaseException | None = refused.value
    while seen is not None:
        assert isinstance(seen, KeyValueError | NestingError)
        assert CANARY not in str(seen)
        seen = seen.__context__


@pytest.mark.parametrize("step", [merge(), merge(into="k", strategy=JSON)], ids=["extract", "json"])
def test_nested_value_is_written_up_to_a_depth(step: Rewrite) -> None:
    def nested(depth: int) -> str:
        return "[" * depth + f'"{CANARY}"' + "]" * depth

    assert nested(MAX_DEPTH - 1) in rewritten({"a": f'{{"k":{nested(MAX_DEPTH - 1)}}}'}, step)["k"]
    for depth in (MAX_DEPTH + 1, 900, 5_000):
        with pytest.raises(KeyValueError) as refused:
            rewritten({"a": f'{{"k":{nested(depth)}}}'}, step)
        assert CANARY not in str(refused.value)


def test_conflicts_are_named_up_to_a_number() -> None:
    value = "{" + ",".join(f'"k{number:03}":1' for number in range(100)) + "}"
    with pytest.raises(KeyValueError, match=r'"k019" and 80 more and conflictPolicy is Error$'):
        rewritten({"a": value, "b": value}, merge())


def test_more_than_can_ever_be_written_is_not_merged() -> None:
    value = SecretValue(b'{"a":"%s"}' % (b"v" * 1_000_000))
    with pytest.raises(KeyValueError, match=r"^rewrite\[0\]\.merge: the values together are larger than 16 MiB$"):
        settled(rewrite({str(number): value for number in range(17)}, [merge(conflicts=IGNORE)]))


def test_key_beyond_all_measure_is_refused_before_it_is_searched() -> None:
    with pytest.raises(KeyValueError, match="is longer than"):
        rewritten({"a" * (MAX_KEY_CHARS + 1): CANARY}, regexp("a|a.*b", "b"))


@pytest.mark.slow
def test_many_matches_in_many_long_keys_end_in_an_error() -> None:
    keys = {f"{number}{'a' * 10_000}": CANARY for number in range(100)}
    with pytest.raises(KeyValueError, match=r"^rewrite\[0\]\.regexp: key .*: too many matches in too long a text$"):
        rewritten(keys, regexp("a.*b|a", "$0"))


def test_thousands_of_keys_of_usual_length_are_renamed() -> None:
    keys = {f"/team/app/environment-{number}/db/password": "1" for number in range(5_000)}
    assert "team.app.environment-7.db.password" in rewritten(keys, regexp("^/", ""), regexp("/", "."))


def test_chain_of_steps_that_doubles_a_key_ends_in_an_error() -> None:
    with pytest.raises(KeyValueError, match=r"^rewrite\[14\]\.regexp: key .* becomes longer than"):
        rewritten({"a": CANARY}, *[regexp("^(.*)$", "$1$1")] * 64)


def test_expression_that_explodes_elsewhere_is_done_at_once() -> None:
    key, step = "a" * 10_000 + "b", regexp("(a+)+$", "x")
    assert rewritten({key: "1"}, step) == {key: "1"}
    # The shortest of several counts, as the machine may be busy with something else.
    assert min(timeit.repeat(lambda: rewritten({key: "1"}, step), number=1, repeat=10)) < 0.05


def test_invalid_utf_8_is_no_object() -> None:
    with pytest.raises(KeyValueError):
        settled(rewrite({"a": SecretValue(b'{"a":"\xff"}')}, [merge()]))


def test_rewrite_leaves_its_input_as_it_is() -> None:
    fields = {"a": SecretValue(b'{"x":1}')}
    assert settled(rewrite(fields, [])) is not fields
    settled(rewrite(fields, [merge(into="b", strategy=JSON), regexp("a", "c")]))
    assert list(fields) == ["a"]


@pytest.mark.slow
@given(st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=5), st.sampled_from(["", "a*", r"\w", "(.)"]))
def test_renaming_to_the_match_itself_changes_nothing(fields: dict[str, str], source: str) -> None:
    clean = {
        key.encode("utf-8", "replace").decode(): value.encode("utf-8", "replace").decode()
        for key, value in fields.items()
    }
    assert rewritten(clean, regexp(source, "$0")) == clean
