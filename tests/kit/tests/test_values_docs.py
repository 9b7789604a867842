"""What the chart's README and schema say of its values is what stands above them in values.yaml."""

import json

import pytest

from bulkhead_testkit.helm import CHART
from bulkhead_testkit.values_docs import Value, json_text, property_of, readme_with, schema_with, table_of, values_from

TEXT = """\
# Says nothing of a value.

# Of one
# and of two lines.
profile: strict
image:
  # The tag.
  tag: ""
  # Both.
  limits: {cpu: 1, memory: 2}
  # As one.
  resources:
    requests: {cpu: 1}
"""


def test_values_are_read_with_the_comment_above_them() -> None:
    assert values_from(TEXT) == [
        Value(path="profile", default="strict", meaning="Of one and of two lines."),
        Value(path="image.tag", default="", meaning="The tag."),
        Value(path="image.limits.cpu", default=1, meaning="Both."),
        Value(path="image.limits.memory", default=2, meaning="Both."),
        Value(path="image.resources", default={"requests": {"cpu": 1}}, meaning="As one."),
    ]


def test_a_row_has_the_default_as_json_and_links_to_documents() -> None:
    value = Value(path="a.b", default=["x"], meaning="See docs/adr/1-a.md, or a|b.")
    assert table_of([value]) == '| `a.b` | `["x"]` | See [docs/adr/1-a.md](../../docs/adr/1-a.md), or a\\|b. |\n'


def test_only_the_table_of_the_readme_is_replaced() -> None:
    before = "# Chart\n\n| value | default | meaning |\n|---|---|---|\n| `old` | `1` | Old. |\n\nAfter.\n"
    after = readme_with(before, [Value(path="new", default=True, meaning="New.")])
    assert after == "# Chart\n\n| value | default | meaning |\n|---|---|---|\n| `new` | `true` | New. |\n\nAfter.\n"


def test_a_property_is_described_as_its_value_and_a_shared_one_stays_as_it_is() -> None:
    schema = json.loads(
        """{"properties": {"a": {"type": "string"}, "b": {"$ref": "#/$defs/limits"}, "c": {"$ref": "#/$defs/limits"}},
            "$defs": {"limits": {"properties": {"n": {"description": "By hand."}}}}}"""
    )
    values = [
        Value(path="a", default="", meaning="The first."),
        Value(path="b.n", default=1, meaning="Of b."),
        Value(path="c.n", default=1, meaning="Of c."),
    ]
    described = schema_with(schema, values)
    assert described["properties"]["a"] == {"description": "The first.", "type": "string"}  # type: ignore[index, call-overload]  # a tree of JSON
    assert described["$defs"]["limits"]["properties"]["n"] == {"description": "By hand."}  # type: ignore[index, call-overload]  # a tree of JSON


@pytest.mark.parametrize("indent", [0, 4])
def test_json_is_written_without_a_loss(indent: int) -> None:
    schema = json.loads((CHART / "values.schema.json").read_text())
    assert json.loads(json_text(schema, indent)) == schema


def test_both_files_are_current() -> None:
    values = values_from((CHART / "values.yaml").read_text())
    readme = (CHART / "README.md").read_text()
    assert readme_with(readme, values) == readme
    schema = json.loads((CHART / "values.schema.json").read_text())
    assert json_text(schema_with(schema, values)) + "\n" == (CHART / "values.schema.json").read_text()


def test_every_value_is_described_in_the_schema() -> None:
    schema = json.loads((CHART / "values.schema.json").read_text())
    bare = []
    for value in values_from((CHART / "values.yaml").read_text()):
        found = property_of(schema, value.path)
        # Labels have names that the user chooses, so none is a property.
        if found is not None and not found.get("description"):
            bare.append(value.path)
    assert bare == []
