"""The nodes of a YAML document, with Go's words for its mistakes.

The events are those of libyaml, of which go-yaml is a port, through PyYAML.

Source: go.yaml.in/yaml/v2, decode.go, type parser.
"""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import yaml

from bulkhead_templating.limits import Meter
from bulkhead_templating.text import bytes_of

_ESCAPE: Final = re.compile(r"\\.", re.DOTALL)
_TAG_PREFIX: Final = "tag:yaml.org,2002:"


class YamlReadError(ValueError):
    """A text is no YAML, or not what is wanted; the message is Go's."""


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


def compose(text: str, *, meter: Meter) -> Node | None:
    """Read the first document; None if there is none.

    Raises:
        YamlReadError: it is no YAML.
        DepthLimitError: it is nested too deeply.
    """
    try:
        return _first_document(text, meter)
    except yaml.reader.ReaderError as error:
        raise YamlReadError(f"yaml: {error.reason}") from error
    except yaml.MarkedYAMLError as error:
        raise YamlReadError(f"yaml: {_line(error)}{error.problem}") from error


def _line(error: yaml.MarkedYAMLError) -> str:
    """Give the line as Go counts it: that of the problem, if it is not the first, and else that of the context."""
    if error.problem_mark is not None and error.problem_mark.line:
        line = error.problem_mark.line + isinstance(error, yaml.scanner.ScannerError)
    else:
        line = error.context_mark.line if error.context_mark is not None else 0
    return f"line {line}: " if line else ""


def _first_document(text: str, meter: Meter) -> Node | None:
    anchors: dict[str, Node] = {}
    root: Node | None = None
    open_nodes: list[Node] = []
    for event in yaml.parse(bytes_of(text), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        meter.step()
        match event:
            case yaml.CollectionStartEvent() | yaml.ScalarEvent() | yaml.AliasEvent():
                if isinstance(event, yaml.ScalarEvent) and event.style == '"' and r"\/" in text:
                    _refuse_escaped_slash(event, text)
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


def _refuse_escaped_slash(event: yaml.ScalarEvent, text: str) -> None:
    """Refuse an escape that libyaml has learned from JSON and go-yaml 2 has not."""
    start, end = event.start_mark, event.end_mark
    if start is None or end is None:
        return
    source = text[start.index : end.index]
    for found in _ESCAPE.finditer(source):
        if found.group() == r"\/":
            line = start.line + source.count("\n", 0, found.start())
            where = f"line {line + 1}: " if line else ""
            raise YamlReadError(f"yaml: {where}found unknown escape character")


def _node(event: yaml.NodeEvent, anchors: dict[str, Node]) -> Node:
    if isinstance(event, yaml.AliasEvent):
        if event.anchor not in anchors:
            raise YamlReadError(f"yaml: unknown anchor '{event.anchor}' referenced")
        return Node(NodeKind.ALIAS, value=event.anchor, children=[anchors[event.anchor]])
    tag = _short_tag(event)
    match event:
        case yaml.ScalarEvent():
            node = Node(NodeKind.SCALAR, value=event.value, tag=tag, is_plain=event.implicit[0])
        case yaml.MappingStartEvent():
            node = Node(NodeKind.MAPPING, tag=tag)
        case _:
            node = Node(NodeKind.SEQUENCE, tag=tag)
    if event.anchor is not None:
        anchors[event.anchor] = node
    return node
