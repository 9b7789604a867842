"""What clients and stored objects count on in a CustomResourceDefinition, as facts that can be compared and committed.

Facts are names, types, bounds, defaults, rules and what lists show: all but the prose, which is descriptions, examples
and the messages of CEL rules. As a program it prints the table of a file: `python -m bulkhead_testkit.crd_facts FILE`.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, TypeAlias

import msgspec
import yaml

Facts: TypeAlias = Mapping[str, Mapping[str, object]]
"""What is true, by name, of each place.

A place is `definition`, a version (`v1`), a column or selectable field (`v1 column Ready`), the schema (`v1.`) or a
field of it (`v1.spec.data[].secretKey`), where `[]` is an item of a list and `{}` a value of a map.
"""

_PROSE: Final = frozenset({"description", "example"})
_WITHOUT_ORDER: Final = frozenset({"enum", "required", "categories", "shortNames"})
"""Lists whose order nobody can see; all other lists are compared in order."""


class _Version(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    name: str
    served: bool
    storage: bool
    schema: dict[str, dict[str, object]]
    deprecated: bool = False
    subresources: dict[str, object] = {}
    additional_printer_columns: list[dict[str, object]] = []
    selectable_fields: list[dict[str, str]] = []


class _Spec(msgspec.Struct, forbid_unknown_fields=True):
    group: str
    scope: str
    names: dict[str, object]
    versions: list[_Version]


class _Metadata(msgspec.Struct):
    name: str
    labels: dict[str, str] = {}


class _Definition(msgspec.Struct):
    metadata: _Metadata
    spec: _Spec


def facts_from(text: str) -> Facts:
    """Gather the facts of one definition.

    Args:
        text: a CustomResourceDefinition, apiextensions.k8s.io/v1, in YAML.

    Raises:
        msgspec.ValidationError: it is none, or has a setting that this module would overlook.
    """
    definition = msgspec.convert(yaml.safe_load(text), _Definition)
    spec = definition.spec
    facts: dict[str, Mapping[str, object]] = {
        "definition": _sorted(
            {"name": definition.metadata.name, "labels": definition.metadata.labels}
            | {"group": spec.group, "scope": spec.scope}
            | spec.names
        )
    }
    for version in spec.versions:
        facts.update(_facts_of_version(version))
    return facts


def table_from(facts: Facts) -> str:
    """Write facts as lines of a place, a tab, and what is true there as JSON; sorted, so that diffs are small."""
    lines = [f"{place}\t{json.dumps(facts[place], sort_keys=True, separators=(',', ':'))}\n" for place in sorted(facts)]
    return "".join(lines)


def facts_from_table(table: str) -> Facts:
    """Read what `table_from` wrote.

    Raises:
        msgspec.DecodeError: a line is not in its form.
    """
    rows = (line.partition("\t") for line in table.splitlines())
    return {place: msgspec.json.decode(facts, type=dict[str, object]) for place, _, facts in rows}


def differences(found: Facts, wanted: Facts) -> Iterator[str]:
    """Say in words, one sentence each and in order of the places, where `found` is not as `wanted`."""
    for place in sorted({*found, *wanted}):
        if place not in found:
            yield f"{place}: missing"
        elif place not in wanted:
            yield f"{place}: unknown"
        else:
            yield from _differences_at(place, found[place], wanted[place])


def _differences_at(place: str, found: Mapping[str, object], wanted: Mapping[str, object]) -> Iterator[str]:
    for name in sorted({*found, *wanted}):
        if name not in found:
            yield f"{place}: {name} is missing, should be {json.dumps(wanted[name])}"
        elif name not in wanted:
            yield f"{place}: {name} is {json.dumps(found[name])}, should be absent"
        elif found[name] != wanted[name]:
            yield f"{place}: {name} is {json.dumps(found[name])}, should be {json.dumps(wanted[name])}"


def _facts_of_version(version: _Version) -> Iterator[tuple[str, Mapping[str, object]]]:
    settings: dict[str, object] = {name: getattr(version, name) for name in ("served", "storage", "deprecated")}
    yield version.name, settings | {"subresources": version.subresources}
    for position, column in enumerate(version.additional_printer_columns):
        yield f"{version.name} column {column['name']}", _without_prose(column) | {"position": position}
    for position, field in enumerate(version.selectable_fields):
        yield f"{version.name} selectable {field['jsonPath']}", {"position": position}
    yield from _facts_of_schema(f"{version.name}.", version.schema["openAPIV3Schema"])


def _facts_of_schema(place: str, schema: Mapping[str, object]) -> Iterator[tuple[str, Mapping[str, object]]]:
    here: dict[str, object] = {}
    below: list[tuple[str, object]] = []
    for name, value in _without_prose(schema).items():
        match name, value:
            case "properties", dict():
                below += [(f"{place.removesuffix('.')}.{field}", child) for field, child in value.items()]
            case "items", dict():
                below.append((f"{place}[]", value))
            case "additionalProperties", dict():
                below.append((f"{place}{{}}", value))
            case "x-kubernetes-validations", list():
                here[name] = [{key: part for key, part in rule.items() if key != "message"} for rule in value]
            case _:
                here[name] = value
    yield place, _sorted(here)
    for child_place, child in below:
        yield from _facts_of_schema(child_place, msgspec.convert(child, dict[str, object]))


def _without_prose(facts: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in facts.items() if name not in _PROSE}


def _sorted(facts: Mapping[str, object]) -> dict[str, object]:
    return {
        name: sorted(value, key=json.dumps) if name in _WITHOUT_ORDER and isinstance(value, list) else value
        for name, value in facts.items()
    }


if __name__ == "__main__":
    sys.stdout.write(table_from(facts_from(Path(sys.argv[1]).read_text())))
