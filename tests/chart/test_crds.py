"""The CRDs have the structure that existing manifests and tools count on, and plain `kubectl apply` takes them.

The tables in `facts/` hold the structure of ESO 2.9 as `bulkhead_testkit.crd_facts` reads it from ESO's own files.
Those in `additions/` hold all that is there beside it: rules that ESO keeps in its webhook.
"""

import json
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final

import msgspec
import pytest
import yaml

from bulkhead_testkit.crd_facts import Facts, differences, facts_from, facts_from_table
from bulkhead_testkit.helm import CHART

FILES: Final = sorted((CHART / "files" / "crds").glob("*.yaml"))
FACTS: Final = Path(__file__).parent / "facts"
TABLES: Final = sorted(FACTS.glob("*.tsv"))
ADDITIONS: Final = sorted((Path(__file__).parent / "additions").glob("*.tsv"))
ANNOTATION_LIMIT_BYTES: Final = 262_144
"""Most that all annotations of an object may have together; `kubectl apply` keeps the whole object in one."""

STORES: Final = tuple(CHART / "files" / "crds" / f"{plural}.yaml" for plural in ("secretstores", "clustersecretstores"))


class Schema(msgspec.Struct):
    """The part of an OpenAPI schema that the tests look at."""

    description: str = ""
    properties: dict[str, "Schema"] = {}
    items: "Schema | None" = None


class Version(msgspec.Struct):
    name: str
    schema: dict[str, Schema]
    storage: bool


class Spec(msgspec.Struct):
    versions: list[Version]


class Crd(msgspec.Struct):
    spec: Spec


def stored_schema(file: Path) -> Schema:
    crd = msgspec.convert(yaml.safe_load(file.read_text()), Crd)
    return next(version.schema["openAPIV3Schema"] for version in crd.spec.versions if version.storage)


def additions_to(plural: str) -> Facts:
    return next((facts_from_table(table.read_text()) for table in ADDITIONS if table.stem == plural), {})


def test_there_is_a_crd_for_each_of_the_25_kinds() -> None:
    assert [file.stem for file in FILES] == [table.stem for table in TABLES]
    assert len(FILES) == 25


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.stem)
@pytest.mark.slow
def test_a_crd_has_the_structure_of_eso_and_the_rules_of_its_webhook(table: Path) -> None:
    found = facts_from((CHART / "files" / "crds" / f"{table.stem}.yaml").read_text())
    wanted, added = facts_from_table(table.read_text()), additions_to(table.stem)
    wanted = {place: {**facts, **added.get(place, {})} for place, facts in wanted.items()}
    assert list(islice(differences(found, wanted), 20)) == []


@pytest.mark.parametrize("table", ADDITIONS, ids=lambda table: table.stem)
def test_a_rule_of_ours_stands_beside_what_eso_has_and_replaces_nothing(table: Path) -> None:
    ours, of_eso = facts_from_table(table.read_text()), facts_from_table((FACTS / table.name).read_text())
    assert {name for place in ours for name in ours[place]} <= {
        "x-kubernetes-validations",
        "pattern",
        "minimum",
        "maximum",
    }
    assert [(place, name) for place in ours for name in ours[place] if name in of_eso[place]] == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
@pytest.mark.slow
def test_a_crd_fits_into_the_annotation_of_kubectl_apply(file: Path) -> None:
    text = file.read_text()
    assert len(text.encode()) < ANNOTATION_LIMIT_BYTES
    assert len(json.dumps(yaml.safe_load(text))) < ANNOTATION_LIMIT_BYTES


@pytest.mark.slow
def test_the_values_schema_knows_the_store_keys_of_the_crds() -> None:
    schema = json.loads((CHART / "values.schema.json").read_text())
    for file in STORES:
        providers = stored_schema(file).properties["spec"].properties["provider"].properties
        assert schema["$defs"]["storeKey"]["enum"] == sorted(providers)


def test_both_store_kinds_have_one_schema() -> None:
    one, other = (file.read_text().partition("  versions:\n")[2] for file in STORES)
    assert one == other


def fields_without_description(schema: Schema, place: str = "") -> Iterator[str]:
    """Name the fields that `kubectl explain` would say nothing about.

    Below a provider's own field it may be silent: names there are the backend's, and its manual explains them.
    """
    if re.search(r"\.provider\.\w+$", place):
        return
    for name, child in schema.properties.items():
        here = f"{place}.{name}"
        if not child.description and here != ".metadata":
            yield here
        yield from fields_without_description(child, here)
        if child.items is not None:
            yield from fields_without_description(child.items, f"{here}[]")


@pytest.mark.slow
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_kind_and_its_fields_are_described(file: Path) -> None:
    schema = stored_schema(file)
    assert schema.description
    assert list(fields_without_description(schema)) == []
