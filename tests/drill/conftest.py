"""One running installation for the drills, with a Secret that no thief may get at."""

from collections.abc import Iterator

import pytest

from bulkhead_demo.shop import DEMO_NAMESPACE, open_shop
from bulkhead_testkit.stack import Stack

PAYROLL = b"salaries-of-everybody"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    with Stack() as stack:
        open_shop(stack)
        payroll = {"name": "payroll", "namespace": DEMO_NAMESPACE}
        stack.admin.apply(
            {"apiVersion": "v1", "kind": "Secret", "metadata": payroll, "stringData": {"list": PAYROLL.decode()}}
        )
        yield stack
