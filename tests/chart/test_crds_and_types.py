"""The Python types of the stored kinds and the CRDs know the same fields, in both directions."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec
import pytest
import yaml
from msgspec import inspect

from bulkhead_api.cluster_external_secret import ClusterExternalSecret
from bulkhead_api.external_secret import ExternalSecret, ExternalSecretSpec
from bulkhead_api.secret_store import SecretStore
from bulkhead_testkit.helm import CHART

pytestmark = pytest.mark.slow

NOT_READ: Final = frozenset({"apiVersion", "kind"})
"""Fields of every object that a decoder does not need: it knows from the address what it reads."""

SIMPLE: Final[Mapping[type[inspect.Type], str]] = {
    inspect.StrType: "string",
    inspect.DateTimeType: "string",
    inspect.IntType: "integer",
    inspect.BoolType: "boolean",
    inspect.DictType: "object",
    # Words that the CRD does not list: the controller is the one who writes them, as in the status of a condition.
    inspect.EnumType: "string",
}


class Schema(msgspec.Struct, rename="camel"):
    """The part of an OpenAPI schema that a type can agree with."""

    type: str = ""
    default: object = None
    nullable: bool = False
    enum: list[str] = []
    required: list[str] = []
    properties: dict[str, "Schema"] = {}
    items: "Schema | None" = None
    int_or_string: bool = msgspec.field(name="x-kubernetes-int-or-string", default=False)


class Version(msgspec.Struct):
    schema: dict[str, Schema]
    storage: bool


class Spec(msgspec.Struct):
    versions: list[Version]


class Crd(msgspec.Struct):
    spec: Spec


def stored_schema(file: Path) -> Schema:
    crd = msgspec.convert(yaml.safe_load(file.read_text()), Crd)
    return next(version.schema["openAPIV3Schema"] for version in crd.spec.versions if version.storage)


def disagreements(kind: inspect.StructType, schema: Schema, place: str) -> Iterator[str]:
    """Say in words where a struct and an object's schema differ."""
    fields = {field.encode_name: field for field in kind.fields}
    for name in sorted(schema.properties.keys() - fields.keys() - NOT_READ):
        yield f"{place}.{name}: the type does not know it"
    for name, field in fields.items():
        here = f"{place}.{name}"
        if name not in schema.properties:
            yield f"{here}: the CRD does not know it"
        elif here != ".metadata":
            if field.required and name not in schema.required:
                yield f"{here}: the type wants it, but it may be absent"
            yield from disagreements_of_a_field(field, schema.properties[name], here)


def disagreements_of_a_field(field: inspect.Field, schema: Schema, place: str) -> Iterator[str]:
    # What is kept as it came has no default that a CRD could state.
    has_none = field.default is msgspec.NODEFAULT or isinstance(field.default, msgspec.Raw)
    default = None if has_none else msgspec.to_builtins(field.default)
    # The default of an object is made of the defaults of its fields, and those are compared one by one.
    if isinstance(schema.default, str | int | bool) and default != schema.default:
        yield f"{place}: the default is {default!r}, in the CRD {schema.default!r}"
    if schema.nullable and not _takes_null(field.type):
        yield f"{place}: may be null in the CRD"
    yield from disagreements_of_a_value(field.type, schema, place)


def disagreements_of_a_value(kind: inspect.Type, schema: Schema, place: str) -> Iterator[str]:
    match kind:
        case inspect.RawType():
            return
        case inspect.StructType():
            yield from disagreements(kind, schema, place)
        case inspect.UnionType(types=types):
            yield from disagreements_of_a_union(types, schema, place)
        case inspect.ListType(item_type=item) if schema.items is not None:
            yield from disagreements_of_a_value(item, schema.items, f"{place}[]")
        case inspect.EnumType(cls=words) if schema.enum:
            if {word.value for word in words} != set(schema.enum):
                yield f"{place}: other words than {sorted(schema.enum)}"
        case _ if SIMPLE.get(type(kind)) != schema.type:
            yield f"{place}: is no {schema.type}"


