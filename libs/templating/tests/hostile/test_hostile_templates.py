"""Whatever a template does, its render ends at a bound, or well, and pays for what it does.

`tests/performance/hostile_templates.py` shows what the same templates really take.
"""

from contextlib import suppress

import pytest
from crypto_templates import FIXTURES, FUNCTIONS, environment_of, render
from hostile_templates import HOSTILE, LIST, LONG, MAP, WIDE, Begin, Ending, HostileTemplate

from bulkhead_templating import LimitError, Limits, TemplateError, parse
from bulkhead_templating.limits import Meter

_DIVISOR = 50
_STRAY = Begin(text='{{$s := repeat SIZE "\\xff"}}', size=1_000_000)
_DEFAULTS = Limits()
# As many times below the defaults as what the templates begin with.
_SMALL = Limits(
    steps=_DEFAULTS.steps // _DIVISOR,
    output_bytes=_DEFAULTS.output_bytes // _DIVISOR,
    memory_bytes=_DEFAULTS.memory_bytes // _DIVISOR,
)


def _of(ending: Ending) -> pytest.MarkDecorator:
    rows = [row for row in HOSTILE if row.ending is ending]
    return pytest.mark.parametrize("row", rows, ids=[row.name for row in rows])


@_of(Ending.LIMIT)
def test_a_render_without_end_meets_a_bound(row: HostileTemplate) -> None:
    with pytest.raises(LimitError):
        render(row.text(divisor=_DIVISOR), limits=_SMALL)


@_of(Ending.WELL)
def test_a_render_that_only_looks_dear_ends(row: HostileTemplate) -> None:
    with suppress(LimitError, TemplateError):
        assert isinstance(render(row.text(divisor=_DIVISOR), limits=_SMALL), bytes)


@_of(Ending.ERROR)
def test_a_render_that_fails_in_go_fails(row: HostileTemplate) -> None:
    with pytest.raises(TemplateError):
        render(row.text(divisor=_DIVISOR), limits=_SMALL)


def _cost(begin: Begin, call: str, size: int) -> Meter:
    """Render a call once and give its meter."""
    text = f"{begin.text.replace('SIZE', str(size))}{{{{$x := {call}}}}}"
    environment = environment_of(Limits(steps=10**12, memory_bytes=10**12))
    with suppress(TemplateError):
        parse("t", text, functions=FUNCTIONS).execute(FIXTURES, functions=FUNCTIONS, environment=environment)
    return environment.meter


def _steps_of_a_call(begin: Begin, call: str, size: int) -> int:
    return _cost(begin, call, size).steps - _cost(begin, "1", size).steps


@pytest.mark.parametrize(
    "call",
    [
        'contains "b" $s', "trim $s", 'trimAll "b" $s', "trunc 1 $s", "substr 0 1 $s", "abbrev 9 $s", "len $s",
        "lt $s $s", "sha256sum $s", "adler32sum $s", "b64dec $s", "atoi $s", "kindOf $s", "base $s", "ext $s",
        "int $s", "htpasswd `u` $s `sha`", "hasKey (dict) $s", 'regexMatch "b" $s', 'splitList "b" $s',
    ],
)  # fmt: skip
@pytest.mark.parametrize("begin", [LONG, WIDE], ids=["ascii", "runes"])
def test_a_function_pays_for_the_text_that_it_reads(begin: Begin, call: str) -> None:
    assert _steps_of_a_call(begin, call, 100_000) >= 100_000 // 1024


@pytest.mark.parametrize(
    "call",
    [
        "title $s", "untitle $s", "swapcase $s", "initials $s", "nospace $s", "camelcase $s", "snakecase $s",
        "kebabcase $s", "quote $s", 'printf "%q" $s', "html $s", "js $s", "urlquery $s", "regexQuoteMeta $s",
        'trimAll $s "b"', "dateModify $s now", "durationRound $s", 'toDate "2006" $s', 'toDate $s "2006"', "toYaml $s",
        "b32dec $s", "shuffle $s", "date $s 1", "now.Format $s", "urlParse $s", "urlJoin (dict `path` $s)",
        'printf (print "%" (replace "a" "0" $s) "d")', 'printf (repeat 1000 "%       d") $s',
    ],
)  # fmt: skip
def test_a_function_pays_for_a_loop_over_characters(call: str) -> None:
    size = 10_000
    assert _steps_of_a_call(LONG, call, size) >= size // 10


@pytest.mark.parametrize("call", ["upper $s", "title $s", "snakecase $s", "quote $s", 'splitList "" $s'])
def test_a_function_pays_for_the_memory_of_single_runes(call: str) -> None:
    size = 10_000
    used = _cost(WIDE, call, size).memory_bytes - _cost(WIDE, "1", size).memory_bytes
    assert used >= size * 16


