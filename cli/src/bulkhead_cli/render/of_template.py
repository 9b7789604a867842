"""What one template gives. It is printed to who has the values, so messages are Go's whole ones."""

from collections.abc import Mapping

from bulkhead_cli.failure import FAILED, CommandError
from bulkhead_cli.render.pointing import pointed
from bulkhead_cli.render.world import new_environment
from bulkhead_target.template.render import FUNCTIONS
from bulkhead_templating import Delimiters, LimitError, MissingKey, TemplateExecError, TemplateSyntaxError, parse
from bulkhead_templating.kinds import STRING
from bulkhead_templating.text import text_of
from bulkhead_templating.values import TypedMap


def render_template(name: str, text: bytes, values: Mapping[str, bytes], delimiters: Delimiters) -> bytes:
    """Render a template as the controller does.

    Raises:
        CommandError: it fails; the message shows where.
    """
    environment = new_environment()
    data = TypedMap(STRING, STRING, {key: text_of(value) for key, value in values.items()})
    try:
        template = parse(name, text_of(text), functions=FUNCTIONS, delimiters=delimiters, meter=environment.meter)
        return template.execute(data, functions=FUNCTIONS, environment=environment, missing_key=MissingKey.ERROR)
    except (TemplateSyntaxError, TemplateExecError) as error:
        place = pointed(text, line=error.line, column=error.column)
        raise CommandError(f"{error}\n{place}".rstrip("\n"), status=FAILED) from None
    except LimitError as error:
        raise CommandError(f"{name}: {error}", status=FAILED) from None
