"""The nodes of a YAML document, with Go's words for its mistakes.

The events are those of libyaml, of which go-yaml is a port, through PyYAML.

Source: go.yaml.in/yaml/v2, decode.go, type parser.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import yaml

from bulkhead_templating.goyaml.newer_syntax import refuse_escaped_slash, refuse_question_mark
from bulkhead_templating.goyaml.read_error import YamlReadError
from bulkhead_templating.limits import Meter
from bulkhead_templating.text import bytes_of

_TAG_PREFIX: Final = "tag:yaml.org,2002:"
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# Those of the parser in Python quote the text.
_PROBLEMS_ARE_CONSTANT: Final = _LOADER is not yaml.SafeLoader


class NodeKind(StrEnum):
    """What a node is."""

    SCALAR = "scalar"
    SEQUENCE = "sequence"
    MAPPING = "mapping"
    ALIAS = "alias"


@dataclass(slots=True, eq=False)
class Node:
    """A node as it is written."""

    kind: NodeKind
    value: str = ""
    """Of a scalar; of an alias the name."""
    tag: str = ""
    """Short, as `!!str`; empty if there is none."""
    is_plain: bool = False
    """Whether it has neither quotes nor a tag."""
    children: "list[Node]" = field(default_factory=list)
    """Of a mapping, keys and values in turn; of an alias what it stands for."""
    line: int = 0
    """Where it begins, counted from one."""
    is_flow: bool = False
    """Whether it is a collection in brackets or braces."""


def compose(text: str, *, meter: Meter) -> Node | None:
    """Read the first document; None if there is none.

    Raises:
        YamlReadError: it is no YAML.
        DepthLimitError: it is nested too deeply.
    """
    try:
        return _first_document(text, meter)
    except yaml.reader.ReaderError as error:
        unquoted = f"position {error.position}: expected characters that YAML allows, in UTF-8"
        raise YamlReadError(f"yaml: {error.reason}", unquoted=unquoted) from error
    except yaml.MarkedYAMLError as error:
        unquoted = f"{_place(error)}: {error.problem if _PROBLEMS_ARE_CONSTANT else 'expected YAML'}"
        raise YamlReadError(f"yaml: {_line(error)}{error.problem}", unquoted=unquoted) from error


def _line(error: yaml.MarkedYAMLError) -> str:
    """Give the line as Go counts it: that of the problem, if it is not the first, and else that of the context."""
    if error.problem_mark is not None and error.problem_mark.line:
        line = error.problem_mark.line + isinstance(error, yaml.scanner.ScannerError)
    else:
        line = error.context_mark.line if error.context_mark is not None else 0
    return f"line {line}: " if line else ""


def _place(error: yaml.MarkedYAMLError) -> str:
    mark = error.problem_mark or error.context_mark
    return "the document" if mark is None else f"line {mark.line + 1}"


def _first_document(text: str, meter: Meter) -> Node | None:
    open_nodes: list[Node] = []
    try:
        return _document(text, open_nodes, meter)
    finally:
        meter.leave(len(open_nodes))


def _document(text: str, open_nodes: list[Node], meter: Meter) -> Node | None:
    anchors: dict[str, Node] = {}
    root: Node | None = None
    for event in yaml.parse(bytes_of(text), Loader=_LOADER):
        meter.step()
        match event:
            case yaml.CollectionStartEvent() | yaml.ScalarEvent() | yaml.AliasEvent():
                if isinstance(event, yaml.ScalarEvent):
                    _refuse_newer_syntax(event, open_nodes[-1] if open_nodes else None, text)
                node = _node(event, anchors)
                if open_nodes:
                    open_nodes[-1].children.append(node)
                else:
                    root = node
                if isinstance(event, yaml.CollectionStartEvent):
                    meter.enter()
                    open_nodes.append(node)
            case yaml.CollectionEndEvent():
                meter.leave()
                open_nodes.pop()
            case yaml.DocumentEndEvent():
                return root
            case _:
                pass
    return root


def _short_tag(event: yaml.NodeEvent) -> str:
    tag = event.tag if isinstance(event, (yaml.ScalarEvent, yaml.CollectionStartEvent)) else None
    if tag is None:
        return ""
    return f"!!{tag.removeprefix(_TAG_PREFIX)}" if tag.startswith(_TAG_PREFIX) else tag


def _refuse_newer_syntax(event: yaml.ScalarEvent, parent: Node | None, text: str) -> None:
    if event.style == '"' and r"\/" in text:
        refuse_escaped_slash(event, text)
    elif not event.style and parent is not None and parent.is_flow and "?" in event.value:
        refuse_question_mark(event, "]" if parent.kind is NodeKind.SEQUENCE else "}", text)


def _node(event: yaml.NodeEvent, anchors: dict[str, Node]) -> Node:
    line = event.start_mark.line + 1 if event.start_mark is not None else 0
    if isinstance(event, yaml.AliasEvent):
        if event.anchor not in anchors:
            raise YamlReadError(
                f"yaml: unknown anchor '{event.anchor}' referenced",
                unquoted=f"line {line}: expected an anchor before its alias",
            )
        return Node(NodeKind.ALIAS, value=event.anchor, children=[anchors[event.anchor]], line=line)
    tag = _short_tag(event)
    match event:
        case yaml.ScalarEvent():
            node = Node(NodeKind.SCALAR, value=event.value, tag=tag, is_plain=event.implicit[0], line=line)
        case yaml.MappingStartEvent():
            node = Node(NodeKind.MAPPING, tag=tag, line=line, is_flow=bool(event.flow_style))
        case _:
            is_flow = isinstance(event, yaml.SequenceStartEvent) and bool(event.flow_style)
            node = Node(NodeKind.SEQUENCE, tag=tag, line=line, is_flow=is_flow)
    if event.anchor is not None:
        anchors[event.anchor] = node
    return node
