"""Writes what values.yaml says of each value into the chart's README and into its schema.

A value is described in one place: by the comment line above it. `python -m bulkhead_testkit.values_docs` writes both
files; with `--check` it only says whether they are current.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

import yaml

from bulkhead_testkit.helm import CHART

Node: TypeAlias = "dict[str, Node] | list[Node] | str | int | float | bool | None"

_HEADING: Final = "| value | default | meaning |\n|---|---|---|\n"
_ONE_FORM: Final = "providers.fake."
"""Left out of the table: it has the form of the vault provider."""
_WHOLE: Final = ("resources",)
"""Mappings that count as one value although they have entries."""
_WIDTH: Final = 140


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One value that can be given."""

    path: str
    """Its names with dots between."""
    default: Node
    meaning: str
    """The comment above it, without its mark; empty if there is none."""


def values_from(text: str) -> list[Value]:
    """Read all values of a values file with their comments, in the file's order.

    Args:
        text: YAML in block style; only the last mapping of a path may be in flow style.
    """
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    lines = text.splitlines()
    return list(_values(root, "", lines)) if isinstance(root, yaml.MappingNode) else []


def _values(node: yaml.MappingNode, path: str, lines: list[str], meaning: str = "") -> Iterator[Value]:
    for key, child in node.value:
        here = f"{path}.{key.value}".lstrip(".")
        # What stands on one line is described by one comment.
        own = meaning if node.flow_style else _comment(lines, key.start_mark.line)
        if isinstance(child, yaml.MappingNode) and child.value and key.value not in _WHOLE:
            yield from _values(child, here, lines, own)
        else:
            yield Value(path=here, default=yaml.SafeLoader("").construct_document(child), meaning=own)


def _comment(lines: list[str], line: int) -> str:
    words: list[str] = []
    while line and lines[line - 1].strip().startswith("#"):
        line -= 1
        words.insert(0, lines[line].strip().removeprefix("#").strip())
    return " ".join(words)


def table_of(values: list[Value]) -> str:
    """Write the rows of the README's table; documents are linked from where the README is."""
    rows = []
    for value in values:
        if value.path.startswith(_ONE_FORM):
            continue
        meaning = re.sub(r"\bdocs/[a-z0-9/-]+\.md\b", lambda link: f"[{link[0]}](../../{link[0]})", value.meaning)
        rows.append(f"| `{value.path}` | `{json.dumps(value.default)}` | {meaning.replace('|', chr(92) + '|')} |")
    return "\n".join(rows) + "\n"


def readme_with(text: str, values: list[Value]) -> str:
    """Put the table in the place of the one that is there."""
    before, heading, rest = text.partition(_HEADING)
    after = re.sub(r"\A(\|.*\n)*", "", rest)
    return before + heading + table_of(values) + after


def schema_with(schema: dict[str, Node], values: list[Value]) -> dict[str, Node]:
    """Describe each property in the schema as its value is; what several values share keeps the description it has."""
    meanings: dict[int, set[str]] = {}
    nodes: dict[int, dict[str, Node]] = {}
    for value in values:
        if value.path.startswith(_ONE_FORM) or not value.meaning:
            continue
        node = property_of(schema, value.path)
        if node is not None:
            nodes[id(node)] = node
            meanings.setdefault(id(node), set()).add(value.meaning)
    for key, said in meanings.items():
        if len(said) == 1:
            described = {"description": said.pop()} | {
                name: of for name, of in nodes[key].items() if name != "description"
            }
            nodes[key].clear()
            nodes[key].update(described)
    return schema


def property_of(schema: dict[str, Node], path: str) -> dict[str, Node] | None:
    """Give the part of the schema about one value, before a reference in it is followed; None if there is none."""
    node: dict[str, Node] = schema
    for name in path.split("."):
        node = _resolved(schema, node)
        inner = _entry(node, "properties", name) or next(iter(_mapping(node.get("patternProperties")).values()), None)
        if not isinstance(inner, dict):
            return None
        node = inner
    return node


def _resolved(schema: dict[str, Node], node: dict[str, Node]) -> dict[str, Node]:
    reference = node.get("$ref")
    if not isinstance(reference, str):
        return node
    target = _entry(schema, "$defs", reference.rpartition("/")[2])
    return target if isinstance(target, dict) else node


def _entry(node: Mapping[str, Node], name: str, key: str) -> Node:
    return _mapping(node.get(name)).get(key)


def _mapping(node: Node) -> dict[str, Node]:
    return node if isinstance(node, dict) else {}


def json_text(node: Node, indent: int = 0, lead: int = 0) -> str:
    """Write JSON with whatever fits on a line on one line."""
    flat = json.dumps(node, ensure_ascii=False)
    if indent + lead + len(flat) + 1 <= _WIDTH or not isinstance(node, dict | list) or not node:
        return flat
    pad = " " * (indent + 2)
    if isinstance(node, dict):
        names = [(f"{json.dumps(name)}: ", child) for name, child in node.items()]
        parts = [f"{pad}{name}{json_text(child, indent + 2, len(name))}" for name, child in names]
        return "{\n" + ",\n".join(parts) + "\n" + " " * indent + "}"
    if all(isinstance(child, str) for child in node):
        return "[\n" + _filled([json.dumps(child) for child in node], pad) + "\n" + " " * indent + "]"
    parts = [f"{pad}{json_text(child, indent + 2)}" for child in node]
    return "[\n" + ",\n".join(parts) + "\n" + " " * indent + "]"


def _filled(words: list[str], pad: str) -> str:
    lines = [pad + words[0]]
    for word in words[1:]:
        if len(lines[-1]) + len(word) + 3 <= _WIDTH:
            lines[-1] += f", {word}"
        else:
            lines[-1] += ","
            lines.append(pad + word)
    return "\n".join(lines)


def main() -> None:
    """Write both files, or with --check end with 1 if one of them is not what would be written."""
    parser = argparse.ArgumentParser(
        prog="python -m bulkhead_testkit.values_docs",
        description="Describe the chart's values in its README and its schema.",
    )
    parser.add_argument("--check", action="store_true", help="only say whether both are current")
    check = parser.parse_args().check
    values = values_from((CHART / "values.yaml").read_text())
    readme, schema = CHART / "README.md", CHART / "values.schema.json"
    wanted = {
        readme: readme_with(readme.read_text(), values),
        schema: json_text(schema_with(json.loads(schema.read_text()), values)) + "\n",
    }
    stale = [path for path, text in wanted.items() if path.read_text() != text]
    if check and stale:
        names = ", ".join(path.name for path in stale)
        sys.exit(f"charts/bulkhead: {names} is not what values.yaml says; run `make generate`")
    for path in stale:
        path.write_text(wanted[path])


if __name__ == "__main__":
    main()
