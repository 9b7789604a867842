"""Names that Kubernetes takes or not: of objects, namespaces, labels, annotations, finalizers and keys. Pure."""

import re
from typing import Final

from bulkhead_target.checks import is_annotation_name, is_label_value, is_qualified_name
from bulkhead_target.keys import KeyValueError, check_secret_keys, quoted
from bulkhead_validation.node import Node
from bulkhead_validation.templates import is_plain

_LABEL: Final = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_NAMESPACE: Final = re.compile(_LABEL)
_OBJECT: Final = re.compile(rf"{_LABEL}(\.{_LABEL})*")
_MAX_NAMESPACE: Final = 63
_MAX_OBJECT: Final = 253
_MAX_ANNOTATION_BYTES: Final = 256 * 1024
# Source: Kubernetes, core validation standardFinalizers.
_STANDARD_FINALIZERS: Final = ("foregroundDeletion", "kubernetes", "orphan")


def check_namespace(node: Node) -> None:
    """Note what is no name of a namespace; the schema refuses it."""
    name = node.text()
    if node.present and not (len(name) <= _MAX_NAMESPACE and _NAMESPACE.fullmatch(name)):
        node.refused_by_schema("is no name of a namespace: 1 to 63 of the characters a-z, 0-9, '-'")


def check_object_name(node: Node) -> None:
    """Note what is no name of an object; the schema refuses it."""
    name = node.text()
    if node.present and not (len(name) <= _MAX_OBJECT and _OBJECT.fullmatch(name)):
        node.refused_by_schema("is no name of an object: 1 to 253 of the characters a-z, 0-9, '-', '.'")


def check_labels(node: Node, *, are_templates: bool) -> None:
    """Note labels that the API server would refuse."""
    for name, value in node.entries():
        if not is_qualified_name(name):
            value.never_works(f"{quoted(name)} is no name of a label, such as example.com/name")
        if (not are_templates or is_plain(value)) and not is_label_value(value.text()):
            value.never_works(
                "is no value of a label: at most 63 of the characters a-z, A-Z, 0-9, '-', '_', '.', a letter or digit "
                "at both ends"
            )


def check_annotations(node: Node) -> None:
    """Note annotations that the API server would refuse."""
    total = 0
    for name, value in node.entries():
        if not is_annotation_name(name):
            value.never_works(f"{quoted(name)} is no name of an annotation, such as example.com/name")
        if is_plain(value):
            total += len(name) + len(value.text().encode("utf-8", "replace"))
    if total > _MAX_ANNOTATION_BYTES:
        node.never_works("the annotations together are larger than 256 KiB")


def check_finalizers(node: Node) -> None:
    """Note finalizers that the API server would refuse."""
    for each in node.items():
        name = each.text()
        if name in _STANDARD_FINALIZERS:
            each.doubtful("is Kubernetes' own and is never written by Bulkhead: leave it out")
        elif "/" not in name:
            each.never_works(f"{quoted(name)} has no domain, as in example.com/name")


def check_key(node: Node, key: str) -> None:
    """Note a key that no Secret and no ConfigMap may have."""
    try:
        check_secret_keys([key])
    except KeyValueError as error:
        node.never_works(str(error))
