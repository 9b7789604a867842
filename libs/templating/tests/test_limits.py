"""A render costs what it may and no more, and says which bound it met."""

import pytest

from bulkhead_templating import (
    DeadlineError,
    DepthLimitError,
    Environment,
    FunctionMap,
    LimitError,
    Limits,
    MemoryLimitError,
    Meter,
    OutputLimitError,
    StepLimitError,
    TemplateSyntaxError,
    parse,
)
from bulkhead_templating.kinds import ANY, ANY_MAP, ANY_SLICE, STRING

FUNCTIONS = FunctionMap()
FUNCTIONS.function("list", variadic=ANY, returns=ANY_SLICE)(lambda *items: list(items))

SMALL = Limits(steps=5_000, output_bytes=10_000, depth=50, memory_bytes=3_000_000)


@FUNCTIONS.function("set", ANY_MAP, STRING, ANY, returns=ANY_MAP)
def put(items: dict[str, object], key: str, value: object) -> dict[str, object]:
    items[key] = value
    return items


def render(text: str, meter: Meter | None = None) -> bytes:
    environment = Environment(now_ns=0, random_bytes=bytes, meter=meter or Meter(SMALL))
    return parse("t", text, functions=FUNCTIONS).execute({}, functions=FUNCTIONS, environment=environment)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param("{{range 100000000}}{{end}}", StepLimitError, id="an-empty-loop"),
        pytest.param(
            "{{range 9}}{{range 9}}{{range 9}}{{range 9}}{{end}}{{end}}{{end}}{{end}}", StepLimitError, id="loops"
        ),
        pytest.param(
            "{{$d := list 1}}{{range 30}}{{$d = list $d $d}}{{end}}{{print $d}}", StepLimitError, id="a-tree-printed"
        ),
        pytest.param("{{range 5000}}0123456789{{end}}", OutputLimitError, id="much-text"),
        pytest.param('{{printf "%20000d" 1}}', OutputLimitError, id="a-wide-number"),
        pytest.param(
            '{{define "a"}}{{template "a"}}{{end}}{{template "a"}}', DepthLimitError, id="a-template-in-itself"
        ),
        pytest.param(f"{{{{{'(' * 40}1{')' * 40}}}}}", DepthLimitError, id="parentheses"),
        pytest.param('{{$d := .}}{{$x := set $d "x" $d}}{{$x}}', DepthLimitError, id="a-map-in-itself"),
        pytest.param("{{$d := list}}{{range 60}}{{$d = list $d}}{{end}}{{$d}}", DepthLimitError, id="nested-lists"),
        pytest.param('{{range 9}}{{$x := printf "%999999d" 1}}{{end}}', MemoryLimitError, id="widths"),
        pytest.param('{{range 9}}{{$x := printf "%.999999f" 1.0}}{{end}}', MemoryLimitError, id="precisions"),
        pytest.param('{{$x := printf "%999999d" (list 1 2 3 4)}}', MemoryLimitError, id="a-width-for-each-element"),
        pytest.param('{{$d := "x"}}{{range 40}}{{$d = print $d $d}}{{end}}', MemoryLimitError, id="doubled-strings"),
    ],
)
def test_render_ends_at_the_bound(text: str, error: type[LimitError]) -> None:
    with pytest.raises(error):
        render(text)


def test_render_ends_at_the_deadline() -> None:
    seconds = iter(range(1_000_000))
    meter = Meter(monotonic=lambda: float(next(seconds)), deadline_s=10.0)
    with pytest.raises(DeadlineError):
        render("{{range 100000}}{{end}}", meter)


def test_render_within_its_bounds_is_whole() -> None:
    assert render("{{range 100}}{{.}}{{end}}") == "".join(map(str, range(100))).encode()


@pytest.mark.parametrize(
    "text",
    ["{{if 1}}" * 200 + "{{end}}" * 200, "{{" + "(" * 200 + "1" + ")" * 200 + "}}"],
    ids=["blocks", "parentheses"],
)
def test_text_that_is_nested_too_deeply_is_no_template(text: str) -> None:
    with pytest.raises(DepthLimitError):
        parse("t", text)


def test_text_with_too_many_tokens_is_no_template() -> None:
    with pytest.raises(StepLimitError):
        parse("t", "{{1}}" * 100, meter=Meter(Limits(steps=50)))


@pytest.mark.parametrize(
    "text",
    [
        "{{0x" + "f" * 50_000 + "}}",
        "{{" + "1" * 50_000 + "}}",
        "{{1." + "1_" * 25_000 + "}}",
        "{{'" + "a" * 50_000 + "'}}",
    ],
    ids=["hexadecimal", "decimal", "separated", "a-character"],
)
def test_long_constant_is_refused_at_once(text: str) -> None:
    with pytest.raises(TemplateSyntaxError):
        parse("t", text)


def test_syntax_error_says_where_it_is() -> None:
    with pytest.raises(TemplateSyntaxError) as refused:
        parse("conf", "é\né{{ nope }}")
    assert (refused.value.name, refused.value.line, refused.value.column) == ("conf", 2, 5)


def test_template_is_not_changed_by_a_render() -> None:
    template = parse("t", "{{range $i, $x := .}}{{$i}}{{$x}}{{end}}")
    renders = [
        template.execute(data, functions={}, environment=Environment(now_ns=0, random_bytes=bytes))
        for data in (["a"], ["b", "c"], ["a"])
    ]
    assert renders == [b"0a", b"0b1c", b"0a"]
