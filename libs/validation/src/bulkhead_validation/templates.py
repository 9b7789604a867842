"""Templates in objects: whether they parse, and if not where. Pure.

A template may hold a secret as a literal, so messages quote nothing of it but names of functions.
"""

import re
from typing import Final

from bulkhead_target.template.render import FUNCTIONS
from bulkhead_templating.engine import Delimiters, Template, parse
from bulkhead_templating.errors import LimitError, StepLimitError, TemplateSyntaxError
from bulkhead_templating.text import text_of
from bulkhead_validation.node import Node

NAME: Final = "t"
"""Under which a template's own tree stands among its trees."""

_TOO_MUCH: Final = "was not checked: the templates of this object together are too large"
_UNKNOWN_FUNCTION: Final = re.compile(r'function "([A-Za-z_][A-Za-z0-9_]{0,63})" not defined')
# Whatever stands in quotation marks of any sort, to the end of the message if the second one is missing.
_QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.)*(?:"|$)|`[^`]*(?:`|$)|\'(?:[^\'\\]|\\.)*(?:\'|$)|<[^>]*(?:>|$)')
# Go's own words and marks; a word that none of these is may be the template's.
_CONSTANT: Final = re.compile(r"malformed character constant:.*", re.DOTALL)


def check_template(node: Node) -> None:
    """Note a text that is no template, with line and column; an absent one is fine."""
    template_at(node)


def template_at(node: Node) -> Template | None:
    """Parse a template and note what is wrong with it; None if there is nothing to parse, or it cannot be parsed."""
    text = node.text()
    # Most values have no action at all.
    if node.scope.delimiters.left not in text:
        return None
    allowance = node.scope.allowance
    allowance.action_chars -= _action_chars(text, node.scope.delimiters)
    if allowance.action_chars < 0:
        node.doubtful(_TOO_MUCH)
        return None
    try:
        return parse(
            NAME,
            text_of(text.encode("utf-8", "replace")),
            functions=FUNCTIONS,
            delimiters=node.scope.delimiters,
            meter=allowance.templates,
        )
    except TemplateSyntaxError as error:
        column = "" if error.column is None else f", column {error.column + 1}"
        node.never_works(f"is no template: line {error.line}{column}: {_reason(str(error))}")
    except StepLimitError:
        # So that those after it are not even begun.
        allowance.action_chars = 0
        node.doubtful(_TOO_MUCH)
    except LimitError:
        node.doubtful("is nested too deeply for Bulkhead: make it flatter")
    return None


def is_plain(node: Node) -> bool:
    """Say whether a template gives its own text, as it has no action."""
    return node.scope.delimiters.left not in node.text()


def _action_chars(text: str, delimiters: Delimiters) -> int:
    return sum(len(part.partition(delimiters.right)[0]) + 1 for part in text.split(delimiters.left)[1:])


def _reason(message: str) -> str:
    reason = message.split(": ", 2)[-1]
    unknown = _UNKNOWN_FUNCTION.search(reason)
    if unknown is not None:
        return f'function "{unknown.group(1)}" is not known'
    return _QUOTED.sub("…", _CONSTANT.sub("malformed character constant", reason))
