"""Go's package fmt: `Sprint`, `Sprintln` and `Sprintf` for the values of templates."""

from bulkhead_templating.directives import Directives
from bulkhead_templating.formatting import Layout, put_together
from bulkhead_templating.limits import Meter
from bulkhead_templating.printer import print_argument
from bulkhead_templating.text import canonical


def sprint(*values: object, meter: Meter | None = None) -> str:
    """Print values in their default format, with a space between two that are both not strings.

    Raises:
        LimitError: that costs more than the meter allows; a meter of its own is taken where none is given.
    """
    layout = Layout(meter=meter or Meter())
    pieces: list[str] = []
    previous_is_string = True
    for value in values:
        is_string = isinstance(value, str)
        if not is_string and not previous_is_string:
            pieces.append(" ")
        pieces.append(print_argument(layout, value, "v"))
        previous_is_string = is_string
    return canonical(put_together(pieces, meter=layout.meter))


def sprintln(*values: object, meter: Meter | None = None) -> str:
    """Print values in their default format, with spaces between them and a newline at the end.

    Raises:
        LimitError: that costs more than the meter allows; a meter of its own is taken where none is given.
    """
    layout = Layout(meter=meter or Meter())
    pieces = (print_argument(layout, value, "v") for value in values)
    return canonical(put_together(pieces, meter=layout.meter, between=" ") + "\n")


def sprintf(layout: str, *values: object, meter: Meter | None = None) -> str:
    """Print values as the verbs of a layout say; mistakes in it show in the text, as `%!d(string=x)`.

    Raises:
        LimitError: that costs more than the meter allows; a meter of its own is taken where none is given.
    """
    return canonical(Directives(layout, values, meter or Meter()).printed())
