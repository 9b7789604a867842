"""Renders a job, one template after the other. Pure: clock and chance come in with the environment."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final, TypeAlias

from bulkhead_api.decoding_strategy import DecodingStrategy
from bulkhead_api.secret_value import SecretValue
from bulkhead_target.keys import KeyValueError, decode_value
from bulkhead_target.template.job import Fault, Form, Job, Output, Outputs, Piece, RenderError, Yaml
from bulkhead_templating.engine import Delimiters, Template, parse
from bulkhead_templating.environment import Environment
from bulkhead_templating.errors import DeadlineError, LimitError, TemplateExecError, TemplateSyntaxError
from bulkhead_templating.eso import crypto
from bulkhead_templating.functions import FunctionMap
from bulkhead_templating.kinds import STRING
from bulkhead_templating.kubeyaml.decoding import YamlDecodeError, any_value, any_value_or_text, string_map
from bulkhead_templating.limits import Meter
from bulkhead_templating.run import MissingKey
from bulkhead_templating.sprig import every_function
from bulkhead_templating.text import text_of
from bulkhead_templating.values import TypedMap

FUNCTIONS: Final = FunctionMap(every_function.FUNCTIONS, crypto.FUNCTIONS)
"""All that templates may call besides Go's own. Source: ESO, template/v2 FuncMap."""

Parse: TypeAlias = Callable[[Piece, Delimiters], Template]
"""Gives the template of a piece; raises TemplateSyntaxError or LimitError."""


def parse_piece(piece: Piece, delimiters: Delimiters, meter: Meter) -> Template:
    """Parse the template of a piece.

    Raises:
        TemplateSyntaxError: it is none.
        LimitError: it costs more than the meter allows.
    """
    return parse(piece.name, text_of(piece.text), functions=FUNCTIONS, delimiters=delimiters, meter=meter)


def render(job: Job, environment: Environment, parse: Parse | None = None) -> Outputs:
    """Render all pieces with each row.

    Args:
        job: what to render.
        environment: the world of this job, used for this one alone; its meter counts all of it.
        parse: gives templates, new ones or kept ones; None means new ones.

    Raises:
        RenderError: a piece fails.
    """
    parsed = parse or partial(parse_piece, meter=environment.meter)
    delimiters = Delimiters(left=job.left, right=job.right)
    missing_key = MissingKey.ERROR if job.missing_key_is_error else MissingKey.DEFAULT
    outputs: list[Output] = []
    for row in job.rows:
        values = {key: text_of(value) for key, value in row.items()}
        for index, piece in enumerate(job.pieces):
            template = partial(parsed, piece, delimiters)
            made = _attempt(piece, index, partial(_output, piece, template, values, environment, missing_key))
            if isinstance(made, RenderError):
                raise made
            outputs.append(made)
    return tuple(outputs)


def _attempt(piece: Piece, index: int, output: Callable[[], Output]) -> Output | RenderError:
    # Given back and not raised, so that no error which quotes values is the context of the one that is shown.
    try:
        return output()
    except TemplateSyntaxError as error:
        return _failure(piece, error.shown, Fault.SYNTAX, index, error.line, error.column)
    except TemplateExecError as error:
        return _failure(piece, error.shown, Fault.TEMPLATE, index, error.line, error.column)
    except LimitError as error:
        fault = Fault.UNAVAILABLE if isinstance(error, DeadlineError) else Fault.LIMIT
        return RenderError(f"template: {piece.name}: {error.shown}", fault=fault, piece=index)
    except MemoryError:
        message = f"template: {piece.name}: needs more memory than there is"
        return RenderError(message, fault=Fault.LIMIT, piece=index)
    except (YamlDecodeError, KeyValueError) as error:
        return RenderError(f"the output is not usable: {error}", fault=Fault.OUTPUT, piece=index)
    except Exception as error:  # noqa: BLE001 - a template of anybody must not end the reconcile of everybody
        # The message of an error that nobody foresaw may quote a value; its class does not.
        return RenderError(f"template: {piece.name}: {type(error).__name__}", fault=Fault.TEMPLATE, piece=index)


def _output(
    piece: Piece,
    template: Callable[[], Template],
    values: Mapping[str, str],
    environment: Environment,
    missing_key: MissingKey,
) -> Output:
    environment.meter.step()
    # Functions may change the map, and the next template starts from the same values.
    data = TypedMap(STRING, STRING, values)
    rendered = template().execute(data, functions=FUNCTIONS, environment=environment, missing_key=missing_key)
    meter = environment.meter
    match piece.form:
        case Form.BYTES:
            return _decoded(rendered, piece.decoding)
        case Form.STRING_MAP:
            return {key: _decoded_entry(key, value, piece) for key, value in string_map(rendered, meter=meter).items()}
        case Form.YAML:
            return Yaml(any_value(rendered, meter=meter))
        case Form.YAML_OR_TEXT:
            return Yaml(any_value_or_text(_decoded(rendered, piece.decoding), meter=meter))


def _decoded(value: bytes, strategy: DecodingStrategy) -> bytes:
    return decode_value(SecretValue(value), strategy).reveal()


def _decoded_entry(key: str, value: bytes, piece: Piece) -> bytes:
    try:
        return _decoded(value, piece.decoding)
    except KeyValueError as error:
        raise KeyValueError(f"{piece.name_of(key)}: {error}") from None


def _failure(piece: Piece, shown: str, fault: Fault, index: int, line: int, column: int | None) -> RenderError:
    if piece.is_sensitive:
        place = f"{line}" if column is None else f"{line}:{column}"
        what = "is no template" if fault is Fault.SYNTAX else "fails"
        shown = f"template: {piece.name}:{place}: it {what}; as it stands in a Secret, no more is told"
    return RenderError(shown, fault=fault, piece=index, line=line, column=column)
