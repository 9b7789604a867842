"""Rendering one job: its outputs, its bounds, and what is said of a failure."""

from dataclasses import replace
from itertools import count

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkhead_api.decoding_strategy import DecodingStrategy
from bulkhead_controller.rendering.attempt import Bounds, World, render_job
from bulkhead_controller.rendering.templates import Templates, fingerprint
from bulkhead_controller.rendering.wire import (
    Done,
    Failed,
    answer_from,
    done_from,
    failed_from,
    framed,
    length_from,
    order_from,
    order_of,
)
from bulkhead_target.template.job import Fault, Form, Job, Output, Outputs, Piece, RenderError, Yaml
from bulkhead_templating import Delimiters, Limits, Meter
from bulkhead_testkit.fake_renderer import FIXED_WORLD

CANARY = "canary-4711"
GO = Delimiters()
NO_MORE = "as it stands in a Secret, no more is told"
BOUNDS = Bounds(limits=Limits(steps=10_000, output_bytes=1_000, memory_bytes=10_000), parse_steps=1_000, timeout_s=10.0)


def job_of(*texts: str, sensitive: bool = False, missing_key_is_error: bool = True) -> Job:
    pieces = tuple(
        Piece(name=f"p{number}", text=text.encode("utf-8", "surrogateescape"), is_sensitive=sensitive)
        for number, text in enumerate(texts)
    )
    values = {"user": b"ada", "password": CANARY.encode(), "raw": b"\xff\x00"}
    return Job(pieces=pieces, rows=(values,), missing_key_is_error=missing_key_is_error)


def rendered(job: Job, templates: Templates | None = None, bounds: Bounds = BOUNDS) -> Outputs:
    if templates is None:
        templates = Templates(max_bytes=100_000)
    return render_job(job, templates=templates, world=FIXED_WORLD, bounds=bounds)


def test_pieces_are_rendered_in_their_order_from_the_same_values() -> None:
    assert rendered(job_of("{{ .user }}", "plain", "{{ .raw }}")) == (b"ada", b"plain", b"\xff\x00")


def test_a_missing_key_prints_as_no_value_where_it_is_no_error() -> None:
    assert rendered(job_of("{{ .gone }}", missing_key_is_error=False)) == (b"<no value>",)


def test_functions_of_sprig_and_of_eso_are_there() -> None:
    assert rendered(job_of('{{ .user | upper }}{{ toYaml (dict "a" 1) }}')) == (b"ADAa: 1",)


def test_other_delimiters_are_taken() -> None:
    pieces = (Piece(name="p", text=b"<< .a >>{{"),)
    job = Job(pieces=pieces, rows=({"a": b"x"},), left="<<", right=">>")
    assert rendered(job) == (b"x{{",)


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        pytest.param(
            "\n {{ .gone }}",
            'template: p0:2:4: executing "p0" at <.gone>: map has no entry for key "gone"',
            (2, 4),
            id="a-missing-key",
        ),
        pytest.param("{{ nope }}", 'template: p0:1: function "nope" not defined', (1, 3), id="an-unknown-function"),
        pytest.param(
            "{{ fail .password }}",
            'template: p0:1:3: executing "p0" at <fail .password>: error calling fail',
            (1, 3),
            id="a-failure-that-quotes-a-value",
        ),
    ],
)
def test_a_failure_names_the_piece_and_the_place(text: str, message: str, place: tuple[int, int]) -> None:
    with pytest.raises(RenderError) as failed:
        rendered(job_of("plain", text))
    assert str(failed.value) == message.replace("p0", "p1")
    assert (failed.value.piece, failed.value.line, failed.value.column) == (1, *place)
    assert failed.value.fault in (Fault.SYNTAX, Fault.TEMPLATE)
    assert failed.value.__context__ is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(f"{{{{ {CANARY} }}}}", f"template: p0:1:3: it is no template; {NO_MORE}", id="syntax"),
        pytest.param(f"{{{{ .a{CANARY[:6]} }}}}", f"template: p0:1:3: it fails; {NO_MORE}", id="a-field"),
        pytest.param(f"{{{{ fail `{CANARY}` }}}}", f"template: p0:1:3: it fails; {NO_MORE}", id="a-constant"),
    ],
)
def test_a_failure_of_a_template_from_a_secret_says_nothing_of_its_text(text: str, message: str) -> None:
    with pytest.raises(RenderError) as failed:
        rendered(job_of(text, sensitive=True))
    assert str(failed.value) == message


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        pytest.param("{{ range 100000 }}{{ end }}", "steps", id="steps"),
        pytest.param('{{ repeat 2000 "x" }}', "bytes", id="output"),
        pytest.param('{{ $x := repeat 20000 "x" }}', "bytes of memory", id="memory"),
        pytest.param("{{ 1 }}" * 400, "steps", id="tokens"),
        pytest.param('{{ define "a" }}{{ template "a" }}{{ end }}{{ template "a" }}', "levels deep", id="depth"),
    ],
)
def test_a_bound_that_is_met_is_told_from_a_failure(text: str, bound: str) -> None:
    with pytest.raises(RenderError, match=bound) as met:
        rendered(job_of("plain", text))
    assert (met.value.piece, met.value.fault) == (1, Fault.LIMIT)


