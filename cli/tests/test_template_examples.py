"""Each `examples/template-*.yaml` gives an object, with what the fake stores beside it hold."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from bulkhead_testkit.command import Command

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("template-*.yaml"))
KINDS = {"ExternalSecret", "ClusterExternalSecret"}


def external_secrets(path: Path) -> list[Any]:
    return [each for each in yaml.safe_load_all(path.read_text()) if each and each["kind"] in KINDS]


def fetched(path: Path, spec: dict[str, Any]) -> dict[str, str]:
    """Give what the fake stores of the file answer, without rewrites; values of other stores are made up."""
    stores = [each for each in yaml.safe_load_all(path.read_text()) if each and each["kind"].endswith("SecretStore")]
    held = {
        each["key"]: each["value"]
        for store in stores
        for each in store["spec"]["provider"].get("fake", {}).get("data", ())
    }
    data: dict[str, str] = {}
    for item in spec.get("dataFrom", ()):
        key = item.get("extract", {}).get("key")
        data |= json.loads(held.get(key, "{}")) if key else held
    for item in spec.get("data", ()):
        ref = item["remoteRef"]
        value = held.get(ref["key"], "made up")
        data[item["secretKey"]] = (
            json.loads(value)[ref["property"]] if ref.get("property") and value[:1] == "{" else value
        )
    return data


@pytest.mark.parametrize(
    ("path", "name"),
    [
        pytest.param(path, each["metadata"]["name"], id=f"{path.stem}-{each['metadata']['name']}")
        for path in EXAMPLES
        for each in external_secrets(path)
    ],
)
def test_example_gives_an_object(run: Command, path: Path, name: str) -> None:
    [found] = [each for each in external_secrets(path) if each["metadata"]["name"] == name]
    spec = found["spec"].get("externalSecretSpec", found["spec"])
    ended = run("render", str(path), "--name", name, "--data", "data", data=json.dumps(fetched(path, spec)))
    assert (ended.status, ended.err) == (0, "")
    assert ended.out


def test_there_are_examples_of_templates() -> None:
    assert len(EXAMPLES) >= 8
