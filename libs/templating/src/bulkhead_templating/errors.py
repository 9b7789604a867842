"""What can go wrong with a template; every message is Go's where Go has one.

A message may quote values, which are secrets. Beside it each error of a template has a text that holds none, `shown`:
it is decided where the error is raised, and what nobody has decided about is left out of it.
"""


class TemplateError(Exception):
    """A template cannot be rendered; the message may quote values, so it is nothing for logs and conditions."""

    @property
    def shown(self) -> str:
        """What may be shown to whoever may read the template: no value is in it."""
        return str(self)


class TemplateSyntaxError(TemplateError):
    """A text is no template; no value is known yet, so the whole message is shown."""

    def __init__(self, message: str, *, name: str, line: int, column: int | None = None) -> None:
        """Keep where it is.

        Args:
            message: Go's whole text, `template: NAME:LINE: …`.
            name: the name that the text was parsed under.
            line: counted from one.
            column: in bytes from the start of the line, counted from zero; None where only the line is known. Go's
                message has none.
        """
        super().__init__(message)
        self.name = name
        self.line = line
        self.column = column


class TemplateExecError(TemplateError):
    """A template fails while it is rendered."""

    def __init__(self, message: str, *, shown: str, name: str, line: int, column: int) -> None:
        """Keep where it is.

        Args:
            message: Go's whole text, `template: NAME:LINE:COLUMN: executing "NAME" at <…>: …`.
            shown: the same without values.
            name: the name that the text was parsed under.
            line: counted from one.
            column: in bytes from the start of the line, counted from zero.
        """
        super().__init__(message)
        self._shown = shown
        self.name = name
        self.line = line
        self.column = column

    @property
    def shown(self) -> str:
        """The message without values."""
        return self._shown


class TemplateFunctionError(Exception):
    """A function gives an error; the engine makes `error calling NAME: …` of it."""

    def __init__(self, message: str, *, is_public: bool = False) -> None:
        """Keep the reason.

        Args:
            message: Go's.
            is_public: whether it is made of nothing but words of the code and names of types, so that it is shown.
        """
        super().__init__(message)
        self.is_public = is_public


class GoPanicError(TemplateFunctionError):
    """A function would panic in Go; text/template recovers and tells it like an error that was returned."""


class LimitError(TemplateError):
    """A render is larger than it may be; nothing of its output is used. Go has no such limits.

    The message names the limit and no value.
    """


class StepLimitError(LimitError):
    """It takes too many steps."""


class OutputLimitError(LimitError):
    """Its output is too long."""


class DepthLimitError(LimitError):
    """It is nested too deeply: blocks, parentheses, templates that call themselves, or values within values."""


class MemoryLimitError(LimitError):
    """It makes too many bytes on its way."""


class DeadlineError(LimitError):
    """It takes too long."""