def test_bounds_are_those_of_all_pieces_together() -> None:
    piece = "{{ range 3000 }}{{ end }}"
    assert rendered(job_of(piece)) == (b"",)
    with pytest.raises(RenderError, match="steps"):
        rendered(job_of(piece, piece, piece, piece))


def test_time_that_is_over_is_told_from_other_bounds() -> None:
    ticks = count()
    world = World(now_ns=lambda: 0, random_bytes=bytes, monotonic=lambda: float(next(ticks)))
    bounds = Bounds(limits=Limits(), parse_steps=1_000, timeout_s=5.0)
    templates = Templates(max_bytes=100_000)
    with pytest.raises(RenderError, match="takes too long") as met:
        render_job(job_of("{{ range 100000 }}{{ end }}"), templates=templates, world=world, bounds=bounds)
    assert met.value.fault is Fault.UNAVAILABLE


def test_an_error_that_nobody_foresaw_is_told_by_its_class_alone() -> None:
    def broken(_: int) -> bytes:
        raise ZeroDivisionError(CANARY)

    world = replace(FIXED_WORLD, random_bytes=broken)
    with pytest.raises(RenderError) as failed:
        render_job(job_of("{{ randBytes 4 }}"), templates=Templates(max_bytes=1_000), world=world, bounds=BOUNDS)
    assert str(failed.value) == "template: p0: ZeroDivisionError"
    assert failed.value.__cause__ is None
    assert failed.value.__context__ is None


def test_no_repr_shows_a_value_or_a_text() -> None:
    job = job_of(CANARY)
    order = order_of(job, Limits(), timeout_s=1)
    shown = f"{job!r} {job.pieces!r} {order!r} {Done(outputs=(CANARY.encode(),))!r}"
    assert CANARY not in shown


def test_a_long_message_is_cut_and_is_utf_8() -> None:
    message = str(RenderError("\udcff" + "x" * 5_000, fault=Fault.TEMPLATE))
    assert message.startswith("?xx")
    assert len(message) == 1_001


def test_templates_are_parsed_once() -> None:
    templates = Templates(max_bytes=100_000)
    job = job_of("{{ .user }}")
    first, second = (templates.template(job.pieces[0], GO, meter=Meter()) for _ in range(2))
    assert first is second


def test_templates_from_secrets_are_not_kept() -> None:
    templates = Templates(max_bytes=100_000)
    rendered(job_of("{{ .user }}", sensitive=True), templates)
    assert len(templates) == 0


def test_templates_are_forgotten_in_the_order_of_their_last_use() -> None:
    templates = Templates(max_bytes=5_000)
    old, used, new = (job_of(text) for text in ("{{ 1 }}", "{{ 2 }}", "{{ 3 }}"))
    kept = {}
    for job in (old, used):
        kept[job.pieces[0].text] = templates.template(job.pieces[0], GO, meter=Meter())
    again = templates.template(old.pieces[0], GO, meter=Meter())
    templates.template(new.pieces[0], GO, meter=Meter())
    assert again is kept[b"{{ 1 }}"]
    assert len(templates) == 2
    assert templates.template(old.pieces[0], GO, meter=Meter()) is again
    assert templates.template(used.pieces[0], GO, meter=Meter()) is not kept[b"{{ 2 }}"]


def test_a_template_that_is_larger_than_all_memory_for_them_is_not_kept() -> None:
    templates = Templates(max_bytes=1_000)
    assert rendered(job_of("{{ .user }}"), templates) == (b"ada",)
    assert len(templates) == 0


def test_fingerprints_differ_by_name_text_and_delimiters() -> None:
    variants = [("a", b"bc", "{{"), ("ab", b"c", "{{"), ("a", b"bd", "{{"), ("a", b"bc", "<<")]
    found = {fingerprint(Piece(name=name, text=text), Delimiters(left=left)) for name, text, left in variants}
    assert len(found) == 4


def test_an_order_comes_through_with_texts_that_are_no_utf_8() -> None:
    job = job_of("a\udcff{{ .raw }}")
    data = framed(order_of(job, Limits(), timeout_s=2.5))
    assert length_from(data[:4]) == len(data) - 4
    order = order_from(data[4:])
    assert order.job == job
    assert order.timeout_s == 2.5


