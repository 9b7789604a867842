"""Reads the files that are given. Messages name the file and never quote it."""

import base64
import binascii
import json
import sys
from pathlib import Path
from typing import Final, TypeAlias

import yaml

from bulkhead_cli.failure import CommandError

Document: TypeAlias = dict[str, object]
"""A manifest."""

_TAG: Final = "tag:yaml.org,2002:"


def read(file: Path) -> bytes:
    """Give the bytes of a file; `-` is standard input.

    Raises:
        CommandError: it cannot be read.
    """
    if str(file) == "-":
        return sys.stdin.buffer.read()
    try:
        return file.read_bytes()
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror or 'cannot be read'}") from None


def documents_from(file: Path) -> list[Document]:
    """Read manifests.

    Raises:
        CommandError: the file holds something else.
    """
    try:
        found = [each for each in yaml.safe_load_all(read(file)) if each is not None]
    except yaml.YAMLError as error:
        raise CommandError(f"{file}: {_problem(error)}") from None
    if not all(isinstance(each, dict) for each in found):
        raise CommandError(f"{file}: holds something else than manifests")
    return found


def values_from(file: Path) -> dict[str, bytes]:
    """Read values by key: text as it is, other scalars as they are written, lists and maps as JSON.

    Raises:
        CommandError: the file holds no map.
    """
    loader = yaml.SafeLoader(read(file))
    try:
        node = loader.get_single_node()
        if node is None:
            return {}
        if not isinstance(node, yaml.MappingNode) or not all(isinstance(key, yaml.ScalarNode) for key, _ in node.value):
            raise CommandError(f"{file}: holds no map of values by key")
        return {key.value: _value(loader, value, file) for key, value in node.value}
    except yaml.YAMLError as error:
        raise CommandError(f"{file}: {_problem(error)}") from None
    finally:
        loader.dispose()


def _value(loader: yaml.SafeLoader, node: yaml.Node, file: Path) -> bytes:
    if not isinstance(node, yaml.ScalarNode):
        return json.dumps(loader.construct_object(node, deep=True), default=str, ensure_ascii=False).encode()
    match node.tag.removeprefix(_TAG):
        case "null":
            return b""
        case "binary":
            try:
                return base64.b64decode("".join(str(node.value).split()), validate=True)
            except binascii.Error:
                raise CommandError(f"{file}: line {node.start_mark.line + 1}: is no base64") from None
        case _:
            return str(node.value).encode()


def _problem(error: yaml.YAMLError) -> str:
    # The error's own text quotes the file.
    mark = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
    return "is no YAML" if mark is None else f"line {mark.line + 1}: is no YAML"
