"""The API server itself refuses those objects of the table of rules that are marked so, and lets the rest in."""

from collections.abc import Iterator, Mapping
from functools import cache
from http import HTTPStatus
from typing import Final

import msgspec
import pytest
import yaml

from bulkhead_testkit.admin import Admin, AdminError
from bulkhead_testkit.controlplane import ControlPlane
from bulkhead_testkit.helm import CHART
from bulkhead_testkit.rules import Rule, all_rules

pytestmark = pytest.mark.slow

TABLE: Final = all_rules()
REFUSED: Final = [rule for rule in TABLE if rule.refused_by_schema]
SEEN: Final = [rule for rule in TABLE if not rule.refused_by_schema]


class Names(msgspec.Struct):
    kind: str
    plural: str


class Definition(msgspec.Struct):
    """The part of a CRD's spec that makes an object's address."""

    group: str
    scope: str
    names: Names


@cache
def definitions() -> Mapping[str, Definition]:
    """Give the definitions by kind."""
    specs = (yaml.safe_load(file.read_text())["spec"] for file in (CHART / "files" / "crds").glob("*.yaml"))
    found = (msgspec.convert(spec, Definition) for spec in specs)
    return {each.names.kind: each for each in found}


def rehearse(admin: Admin, rule: Rule) -> None:
    """Send an object for a rehearsal; raises AdminError if it is refused."""
    kind = definitions()[rule.kind]
    metadata = msgspec.convert(rule.object["metadata"], dict[str, object])
    where = "" if kind.scope == "Cluster" else "namespaces/default/"
    if where:
        metadata = {**metadata, "namespace": "default"}
    admin.request(
        "POST",
        f"/apis/{rule.object['apiVersion']}/{where}{kind.names.plural}?dryRun=All&fieldValidation=Strict",
        body={**rule.object, "metadata": metadata},
    )


@pytest.fixture(scope="module")
def admin(shared_plane: ControlPlane) -> Iterator[Admin]:
    with Admin(shared_plane.admin_kubeconfig) as admin:
        yield admin


@pytest.mark.parametrize("rule", SEEN, ids=lambda rule: f"{rule.kind}-{rule.id}")
def test_an_object_that_only_the_webhook_minds_is_let_in(rule: Rule, admin: Admin) -> None:
    rehearse(admin, rule)


@pytest.mark.parametrize("rule", REFUSED, ids=lambda rule: f"{rule.kind}-{rule.id}")
def test_an_object_that_the_schema_minds_is_refused(rule: Rule, admin: Admin) -> None:
    with pytest.raises(AdminError) as refused:
        rehearse(admin, rule)
    assert refused.value.status in {HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.BAD_REQUEST}
