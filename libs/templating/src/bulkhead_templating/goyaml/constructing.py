"""Values of the nodes of a YAML document.

Source: go.yaml.in/yaml/v2, decode.go, type decoder.
"""

import re
from base64 import b64decode
from typing import Final

from bulkhead_templating.goyaml.composing import Node, NodeKind
from bulkhead_templating.goyaml.read_error import YamlReadError
from bulkhead_templating.goyaml.scalars import BINARY_TAG, ScalarError, resolve
from bulkhead_templating.kinds import ANY
from bulkhead_templating.limits import Meter
from bulkhead_templating.printing import sprintf
from bulkhead_templating.text import text_of
from bulkhead_templating.values import TypedMap

_BASE_64: Final = re.compile("(?:[A-Za-z0-9+/]{4})*+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_MERGE_TAG: Final = "!!merge"
# Of more nodes than these hardly any part may come from aliases.
_LOW, _HIGH = 400_000, 4_000_000


class Constructor:
    """Makes values; one for each document."""

    def __init__(self, meter: Meter) -> None:
        """Begin to count."""
        self._meter = meter
        self._nodes = 0
        self._nodes_of_aliases = 0
        self._aliases: list[Node] = []

    def value_of(self, node: Node) -> object:
        """Give the value of a node; mappings keep keys of all types.

        Raises:
            YamlReadError: there is none.
            DepthLimitError: it is nested too deeply.
        """
        self._count()
        match node.kind:
            case NodeKind.SCALAR:
                return _scalar(node)
            case NodeKind.SEQUENCE:
                return self._items(node)
            case NodeKind.MAPPING:
                members = TypedMap(ANY, ANY)
                self._fill(members, node)
                return members
            case NodeKind.ALIAS:
                self._enter(node)
                value = self.value_of(node.children[0])
                self._aliases.pop()
                return value

    def _items(self, node: Node) -> list[object]:
        self._meter.enter()
        try:
            return [self.value_of(child) for child in node.children]
        finally:
            self._meter.leave()

    def _fill(self, members: TypedMap, node: Node) -> None:
        # What aliases stand for is deeper than it is written.
        self._meter.enter()
        try:
            self._fill_entered(members, node)
        finally:
            self._meter.leave()

    def _fill_entered(self, members: TypedMap, node: Node) -> None:
        for key_node, value_node in zip(node.children[::2], node.children[1::2], strict=True):
            if key_node.kind is NodeKind.SCALAR and key_node.value == "<<" and _is_merge(key_node):
                self._merge(members, value_node)
                continue
            key = self.value_of(key_node)
            if isinstance(key, (dict, list)):
                unquoted = f"line {key_node.line}: expected a scalar as the key of a map"
                raise YamlReadError(
                    "yaml: " + sprintf("invalid map key: %#v", key, meter=self._meter), unquoted=unquoted
                )
            value = self.value_of(value_node)
            members[_own_key(members, key)] = value

    def _merge(self, members: TypedMap, node: Node) -> None:
        if node.kind is NodeKind.SEQUENCE:
            # The first of several mappings counts, so it comes last.
            for child in reversed(node.children):
                self._merge_one(members, child)
        else:
            self._merge_one(members, node)

    def _merge_one(self, members: TypedMap, node: Node) -> None:
        target = node.children[0] if node.kind is NodeKind.ALIAS else node
        if target.kind is not NodeKind.MAPPING:
            problem = "map merge requires map or sequence of maps as the value"
            raise YamlReadError(f"yaml: {problem}", unquoted=f"line {node.line}: {problem}")
        self._count()
        if target is node:
            self._fill(members, target)
            return
        self._enter(node)
        self._count()
        self._fill(members, target)
        self._aliases.pop()

    def _enter(self, alias: Node) -> None:
        if alias in self._aliases:
            unquoted = f"line {alias.line}: the value of an anchor contains itself"
            raise YamlReadError(f"yaml: anchor '{alias.value}' value contains itself", unquoted=unquoted)
        self._aliases.append(alias)

    def _count(self) -> None:
        self._meter.step()
        self._nodes += 1
        self._nodes_of_aliases += bool(self._aliases)
        if self._nodes_of_aliases > 100 and self._nodes > 1_000:
            allowed = 0.99 - 0.89 * min(max((self._nodes - _LOW) / (_HIGH - _LOW), 0), 1)
            if self._nodes_of_aliases / self._nodes > allowed:
                problem = "document contains excessive aliasing"
                raise YamlReadError(f"yaml: {problem}", unquoted=problem)


def _is_merge(node: Node) -> bool:
    return node.is_plain or node.tag == _MERGE_TAG


def _scalar(node: Node) -> object:
    if not node.tag and not node.is_plain:
        return node.value
    try:
        tag, value = resolve(node.value, node.tag)
    except ScalarError as error:
        raise YamlReadError(f"yaml: {error}", unquoted=f"line {node.line}: expected a {node.tag}") from error
    if tag != BINARY_TAG:
        return value
    digits = node.value.replace("\n", "").replace("\r", "")
    # Python's decoder takes padding that is too long.
    if not _BASE_64.fullmatch(digits):
        problem = "!!binary value contains invalid base64 data"
        raise YamlReadError(f"yaml: {problem}", unquoted=f"line {node.line}: {problem}")
    return text_of(b64decode(digits))


def _own_key(members: TypedMap, key: object) -> object:
    """Give the key to set: Python takes 1, 1.0 and true for the same, Go does not."""
    if not isinstance(key, (bool, int, float)) or key not in members:
        return key
    same = next(known for known in members if known == key)
    if type(same) is type(key):
        return key
    # The text is what the key becomes anyway.
    return ("true" if key else "false") if isinstance(key, bool) else str(key)