def disagreements_of_a_union(kinds: tuple[inspect.Type, ...], schema: Schema, place: str) -> Iterator[str]:
    if schema.int_or_string:
        if {type(kind) for kind in kinds} != {inspect.IntType, inspect.StrType}:
            yield f"{place}: is a number or a string in the CRD"
        return
    for kind in kinds:
        # That something may be absent stands in the CRD's list of required fields.
        if not isinstance(kind, inspect.NoneType):
            yield from disagreements_of_a_value(kind, schema, place)


def _takes_null(kind: inspect.Type) -> bool:
    return isinstance(kind, inspect.UnionType) and any(isinstance(each, inspect.NoneType) for each in kind.types)


@pytest.mark.parametrize(
    ("kind", "plural"),
    [
        (ExternalSecret, "externalsecrets"),
        (ClusterExternalSecret, "clusterexternalsecrets"),
        (SecretStore, "secretstores"),
        (SecretStore, "clustersecretstores"),
    ],
    ids=["externalsecret", "clusterexternalsecret", "secretstore", "clustersecretstore"],
)
def test_a_type_and_its_crd_know_the_same_fields(kind: type[msgspec.Struct], plural: str) -> None:
    info = inspect.type_info(kind)
    assert isinstance(info, inspect.StructType)
    schema = stored_schema(CHART / "files" / "crds" / f"{plural}.yaml")
    assert list(disagreements(info, schema, "")) == []


def test_the_children_of_a_clusterexternalsecret_have_the_fields_of_an_externalsecret() -> None:
    info = inspect.type_info(ExternalSecretSpec)
    assert isinstance(info, inspect.StructType)
    schema = stored_schema(CHART / "files" / "crds" / "clusterexternalsecrets.yaml")
    embedded = schema.properties["spec"].properties["externalSecretSpec"]
    assert list(disagreements(info, embedded, "")) == []


class Colour(StrEnum):
    RED = "red"


class Box(msgspec.Struct):
    size: int
    colour: Colour = Colour.RED
    opened: datetime | None = None


AGREED: Final[Mapping[str, object]] = {
    "size": {"type": "integer"},
    "colour": {"type": "string", "enum": ["red"], "default": "red"},
    "opened": {"type": "string", "nullable": True},
}


@pytest.mark.parametrize(
    ("changed", "required", "said"),
    [
        pytest.param({}, ["size"], [], id="agree"),
        pytest.param({}, [], [".size: the type wants it, but it may be absent"], id="not-required"),
        pytest.param({"lid": {"type": "string"}}, ["size"], [".lid: the type does not know it"], id="new-field"),
        pytest.param({"size": {"type": "string"}}, ["size"], [".size: is no string"], id="other-type"),
        pytest.param(
            {"size": {"type": "integer", "nullable": True}}, ["size"], [".size: may be null in the CRD"], id="null"
        ),
        pytest.param(
            {"colour": {"type": "string", "enum": ["blue", "red"], "default": "blue"}},
            ["size"],
            [".colour: the default is 'red', in the CRD 'blue'", ".colour: other words than ['blue', 'red']"],
            id="other-words",
        ),
    ],
)
def test_a_disagreement_is_found(changed: Mapping[str, object], required: list[str], said: list[str]) -> None:
    schema = msgspec.convert({"properties": {**AGREED, **changed}, "required": required}, Schema)
    info = inspect.type_info(Box)
    assert isinstance(info, inspect.StructType)
    assert list(disagreements(info, schema, "")) == said


def test_a_field_that_the_crd_lost_is_found() -> None:
    info = inspect.type_info(Box)
    assert isinstance(info, inspect.StructType)
    found = list(disagreements(info, Schema(properties={}), ""))
    assert found == [f".{name}: the CRD does not know it" for name in ("size", "colour", "opened")]