@pytest.mark.parametrize(
    ("call", "least"),
    [
        ("append $l 1", 15), ("prepend $l 1", 15), ("rest $l", 15), ("initial $l", 15), ("reverse $l", 15),
        ("concat $l $l", 30), ("compact $l", 250), ("toStrings $l", 250), ("sortAlpha $l", 250), ("chunk 1 $l", 250),
        ("has -1 $l", 2_000), ("without $l -1", 2_000), ("deepCopy $l", 2_000), ("toJson $l", 2_000),
        ("print $l", 2_000), ("toYaml $l", 4_000), ("uniq $l", 1_990_000), ("without $l $l", 2_000),
        ("has $l (chunk 1 $l)", 2_000), ("deepEqual $l (initial (append $l 1))", 1),
        ("deepEqual (toStrings $l) (toStrings $l)", 2_000),
    ],
)  # fmt: skip
def test_a_function_pays_for_the_elements_that_it_goes_through(call: str, least: int) -> None:
    assert _steps_of_a_call(LIST, call, 2_000) >= least


@pytest.mark.parametrize("call", ["first $l", "last $l", "index $l 7", "len $l", "empty $l", "list $l $l"])
def test_a_function_that_looks_at_one_element_costs_the_same_for_any_list(call: str) -> None:
    assert _steps_of_a_call(LIST, call, 2_000) == _steps_of_a_call(LIST, call, 20)


@pytest.mark.parametrize(
    "call",
    ["keys $m", "values $m", 'omit $m "1"', "merge (dict) $m", "deepCopy $m", "toJson $m", "toYaml $m", "print $m"],
)
def test_a_function_pays_for_the_entries_that_it_goes_through(call: str) -> None:
    assert _steps_of_a_call(MAP, call, 1_000) >= 1_000 // 8


@pytest.mark.parametrize("call", ['get $m "1"', 'set $m "1" 2', 'hasKey $m "1"', 'unset $m "z"', 'pluck "1" $m'])
def test_a_function_for_one_entry_costs_the_same_for_any_map(call: str) -> None:
    large, small = (_cost(MAP, call, size) for size in (1_000, 10))
    begun, begun_small = (_cost(MAP, "1", size) for size in (1_000, 10))
    assert large.steps - begun.steps == small.steps - begun_small.steps
    assert large.memory_bytes - begun.memory_bytes == small.memory_bytes - begun_small.memory_bytes


@pytest.mark.parametrize("text", ["{{range $l}}{{break}}{{end}}", "{{range $i, $x := $l}}{{break}}{{end}}"])
def test_a_loop_pays_for_the_copy_of_its_list(text: str) -> None:
    assert _steps_of_a_call(LIST, f"1}}}}{text}{{{{1", 2_000) >= 2_000 // 8


def test_one_text_in_many_places_is_charged_before_it_is_put_together() -> None:
    arguments = " $s" * 1_000
    for body in (f"print{arguments}", f"print (list{arguments})", f"cat{arguments}", f"quote{arguments}"):
        assert _cost(LONG, body, 1_000).memory_bytes >= 2_000_000


def test_exact_numbers_pay_for_their_length() -> None:
    few, many = (_cost(LONG, "mulf" + " 1.7e308" * count, 1).steps for count in (50, 100))
    assert many > 6 * few


@pytest.mark.parametrize(
    ("expression", "least"),
    [("b", 100), ("[ab]*a[ab]{15}b", 400), ("(a?){100}a{100}b", 40_000), ("(a|b)*" * 100, 100_000)],
)
def test_a_search_pays_for_its_expression_as_well(expression: str, least: int) -> None:
    assert _steps_of_a_call(LONG, f"regexMatch `{expression}` $s", 100_000) >= least


@pytest.mark.parametrize(
    "call",
    ["regexMatch `b` $s", "regexFind `b` $s", "regexFindAll `b` $s -1", "regexSplit `b` $s -1",
     "regexReplaceAll `b` $s ``", "regexReplaceAllLiteral `b` $s ``"],
)  # fmt: skip
def test_a_search_pays_for_bytes_that_are_no_runes(call: str) -> None:
    size = 10_000
    assert _steps_of_a_call(_STRAY, call, size) >= size // 8


def test_an_expression_with_a_stray_byte_is_paid_for() -> None:
    assert _cost(LONG, r'regexMatch (print `\pL{900}` "\xff") $s', 1).steps >= 10_000


def test_a_list_of_texts_is_paid_for_each_time_that_it_is_sorted() -> None:
    once, twice = (f"sortAlpha {'(sortAlpha ' * count}(toStrings $l){')' * count}" for count in (0, 1))
    assert _steps_of_a_call(LIST, twice, 2_000) - _steps_of_a_call(LIST, once, 2_000) >= 250


def test_an_expression_that_is_too_large_is_paid_for() -> None:
    assert _cost(LONG, r"regexMatch `\pL{900}` $s", 1).steps >= 10_000


@pytest.mark.parametrize("call", ["first (append $l 1)", "sortAlpha $l", "without $l 1"])
def test_what_is_done_to_a_list_of_a_thousand_fits_into_the_bounds(call: str) -> None:
    template = f"{LIST.text.replace('SIZE', '1000')}{{{{range 100}}}}{{{{$x := {call}}}}}{{{{end}}}}"
    assert render(template, limits=Limits()) == b""
