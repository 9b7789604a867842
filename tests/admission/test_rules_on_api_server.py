"""The API server itself refuses those objects of the table of rules that are marked so, and lets the rest in."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Final

import pytest
from doors import rehearsal_of

from bulkhead_testkit.admin import Admin, AdminError
from bulkhead_testkit.controlplane import ControlPlane
from bulkhead_testkit.rules import Rule, all_rules

pytestmark = pytest.mark.slow

TABLE: Final = all_rules()
REFUSED: Final = [rule for rule in TABLE if rule.refused_by_schema]
SEEN: Final = [rule for rule in TABLE if not rule.refused_by_schema]


def rehearse(admin: Admin, rule: Rule) -> None:
    """Send an object for a rehearsal; raises AdminError if it is refused."""
    path, body = rehearsal_of(rule.kind, rule.object)
    admin.request("POST", path, body=body)


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
