"""Rendering a job: which piece with which values, what becomes of the output, and what is told of a failure."""

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkhead_api.decoding_strategy import DecodingStrategy
from bulkhead_target.template.job import Fault, Form, Job, Outputs, Piece, RenderError, Yaml
from bulkhead_target.template.render import Parse, parse_piece, render
from bulkhead_templating import Delimiters, Environment, Limits, Meter, Template

CANARY = "canary-of-a-value"
NO_MORE = "as it stands in a Secret, no more is told"


def piece_of(
    text: str,
    form: Form = Form.BYTES,
    decoding: DecodingStrategy = DecodingStrategy.NONE,
    *,
    is_sensitive: bool = False,
) -> Piece:
    return Piece(name="p", text=text.encode(), form=form, decoding=decoding, is_sensitive=is_sensitive)


def rendered(
    *pieces: Piece, rows: tuple[dict[str, bytes], ...] = ({},), meter: Meter | None = None, parse: Parse | None = None
) -> Outputs:
    environment = Environment(now_ns=0, random_bytes=bytes, meter=meter or Meter(Limits()))
    return render(Job(pieces=pieces, rows=rows), environment, parse)


def failure_of(
    *pieces: Piece, rows: tuple[dict[str, bytes], ...] = ({},), meter: Meter | None = None, parse: Parse | None = None
) -> RenderError:
    with pytest.raises(RenderError) as failed:
        rendered(*pieces, rows=rows, meter=meter, parse=parse)
    # Nothing that quotes a value is behind what is shown.
    assert failed.value.__cause__ is None
    assert failed.value.__context__ is None
    return failed.value


def test_all_pieces_are_rendered_with_one_row_before_the_next() -> None:
    outputs = rendered(piece_of("a={{ .v }}"), piece_of("b={{ .v }}"), rows=({"v": b"1"}, {"v": b"2"}))
    assert outputs == (b"a=1", b"b=1", b"a=2", b"b=2")


def test_without_rows_nothing_is_rendered() -> None:
    assert rendered(piece_of("{{ .absent }}"), rows=()) == ()


def test_a_row_does_not_lend_its_values_to_the_next() -> None:
    failure = failure_of(piece_of("x"), piece_of("{{ .v }}"), rows=({"v": b"1"}, {}))
    assert (failure.piece, failure.fault) == (1, Fault.TEMPLATE)
    assert str(failure) == 'template: p:1:3: executing "p" at <.v>: map has no entry for key "v"'


def test_a_missing_key_is_told_by_each_row_where_it_is_no_error() -> None:
    job = Job(pieces=(piece_of("{{ .v }}"),), rows=({}, {"v": b"1"}), missing_key_is_error=False)
    assert render(job, Environment(now_ns=0, random_bytes=bytes)) == (b"<no value>", b"1")


@given(st.binary())
def test_a_value_comes_out_byte_by_byte(value: bytes) -> None:
    assert rendered(piece_of("{{ .v }}"), rows=({"v": value},)) == (value,)


@given(st.binary().filter(lambda text: b"{{" not in text))
def test_a_text_without_actions_comes_out_byte_by_byte(text: bytes) -> None:
    assert rendered(Piece(name="p", text=text)) == (text,)


def test_a_value_that_looks_like_a_template_is_not_rendered() -> None:
    assert rendered(piece_of("{{ .v }}"), rows=({"v": b"{{ .v }}"},)) == (b"{{ .v }}",)


@pytest.mark.parametrize(
    ("text", "form", "decoding", "want"),
    [
        pytest.param("YQ==", Form.BYTES, "Base64", b"a", id="bytes"),
        pytest.param("{k: YQ==, l: ''}", Form.STRING_MAP, "Base64", {"k": b"a", "l": b""}, id="each-value-of-a-map"),
        pytest.param("{k: _w==, l: plain!}", Form.STRING_MAP, "Auto", {"k": b"\xff", "l": b"plain!"}, id="auto"),
        pytest.param("k: YQ==", Form.YAML, "Base64", Yaml({"k": "YQ=="}), id="nothing-within-yaml"),
        pytest.param("azogMQ==", Form.YAML_OR_TEXT, "Base64", Yaml({"k": 1}), id="yaml-or-text-before-it-is-read"),
        pytest.param("k: [", Form.YAML_OR_TEXT, "None", Yaml("k: ["), id="a-text-that-is-no-yaml"),
        pytest.param("", Form.STRING_MAP, "None", {}, id="an-empty-map"),
        pytest.param("", Form.YAML, "None", Yaml(None), id="an-empty-document"),
    ],
)
def test_an_output_is_read_by_its_form_and_decoded(text: str, form: Form, decoding: str, want: object) -> None:
    assert rendered(piece_of(text, form, DecodingStrategy(decoding))) == (want,)


