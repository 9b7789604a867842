"""What libyaml has learned since go-yaml 2 was made of it: taken by the one and refused by the other.

Source: go.yaml.in/yaml/v2, scannerc.go; libyaml, src/scanner.c.
"""

import re
from typing import Final

import yaml

from bulkhead_templating.goyaml.read_error import YamlReadError

_ESCAPE: Final = re.compile(r"\\.", re.DOTALL)


def refuse_escaped_slash(event: yaml.ScalarEvent, text: str) -> None:
    """Refuse an escape of JSON in a scalar with quotation marks.

    Raises:
        YamlReadError: there is one.
    """
    start = event.start_mark
    if start is None:
        return
    source = _source(event, text)
    for found in _ESCAPE.finditer(source):
        if found.group() == r"\/":
            line = start.line + source.count("\n", 0, found.start())
            # Scanners and parsers of go-yaml count lines differently.
            raise _error(line, line + 1, "found unknown escape character")


def refuse_question_mark(event: yaml.ScalarEvent, closing: str, text: str) -> None:
    """Refuse a question mark in a plain scalar between brackets or braces, where it would begin a key.

    Raises:
        YamlReadError: always.
    """
    source = _source(event, text)
    line = (event.start_mark.line if event.start_mark is not None else 0) + source.count("\n", 0, source.find("?"))
    raise _error(line, line, f"did not find expected ',' or '{closing}'")


def _source(event: yaml.ScalarEvent, text: str) -> str:
    start, end = event.start_mark, event.end_mark
    return "" if start is None or end is None else text[start.index : end.index]


def _error(line: int, line_in_go: int, problem: str) -> YamlReadError:
    where = f"line {line_in_go}: " if line else ""
    return YamlReadError(f"yaml: {where}{problem}", unquoted=f"line {line + 1}: {problem}")
