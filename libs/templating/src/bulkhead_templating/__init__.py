"""Go's text/template in Python: the same bytes, the same errors, and limits.

Everything here is pure: no I/O, no clock and no randomness but what the caller passes in. The README beside this
package says how to use it and how to write functions for it.
"""

from bulkhead_templating.engine import Delimiters, Template, parse
from bulkhead_templating.environment import Environment
from bulkhead_templating.errors import (
    DeadlineError,
    DepthLimitError,
    GoPanicError,
    LimitError,
    MemoryLimitError,
    OutputLimitError,
    StepLimitError,
    TemplateError,
    TemplateExecError,
    TemplateFunctionError,
    TemplateSyntaxError,
)
from bulkhead_templating.functions import Function, FunctionMap
from bulkhead_templating.limits import Limits, Meter
from bulkhead_templating.run import MissingKey

__all__ = [
    "DeadlineError",
    "Delimiters",
    "DepthLimitError",
    "Environment",
    "Function",
    "FunctionMap",
    "GoPanicError",
    "LimitError",
    "Limits",
    "MemoryLimitError",
    "Meter",
    "MissingKey",
    "OutputLimitError",
    "StepLimitError",
    "Template",
    "TemplateError",
    "TemplateExecError",
    "TemplateFunctionError",
    "TemplateSyntaxError",
    "parse",
]
