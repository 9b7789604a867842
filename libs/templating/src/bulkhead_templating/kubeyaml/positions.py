"""Where in a YAML document something is, for messages; looked for only once it is known to be wrong."""

from collections.abc import Callable, Iterator

from bulkhead_templating.goyaml.composing import Node, NodeKind
from bulkhead_templating.goyaml.scalars import ScalarError, resolve


def line_of_collection(root: Node | None) -> int:
    """Give the line of the first list or map that is a value of the document's map; 0 if it comes by a merge."""
    children = root.children if root is not None else []
    own = (value for key, value in zip(children[::2], children[1::2], strict=True) if key.value != "<<")
    return next((value.line for value in own if _target(value).kind is not NodeKind.SCALAR), 0)


def line_of_key(root: Node | None, key: object) -> int:
    """Give the line of the first key of this type and value; 0 if there is none."""
    keys = (key_node for node in _nodes(root) if node.kind is NodeKind.MAPPING for key_node in node.children[::2])
    same = (node.line for node in keys if _is_scalar(node, lambda found: type(found) is type(key) and found == key))
    return next(same, 0)


def line_of_value(root: Node | None, is_meant: Callable[[object], bool]) -> int:
    """Give the line of the first scalar, keys apart, that has such a value; 0 if there is none."""
    return next((node.line for node in _nodes(root) if _is_scalar(node, is_meant)), 0)


def _nodes(root: Node | None) -> Iterator[Node]:
    """Go through all nodes but keys, in their order; what an alias stands for has come before it."""
    waiting = [root] if root is not None else []
    while waiting:
        node = waiting.pop()
        yield node
        if node.kind is not NodeKind.ALIAS:
            values = node.children[1::2] if node.kind is NodeKind.MAPPING else node.children
            waiting.extend(reversed(values))


def _target(node: Node) -> Node:
    return node.children[0] if node.kind is NodeKind.ALIAS else node


def _is_scalar(node: Node, is_meant: Callable[[object], bool]) -> bool:
    scalar = _target(node)
    if scalar.kind is not NodeKind.SCALAR or not (scalar.tag or scalar.is_plain):
        return False
    try:
        return is_meant(resolve(scalar.value, scalar.tag)[1])
    except ScalarError:
        return False
