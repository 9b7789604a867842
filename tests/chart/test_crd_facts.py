"""The facts of a CRD hold its structure and none of its prose, and their differences are said in words."""

import subprocess
import sys
from pathlib import Path
from typing import Final

import msgspec
import pytest

from bulkhead_testkit.crd_facts import differences, facts_from, facts_from_table, table_from

CRD: Final = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: boxes.example.com, labels: {a: b}, annotations: {made-by: a tool}}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Box, plural: boxes, shortNames: [bx, b]}
  versions:
    - name: v1
      served: true
      storage: true
      subresources: {status: {}}
      selectableFields: [{jsonPath: .spec.size}]
      additionalPrinterColumns: [{name: Size, type: integer, jsonPath: .spec.size, description: How big.}]
      schema:
        openAPIV3Schema:
          description: A box.
          type: object
          required: [spec, kind]
          properties:
            spec:
              type: object
              x-kubernetes-validations: [{rule: has(self.size), message: give a size}]
              properties:
                description: {type: string, description: What is in it., example: apples}
                size: {type: integer, minimum: 1}
                labels: {type: object, additionalProperties: {type: string}}
                lids: {type: array, items: {type: string, enum: [b, a]}}
"""

TABLE: Final = """\
definition\t{"group":"example.com","kind":"Box","labels":{"a":"b"},"name":"boxes.example.com","plural":"boxes",\
"scope":"Namespaced","shortNames":["b","bx"]}
v1\t{"deprecated":false,"served":true,"storage":true,"subresources":{"status":{}}}
v1 column Size\t{"jsonPath":".spec.size","name":"Size","position":0,"type":"integer"}
v1 selectable .spec.size\t{"position":0}
v1.\t{"required":["kind","spec"],"type":"object"}
v1.spec\t{"type":"object","x-kubernetes-validations":[{"rule":"has(self.size)"}]}
v1.spec.description\t{"type":"string"}
v1.spec.labels\t{"type":"object"}
v1.spec.labels{}\t{"type":"string"}
v1.spec.lids\t{"type":"array"}
v1.spec.lids[]\t{"enum":["a","b"],"type":"string"}
v1.spec.size\t{"minimum":1,"type":"integer"}
"""


def test_the_table_of_a_crd_has_all_its_structure_and_none_of_its_prose() -> None:
    assert table_from(facts_from(CRD)) == TABLE


def test_a_table_is_read_as_it_was_written() -> None:
    assert facts_from_table(TABLE) == facts_from(CRD)


def test_a_crd_with_a_setting_that_would_be_overlooked_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="conversion"):
        facts_from(CRD.replace("  scope:", "  conversion: {strategy: None}\n  scope:"))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        pytest.param("minimum: 1", "minimum: 2", "v1.spec.size: minimum is 2, should be 1", id="another-bound"),
        pytest.param(", minimum: 1", "", "v1.spec.size: minimum is missing, should be 1", id="a-bound-that-is-missing"),
        pytest.param(
            "minimum: 1",
            "minimum: 1, maximum: 3",
            "v1.spec.size: maximum is 3, should be absent",
            id="a-bound-too-many",
        ),
        pytest.param("size: {", "weight: {", "v1.spec.size: missing", id="a-field-that-is-missing"),
        pytest.param("lids:", "tops:", "v1.spec.tops: unknown", id="a-field-too-many"),
        pytest.param(
            "has(self.size)",
            "has(self.lids)",
            'v1.spec: x-kubernetes-validations is [{"rule": "has(self.lids)"}], should be [{"rule": "has(self.size)"}]',
            id="another-rule",
        ),
    ],
)
def test_a_difference_is_said_in_words(old: str, new: str, said: str) -> None:
    assert old in CRD
    assert said in list(differences(facts_from(CRD.replace(old, new)), facts_from(CRD)))


def test_prose_and_the_order_of_words_make_no_difference() -> None:
    other = CRD.replace("What is in it.", "Content.").replace("[b, a]", "[a, b]").replace("give a size", "no size")
    assert list(differences(facts_from(other), facts_from(CRD))) == []


@pytest.mark.slow
def test_the_program_prints_the_table_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "boxes.yaml"
    file.write_text(CRD)
    program = [sys.executable, "-m", "bulkhead_testkit.crd_facts", str(file)]
    assert subprocess.run(program, capture_output=True, text=True, check=True).stdout == TABLE
