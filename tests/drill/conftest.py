"""One running installation for the drills, with a Secret that no thief may get at."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bulkhead_demo.shop import DEMO_NAMESPACE, open_shop
from bulkhead_testkit.stack import Stack

PAYROLL = b"salaries-of-everybody"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # The hook is given the items of all folders.
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
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
