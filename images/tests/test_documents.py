"""What lies beside each archive: bills of materials, provenance, licences and sizes."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from spdx_tools.spdx.parser.parse_anything import parse_file
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

from bulkhead_images.bills import Described, cyclonedx, spdx
from bulkhead_images.components import Component, Origin, licence_from_copyright, licence_list
from bulkhead_images.provenance import Built, provenance
from bulkhead_images.sizes import merged

LIBC = Component(
    origin=Origin.DEBIAN,
    name="libc6",
    version="2.36-9+deb12u1",
    licence="unknown",
    sha256="a" * 64,
    architecture="amd64",
)
YARL = Component(origin=Origin.PYPI, name="yarl", version="1.25.1", licence="Apache-2.0", sha256="b" * 64)
API = Component(origin=Origin.OURS, name="bulkhead-api", version="0.1.0", licence="Apache-2.0", sha256="c" * 64)
PURLS = {
    "pkg:deb/debian/libc6@2.36-9%2Bdeb12u1?arch=amd64&distro=debian-12",
    "pkg:pypi/yarl@1.25.1",
    "pkg:generic/bulkhead/bulkhead-api@0.1.0",
}
IMAGE = Described(
    reference="localhost/bulkhead/controller:0.1.0",
    digest=f"sha256:{'d' * 64}",
    created=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    components=[YARL, LIBC, API],
)
BUILT = Built(
    name="controller",
    digest=f"sha256:{'d' * 64}",
    config_digest=f"sha256:{'e' * 64}",
    revision="f" * 40,
    source_date_epoch=1767323045,
    components=IMAGE.components,
)


def test_spdx_document_is_valid_and_names_every_part_with_its_hash(tmp_path: Path) -> None:
    path = tmp_path / "controller.spdx.json"
    path.write_text(spdx(IMAGE))
    document = parse_file(str(path))
    assert validate_full_spdx_document(document) == []
    root, *parts = document.packages
    assert [each.value for each in root.checksums] == ["d" * 64]
    assert {part.external_references[0].locator: part.checksums[0].value for part in parts} == {
        each.purl: each.sha256 for each in IMAGE.components
    }


def test_cyclonedx_document_names_every_part_with_its_hash_and_licence() -> None:
    document = json.loads(cyclonedx(IMAGE))
    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.6")
    assert {part["purl"]: part["hashes"][0]["content"] for part in document["components"]} == {
        each.purl: each.sha256 for each in IMAGE.components
    }
    told = {
        part["name"]: [each["license"]["name"] for each in part.get("licenses", [])] for part in document["components"]
    }
    assert told == {"libc6": [], "yarl": ["Apache-2.0"], "bulkhead-api": ["Apache-2.0"]}


def test_package_urls_are_those_that_scanners_know() -> None:
    assert {each.purl for each in IMAGE.components} == PURLS


def test_documents_do_not_change_between_builds() -> None:
    assert (spdx(IMAGE), cyclonedx(IMAGE), provenance(BUILT)) == (spdx(IMAGE), cyclonedx(IMAGE), provenance(BUILT))


def test_provenance_names_the_image_the_commit_and_every_input() -> None:
    statement = json.loads(provenance(BUILT))
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["predicateType"] == "https://slsa.dev/provenance/v1"
    assert statement["subject"][0] == {"name": "controller", "digest": {"sha256": "d" * 64}}
    source, *inputs = statement["predicate"]["buildDefinition"]["resolvedDependencies"]
    assert source == {"name": "source", "digest": {"gitCommit": "f" * 40}}
    assert {each["uri"]: each["digest"]["sha256"] for each in inputs} == {
        each.purl: each.sha256 for each in IMAGE.components
    }


@pytest.mark.parametrize(
    ("text", "licence"),
    [
        pytest.param(
            "Format: x\n\nLicense: MIT\n text\n\nLicense: BSD-3-clause\n", "BSD-3-clause AND MIT", id="two-names"
        ),
        pytest.param("Format: x\nLicense: A or B\nLicense: C\n", "(A or B) AND C", id="choice-stays-one"),
        pytest.param("see /usr/share/common-licenses/LGPL-2.1.\n", "LGPL-2.1", id="older-file"),
        pytest.param("free to use", "unknown", id="nothing-to-read"),
        pytest.param("Format: x\nLicense:\n text", "unknown", id="no-name"),
    ],
)
def test_licences_of_debian_packages_are_those_they_name(text: str, licence: str) -> None:
    assert licence_from_copyright(text) == licence


def test_list_of_licences_is_sorted_and_has_one_line_a_part() -> None:
    assert licence_list(IMAGE.components).splitlines() == [
        "origin\tname\tversion\tlicence",
        "debian\tlibc6\t2.36-9+deb12u1\tunknown",
        "ours\tbulkhead-api\t0.1.0\tApache-2.0",
        "pypi\tyarl\t1.25.1\tApache-2.0",
    ]


def test_a_build_of_one_image_keeps_the_sizes_of_the_others() -> None:
    table = merged("", ["webhook\t2", "controller\t1"])
    assert merged(table, ["webhook\t3"]).splitlines()[1:] == ["controller\t1", "webhook\t3"]