def test_a_failure_comes_through() -> None:
    error = RenderError("m", fault=Fault.TEMPLATE, piece=3, line=1, column=2)
    answer = answer_from(framed(failed_from(error))[4:])
    assert isinstance(answer, Failed)
    found = answer.failure()
    assert (str(found), found.fault, found.piece, found.line, found.column) == ("m", Fault.TEMPLATE, 3, 1, 2)


FORMS = {
    Form.BYTES: (b"\xff", b"\xff"),
    Form.STRING_MAP: (b"{a: 1, b: x}", {"a": b"1", "b": b"x"}),
    Form.YAML: (b"[1, {a: null}]", Yaml([1, {"a": None}])),
    Form.YAML_OR_TEXT: (b"a: [", Yaml("a: [")),
}


def test_outputs_of_all_forms_come_through_for_each_row() -> None:
    pieces = tuple(Piece(name="p", text=text, form=form) for form, (text, _) in FORMS.items())
    outputs = rendered(Job(pieces=pieces, rows=({}, {})))
    assert outputs == tuple(want for _, want in FORMS.values()) * 2
    answer = answer_from(framed(done_from(outputs))[4:])
    assert isinstance(answer, Done)
    assert answer.read() == outputs


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(1 << 63), (1 << 63) - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
OUTPUTS = st.lists(st.binary() | st.dictionaries(st.text(), st.binary()) | st.builds(Yaml, JSON))


@given(OUTPUTS)
def test_outputs_come_through_as_they_were(outputs: list[Output]) -> None:
    answer = answer_from(framed(done_from(outputs))[4:])
    assert isinstance(answer, Done)
    # By their text, as 1, 1.0 and true are equal.
    assert [plain(each) for each in answer.read()] == [plain(each) for each in outputs]


def plain(output: Output) -> str:
    return repr((Yaml, output.value) if isinstance(output, Yaml) else output)


@pytest.mark.parametrize(
    "output",
    [
        pytest.param(b"\x91" * 100_000 + b"\xc0", id="nested-without-end"),
        pytest.param(b"\x90", id="yaml-without-a-value"),
        pytest.param(b"\x92\x01\x02", id="yaml-with-two-values"),
        pytest.param(b"\x91\xa1\xff", id="a-text-that-is-no-utf-8"),
        pytest.param(b"\xc0", id="of-no-form"),
    ],
)
def test_what_no_worker_says_is_no_answer(output: bytes) -> None:
    with pytest.raises(msgspec.MsgspecError) as refused:
        answer_from(b"\x82\xa4type\xa4done\xa7outputs\x91" + output)
    assert refused.value.__context__ is None


@pytest.mark.parametrize("fault", list(Fault))
def test_every_fault_comes_through(fault: Fault) -> None:
    error = RenderError("m", fault=fault)
    answer = answer_from(framed(failed_from(error))[4:])
    assert isinstance(answer, Failed)
    assert (answer.failure().fault, answer.failure().column) == (fault, None)


def test_an_order_comes_through_with_forms_decoding_and_rows() -> None:
    pieces = tuple(
        Piece(name="p", text=b"\xff", form=form, decoding=decoding, is_sensitive=True)
        for form in Form
        for decoding in DecodingStrategy
    )
    job = Job(pieces=pieces, rows=({"a": b"\xff"}, {}), left="<<", right=">>", missing_key_is_error=False)
    assert order_from(framed(order_of(job, Limits(), timeout_s=1))[4:]).job == job


@pytest.mark.parametrize("form", [Form.BYTES, Form.STRING_MAP, Form.YAML_OR_TEXT])
def test_outputs_are_decoded(form: Form) -> None:
    text = b"{a: YWI=}" if form is Form.STRING_MAP else b"YWI="
    want = {Form.BYTES: b"ab", Form.STRING_MAP: {"a": b"ab"}, Form.YAML_OR_TEXT: Yaml("ab")}[form]
    piece = Piece(name="p", text=text, form=form, decoding=DecodingStrategy.BASE64)
    assert rendered(Job(pieces=(piece,), rows=({},))) == (want,)


@pytest.mark.parametrize(
    ("text", "form", "decoding", "message"),
    [
        (b"- x", Form.STRING_MAP, "None", "the output is not usable: line 1: expected a map of strings"),
        (b"a: [", Form.YAML, "None", "the output is not usable: line"),
        (b"?", Form.BYTES, "Base64", "the output is not usable: the value is not Base64 as decodingStrategy says"),
    ],
)
def test_an_output_that_does_not_fit_is_told_without_it(text: bytes, form: Form, decoding: str, message: str) -> None:
    piece = Piece(name="p", text=text, form=form, decoding=DecodingStrategy(decoding))
    with pytest.raises(RenderError) as failed:
        rendered(Job(pieces=(piece,), rows=({},)))
    assert str(failed.value).startswith(message)
    assert failed.value.fault is Fault.OUTPUT
