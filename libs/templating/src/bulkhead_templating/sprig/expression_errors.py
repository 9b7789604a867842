"""What is wrong with a regular expression in the words of Go, which are not those of RE2.

Source: Go, package regexp/syntax, ErrorCode; RE2, re2/re2.cc.
"""

from collections.abc import Mapping
from typing import Final

_CODES: Final[Mapping[str, str]] = {
    "missing )": "missing closing )",
    "unexpected )": "unexpected )",
    "missing ]": "missing closing ]",
    "no argument for repetition operator": "missing argument to repetition operator",
    "bad repetition operator": "invalid nested repetition operator",
    "invalid repetition size": "invalid repeat count",
    "invalid perl operator": "invalid or unsupported Perl syntax",
    "invalid character class range": "invalid character class range",
    "invalid escape sequence": "invalid escape sequence",
    "trailing \\": "trailing backslash at end of expression",
    "invalid named capture group": "invalid named capture",
    "invalid UTF-8": "invalid UTF-8",
}


def go_reason(reason: str, expression: str) -> str:
    """Give Go's words for RE2's, with the part of the expression that is wrong.

    Args:
        reason: what RE2 says, a code and mostly a colon with the part.
        expression: all of it, which Go shows where parentheses do not match.
    """
    code, _, part = reason.partition(": ")
    if part in ("(?<=", "(?<!"):
        return f"invalid named capture: `{_named_capture(expression, part)}`"
    for known, ours in _CODES.items():
        if code == known or code.startswith(f"{known} "):
            shown = expression if known in ("missing )", "unexpected )") else part
            return f"{ours}: `{shown}`"
    return reason


def _named_capture(expression: str, beginning: str) -> str:
    """Give what Go takes for the name of a group: to the next `>`, or all the rest."""
    rest = expression[expression.index(beginning) :]
    return rest[: rest.index(">") + 1] if ">" in rest else rest