@pytest.mark.parametrize(
    ("piece", "message"),
    [
        pytest.param(
            piece_of("- {{ .v }}", Form.STRING_MAP), "line 1: expected a map of strings", id="yaml-of-another-shape"
        ),
        pytest.param(
            piece_of("k:\n  - {{ .v }}: [", Form.YAML), "line 3: did not find expected node content", id="no-yaml"
        ),
        pytest.param(
            piece_of("{{ .v }}", decoding=DecodingStrategy.BASE64),
            "the value is not Base64 as decodingStrategy says",
            id="a-value-that-does-not-decode",
        ),
        pytest.param(
            piece_of("k: '{{ .v }}'", Form.STRING_MAP, DecodingStrategy.BASE64),
            'key "k": the value is not Base64 as decodingStrategy says',
            id="a-key-that-stands-in-the-template",
        ),
        pytest.param(
            piece_of("{{ .v }}: '?'", Form.STRING_MAP, DecodingStrategy.BASE64),
            "a key that the template makes: the value is not Base64 as decodingStrategy says",
            id="a-key-that-is-a-value",
        ),
        pytest.param(
            piece_of(f"{CANARY}: '?'", Form.STRING_MAP, DecodingStrategy.BASE64, is_sensitive=True),
            "a key that the template makes: the value is not Base64 as decodingStrategy says",
            id="a-key-that-stands-in-a-secret",
        ),
    ],
)
def test_an_output_that_is_not_usable_is_told_without_a_value(piece: Piece, message: str) -> None:
    failure = failure_of(piece_of("x"), piece, rows=({"v": CANARY.encode()},))
    assert str(failure) == f"the output is not usable: {message}"
    assert (failure.fault, failure.piece) == (Fault.OUTPUT, 1)


@pytest.mark.parametrize(
    ("text", "fault", "message"),
    [
        pytest.param("\n{{ nope }}", Fault.SYNTAX, f"template: p:2:3: it is no template; {NO_MORE}", id="syntax"),
        pytest.param("{{ .absent }}", Fault.TEMPLATE, f"template: p:1:3: it fails; {NO_MORE}", id="a-failure"),
        pytest.param(
            f'{{{{ define "{CANARY}" }}}}{{{{ template "{CANARY}" }}}}{{{{ end }}}}{{{{ template "{CANARY}" }}}}',
            Fault.LIMIT,
            "template: p: nested more than 100 levels deep",
            id="a-limit",
        ),
    ],
)
def test_of_a_piece_from_a_secret_no_more_is_told_than_where_it_fails(text: str, fault: Fault, message: str) -> None:
    failure = failure_of(piece_of(text, is_sensitive=True))
    assert (str(failure), failure.fault) == (message, fault)


def test_limits_are_those_of_all_rows_together() -> None:
    loop = piece_of("{{ range 300 }}{{ end }}")
    assert rendered(loop, rows=({},) * 2, meter=Meter(Limits(steps=1_000))) == (b"", b"")
    failure = failure_of(loop, rows=({},) * 4, meter=Meter(Limits(steps=1_000)))
    assert (failure.fault, str(failure)) == (Fault.LIMIT, "template: p: rendering takes more than 1000 steps")


def test_even_empty_pieces_take_a_step_each() -> None:
    failure = failure_of(piece_of(""), rows=({},) * 100, meter=Meter(Limits(steps=50)))
    assert failure.fault is Fault.LIMIT


def test_time_that_is_over_says_nothing_of_the_template() -> None:
    ticks = count()
    meter = Meter(Limits(), monotonic=lambda: float(next(ticks)), deadline_s=5.0)
    failure = failure_of(piece_of("{{ range 100000 }}{{ end }}"), meter=meter)
    assert (failure.fault, str(failure)) == (Fault.UNAVAILABLE, "template: p: rendering takes too long")


@pytest.mark.parametrize(
    ("error", "fault", "message"),
    [
        pytest.param(MemoryError(CANARY), Fault.LIMIT, "template: p: needs more memory than there is", id="memory"),
        pytest.param(ZeroDivisionError(CANARY), Fault.TEMPLATE, "template: p: ZeroDivisionError", id="any-other"),
    ],
)
def test_an_error_that_nobody_foresaw_is_told_by_its_class_alone(error: Exception, fault: Fault, message: str) -> None:
    def broken(_piece: Piece, _delimiters: Delimiters) -> Template:
        raise error

    failure = failure_of(piece_of("x"), parse=broken)
    assert (failure.fault, str(failure)) == (fault, message)


def test_templates_come_from_who_keeps_them_for_every_row() -> None:
    asked = []

    def keeping(piece: Piece, delimiters: Delimiters) -> Template:
        asked.append((piece.text, delimiters))
        return parse_piece(piece, delimiters, Meter(Limits()))

    job = Job(pieces=(piece_of("<< .v >>"),), rows=({"v": b"1"}, {"v": b"2"}), left="<<", right=">>")
    assert render(job, Environment(now_ns=0, random_bytes=bytes), keeping) == (b"1", b"2")
    assert asked == [(b"<< .v >>", Delimiters(left="<<", right=">>"))] * 2
