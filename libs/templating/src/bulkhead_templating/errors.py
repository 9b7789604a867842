"""What can go wrong with a template; every message is Go's where Go has one."""


class TemplateError(Exception):
    """A template cannot be rendered; the message is safe to log unless the template quotes its own values."""


class TemplateSyntaxError(TemplateError):
    """A text is no template."""

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

    def __init__(self, message: str, *, name: str, line: int, column: int) -> None:
        """Keep where it is.

        Args:
            message: Go's whole text, `template: NAME:LINE:COLUMN: executing "NAME" at <…>: …`.
            name: the name that the text was parsed under.
            line: counted from one.
            column: in bytes from the start of the line, counted from zero.
        """
        super().__init__(message)
        self.name = name
        self.line = line
        self.column = column


class TemplateFunctionError(Exception):
    """A function gives an error; the engine makes `error calling NAME: …` of it."""


class GoPanicError(TemplateFunctionError):
    """A function would panic in Go; text/template recovers and tells it like an error that was returned."""


class LimitError(TemplateError):
    """A render is larger than it may be; nothing of its output is used. Go has no such limits."""


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
