"""What the chart gives the controller for targets of other kinds than Secret."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
import pytest

from bulkhead_testkit import helm

pytestmark = pytest.mark.slow

RESOURCES: Final = [
    {"apiGroup": "", "resources": ["configmaps"], "verbs": ["get", "create", "update", "delete"]},
    {
        "apiGroup": "example.com",
        "resources": ["widgets"],
        "verbs": ["get", "list", "watch", "create", "update", "delete"],
    },
]


class Rule(msgspec.Struct, rename="camel"):
    api_groups: list[str]
    resources: list[str]
    verbs: list[str]


class Name(msgspec.Struct):
    name: str


class Manifest(msgspec.Struct):
    kind: str
    metadata: Name
    rules: list[Rule] = []


def rendered(values: Mapping[str, object]) -> Sequence[Mapping[str, object]]:
    return helm.render(values)


def roles(manifests: Sequence[Mapping[str, object]]) -> list[Manifest]:
    found = [msgspec.convert(each, Manifest) for each in manifests if each["kind"] == "ClusterRole"]
    return [each for each in found if each.metadata.name.endswith("-generic-targets")]


@pytest.mark.parametrize(
    "profile",
    [{}, {"profile": "namespaced", "profileNamespaces": ["team-a"]}, {"profile": "eso-compat"}],
    ids=["strict", "namespaced", "eso-compat"],
)
def test_the_rights_are_those_of_the_values_in_every_profile(profile: Mapping[str, object]) -> None:
    manifests = rendered({**profile, "genericTargets": {"enabled": True, "resources": RESOURCES}})
    (role,) = roles(manifests)
    assert role.rules == [
        Rule(api_groups=[str(each["apiGroup"])], resources=list(each["resources"]), verbs=list(each["verbs"]))
        for each in RESOURCES
    ]
    bindings = [each for each in manifests if each["kind"] == "ClusterRoleBinding"]
    assert role.metadata.name in [msgspec.convert(each, Manifest).metadata.name for each in bindings]
    assert "--unsafe-allow-generic-targets=true" in str(manifests)
    policies = [each for each in manifests if each["kind"] == "ValidatingAdmissionPolicy"]
    narrowed = [
        each for each in policies if msgspec.convert(each, Manifest).metadata.name == "bulkhead-generic-targets"
    ]
    assert len(narrowed) == (profile.get("profile") != "eso-compat")


def test_without_the_value_there_are_no_rights_and_no_flag() -> None:
    manifests = rendered({})
    assert roles(manifests) == []
    assert "--unsafe-allow-generic-targets=false" in str(manifests)
