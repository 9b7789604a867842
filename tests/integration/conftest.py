"""One running installation for all integration tests; each test has a namespace of its own.

A test that stops, freezes or replaces a process brings it back before it ends.
"""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from bulkhead_testkit.admin import Admin, Manifest
from bulkhead_testkit.manifests import vault_store
from bulkhead_testkit.openbao import OpenBao
from bulkhead_testkit.stack import Stack, StackOptions


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # The hook is given the items of all folders.
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    # Short enough that a test of a hanging provider server need not wait for long.
    with Stack(StackOptions(provider_timeout="5s")) as stack:
        yield stack


@pytest.fixture
def admin(stack: Stack) -> Admin:
    return stack.admin


@pytest.fixture
def bao(stack: Stack) -> OpenBao:
    return stack.backend


@pytest.fixture
def namespace(admin: Admin) -> Iterator[str]:
    name = f"test-{uuid4().hex[:8]}"
    manifest: Manifest = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    admin.apply(manifest)
    yield name
    admin.delete(manifest)


@pytest.fixture
def vault(admin: Admin, bao: OpenBao, namespace: str) -> None:
    """A SecretStore `vault` in the test's namespace."""
    admin.apply(vault_store(namespace, server=bao.address))
