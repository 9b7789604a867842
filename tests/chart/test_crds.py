"""The CRDs have the structure that existing manifests and tools count on, and plain `kubectl apply` takes them."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import msgspec
import pytest
import yaml

from bulkhead_testkit.helm import CHART

FILES: Final = sorted((CHART / "files" / "crds").glob("*.yaml"))
ANNOTATION_LIMIT_BYTES: Final = 262_144
"""Most that all annotations of an object may have together; `kubectl apply` keeps the whole object in one."""

NAME: Final = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
KEY: Final = r"^[-._a-zA-Z0-9]+$"


class Schema(msgspec.Struct, rename="camel"):
    """The part of an OpenAPI schema that the tests look at."""

    type: str = ""
    description: str = ""
    default: object = None
    enum: list[str] = []
    pattern: str = ""
    min_length: int = 0
    max_length: int = 0
    min_items: int = 0
    min_properties: int = 0
    max_properties: int = 0
    required: list[str] = []
    properties: dict[str, "Schema"] = {}
    items: "Schema | None" = None
    preserves_unknown: bool = msgspec.field(name="x-kubernetes-preserve-unknown-fields", default=False)
    int_or_string: bool = msgspec.field(name="x-kubernetes-int-or-string", default=False)

    def at(self, path: str) -> "Schema":
        """Follow a path such as `spec.data[].remoteRef`."""
        schema = self
        for step in path.split("."):
            schema = schema.properties[step.removesuffix("[]")]
            if step.endswith("[]"):
                assert schema.items is not None
                schema = schema.items
        return schema


class SchemaHolder(msgspec.Struct, rename="camel"):
    open_api_v3_schema: Schema = msgspec.field(name="openAPIV3Schema")


class JsonPath(msgspec.Struct, rename="camel"):
    json_path: str
    name: str = ""
    type: str = ""


class Version(msgspec.Struct, rename="camel"):
    name: str
    served: bool
    storage: bool
    schema: SchemaHolder
    deprecated: bool = False
    subresources: dict[str, object] = {}
    additional_printer_columns: list[JsonPath] = []
    selectable_fields: list[JsonPath] = []


class Names(msgspec.Struct, rename="camel"):
    kind: str
    list_kind: str
    plural: str
    singular: str
    short_names: list[str]
    categories: list[str]


class Spec(msgspec.Struct, rename="camel"):
    group: str
    scope: str
    names: Names
    versions: list[Version]


class Crd(msgspec.Struct, rename="camel"):
    spec: Spec

    def version(self, name: str) -> Version:
        return next(version for version in self.spec.versions if version.name == name)

    def v1(self) -> Schema:
        return self.version("v1").schema.open_api_v3_schema


@cache
def load(plural: str) -> Crd:
    return msgspec.convert(yaml.safe_load((CHART / "files" / "crds" / f"{plural}.yaml").read_text()), Crd)


@pytest.fixture(scope="module")
def external_secret() -> Crd:
    return load("externalsecrets")


@pytest.fixture(scope="module", params=["secretstores", "clustersecretstores"])
def store(request: pytest.FixtureRequest) -> Crd:
    return load(request.param)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_crd_fits_into_the_annotation_of_kubectl_apply(file: Path) -> None:
    text = file.read_text()
    assert len(text) < ANNOTATION_LIMIT_BYTES
    assert len(json.dumps(yaml.safe_load(text))) < ANNOTATION_LIMIT_BYTES


@pytest.mark.parametrize(
    ("plural", "kind", "scope", "short"),
    [
        ("externalsecrets", "ExternalSecret", "Namespaced", "es"),
        ("secretstores", "SecretStore", "Namespaced", "ss"),
        ("clustersecretstores", "ClusterSecretStore", "Cluster", "css"),
    ],
)
def test_a_crd_has_its_names_scope_and_versions(plural: str, kind: str, scope: str, short: str) -> None:
    spec = load(plural).spec
    assert spec.names == Names(
        kind=kind,
        list_kind=f"{kind}List",
        plural=plural,
        singular=kind.lower(),
        short_names=[short],
        categories=["external-secrets"],
    )
    assert (spec.group, spec.scope) == ("external-secrets.io", scope)
    versions = [(version.name, version.served, version.storage, version.deprecated) for version in spec.versions]
    assert versions == [("v1", True, True, False), ("v1beta1", False, False, True)]
    assert all(version.subresources == {"status": {}} for version in spec.versions)


def test_an_externalsecret_can_be_selected_by_its_store_target_and_interval(external_secret: Crd) -> None:
    fields = [field.json_path for field in external_secret.version("v1").selectable_fields]
    assert fields == [
        ".spec.secretStoreRef.name",
        ".spec.secretStoreRef.kind",
        ".spec.target.name",
        ".spec.refreshInterval",
    ]


def test_an_externalsecret_is_listed_with_store_interval_status_and_last_sync(external_secret: Crd) -> None:
    columns = [(column.name, column.type) for column in external_secret.version("v1").additional_printer_columns]
    assert columns == [
        ("StoreType", "string"),
        ("Store", "string"),
        ("Refresh Interval", "string"),
        ("Status", "string"),
        ("Ready", "string"),
        ("Last Sync", "date"),
    ]


@pytest.mark.parametrize(
    ("path", "default"),
    [
        ("spec.target", {"creationPolicy": "Owner", "deletionPolicy": "Retain"}),
        ("spec.target.creationPolicy", "Owner"),
        ("spec.target.deletionPolicy", "Retain"),
        ("spec.target.template.engineVersion", "v2"),
        ("spec.target.template.mergePolicy", "Replace"),
        ("spec.target.template.templateFrom[].target", "Data"),
        ("spec.target.template.templateFrom[].secret.items[].templateAs", "Values"),
        ("spec.refreshInterval", "1h0m0s"),
        ("spec.dataFrom[].rewrite[].merge.into", ""),
        ("spec.dataFrom[].rewrite[].merge.strategy", "Extract"),
        ("spec.dataFrom[].rewrite[].merge.conflictPolicy", "Error"),
        ("spec.dataFrom[].rewrite[].merge.priorityPolicy", "Strict"),
        ("spec.data[].sourceRef.generatorRef.apiVersion", "generators.external-secrets.io/v1alpha1"),
        # Omitted strategies must stay absent in v1.
        ("spec.refreshPolicy", None),
        ("spec.secretStoreRef.kind", None),
        ("spec.data[].remoteRef.conversionStrategy", None),
        ("spec.data[].remoteRef.decodingStrategy", None),
        ("spec.data[].remoteRef.metadataPolicy", None),
        ("spec.data[].remoteRef.nullBytePolicy", None),
    ],
)
def test_an_externalsecret_field_has_its_default(path: str, default: object, external_secret: Crd) -> None:
    assert external_secret.v1().at(path).default == default


@pytest.mark.parametrize(
    ("path", "enum"),
    [
        ("spec.secretStoreRef.kind", {"SecretStore", "ClusterSecretStore"}),
        ("spec.target.creationPolicy", {"Owner", "Orphan", "Merge", "None", "CreateOrMerge"}),
        ("spec.target.deletionPolicy", {"Delete", "Merge", "Retain"}),
        ("spec.refreshPolicy", {"CreatedOnce", "Periodic", "OnChange"}),
        ("spec.syncWindows.kind", {"allow", "deny"}),
        ("spec.data[].remoteRef.metadataPolicy", {"None", "Fetch"}),
        ("spec.data[].remoteRef.conversionStrategy", {"Default", "Unicode"}),
        ("spec.data[].remoteRef.decodingStrategy", {"Auto", "Base64", "Base64URL", "None"}),
        ("spec.data[].remoteRef.nullBytePolicy", {"Ignore", "Fail"}),
        ("spec.dataFrom[].find.nullBytePolicy", {"Ignore", "Fail"}),
        ("spec.dataFrom[].rewrite[].merge.strategy", {"Extract", "JSON"}),
        ("status.conditions[].type", {"Ready", "Deleted"}),
    ],
)
def test_an_externalsecret_field_takes_only_its_words(path: str, enum: set[str], external_secret: Crd) -> None:
    assert set(external_secret.v1().at(path).enum) == enum


@pytest.mark.parametrize(
    ("path", "bounds"),
    [
        ("spec.secretStoreRef.name", (NAME, 1, 253)),
        ("spec.target.name", (NAME, 1, 253)),
        ("spec.data[].secretKey", (KEY, 1, 253)),
        ("spec.data[].sourceRef.storeRef.name", (NAME, 1, 253)),
        ("spec.target.template.templateFrom[].configMap.items[].key", (KEY, 1, 253)),
    ],
)
def test_an_externalsecret_name_is_bounded(path: str, bounds: tuple[str, int, int], external_secret: Crd) -> None:
    schema = external_secret.v1().at(path)
    assert (schema.pattern, schema.min_length, schema.max_length) == bounds


def test_an_externalsecret_names_exactly_one_source_and_one_rewrite(external_secret: Crd) -> None:
    for path in ("spec.data[].sourceRef", "spec.dataFrom[].sourceRef", "spec.dataFrom[].rewrite[]"):
        schema = external_secret.v1().at(path)
        assert (schema.min_properties, schema.max_properties) == (1, 1)


def test_v1beta1_of_an_externalsecret_keeps_its_defaults_and_lacks_what_came_later(external_secret: Crd) -> None:
    old = external_secret.version("v1beta1").schema.open_api_v3_schema
    assert old.at("spec.data[].remoteRef.conversionStrategy").default == "Default"
    assert "CreateOrMerge" not in old.at("spec.target.creationPolicy").enum
    assert "syncWindows" not in old.at("spec").properties


def test_a_store_has_exactly_one_of_43_providers(store: Crd) -> None:
    provider = store.v1().at("spec.provider")
    assert (provider.min_properties, provider.max_properties, len(provider.properties)) == (1, 1, 43)
    assert store.v1().at("spec").required == ["provider"]


def test_the_values_schema_knows_the_store_keys_of_the_crd(store: Crd) -> None:
    schema = json.loads((CHART / "values.schema.json").read_text())
    assert schema["$defs"]["storeKey"]["enum"] == sorted(store.v1().at("spec.provider").properties)


def test_a_store_of_a_provider_without_a_schema_yet_keeps_its_fields(store: Crd) -> None:
    providers = store.v1().at("spec.provider").properties
    assert {name for name, schema in providers.items() if not schema.preserves_unknown} == {"fake", "vault"}


def test_a_vault_store_has_its_nine_ways_to_log_in(store: Crd) -> None:
    vault = store.v1().at("spec.provider.vault")
    assert vault.required == ["server"]
    assert vault.at("version").default == "v2"
    assert set(vault.at("auth").properties) - {"namespace"} == {
        *("appRole", "cert", "gcp", "iam", "jwt", "kubernetes", "ldap", "tokenSecretRef", "userPass"),
    }


def test_a_fake_store_has_data_of_key_value_and_version(store: Crd) -> None:
    fake = store.v1().at("spec.provider.fake")
    assert fake.required == ["data"]
    assert set(fake.at("data[]").properties) == {"key", "value", "version"}


def test_the_refresh_interval_of_a_store_is_a_number_or_a_string(store: Crd) -> None:
    assert store.v1().at("spec.refreshInterval").int_or_string


def test_both_store_kinds_have_one_schema() -> None:
    assert load("secretstores").spec.versions == load("clustersecretstores").spec.versions


def fields_without_description(schema: Schema, path: str = "") -> Iterator[str]:
    for name, child in schema.properties.items():
        here = f"{path}.{name}"
        if not child.description and not child.preserves_unknown and here != ".metadata":
            yield here
        yield from fields_without_description(child, here)
        if child.items is not None:
            yield from fields_without_description(child.items, f"{here}[]")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_field_of_v1_is_described(file: Path) -> None:
    crd = load(file.stem)
    assert list(fields_without_description(crd.v1())) == []
