"""One running installation for each profile; each test has a namespace of its own.

A test that stops, freezes or replaces a process brings it back before it ends.

Each profile has a control plane of its own. On a shared one, each controller would also serve the other's stores: ESO's
controller class only parts stores that name a class, and ClusterExternalSecrets have none. A plane more costs three
seconds, and only where a test asks for it; OpenBao is shared.
"""

import itertools
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Final
from uuid import uuid4

import pytest

from bulkhead_testkit.admin import Admin, Manifest
from bulkhead_testkit.clearing import clear_namespace
from bulkhead_testkit.manifests import vault_store
from bulkhead_testkit.openbao import OpenBao
from bulkhead_testkit.stack import Stack, StackOptions

GENEROUS: Final[Mapping[str, object]] = {
    "brakes": {
        "deleteBudget": {"percent": 100, "window": "10m", "floor": 10_000},
        "massChange": {"percent": 100, "window": "10m", "floor": 10_000},
    }
}
"""Chart values with brakes that are on and hold nothing: all tests together would look like an accident."""
OPENED_NAMESPACES: Final = ("opened-a", "opened-b", "opened-c")
"""Where the controller of `namespaced_stack` may read Secrets. They are used again and again, cleared in between."""

GENERIC_TARGETS: Final[Mapping[str, object]] = {
    "genericTargets": {
        "enabled": True,
        "resources": [
            {"apiGroup": group, "resources": [plural], "verbs": ["get", "list", "watch", "create", "update", "delete"]}
            for group, plural in (("", "configmaps"), ("generic.bulkhead.test", "widgets"))
        ],
    }
}
"""Chart values of `stack` and `eso_compat_stack`; `namespaced_stack` writes Secrets alone."""

TEMPLATES: Final[Mapping[str, object]] = {"templates": {"configMapNamespaces": ["*"]}}
"""Chart values of `stack`: its controller reads ConfigMaps everywhere, another one where it reads Secrets."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # The hook is given the items of all folders.
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def stack(shared_openbao: OpenBao) -> Iterator[Stack]:
    # Short enough that a test of a hanging provider server need not wait for long.
    with Stack(
        StackOptions(provider_timeout="5s", values={**GENEROUS, **GENERIC_TARGETS, **TEMPLATES}), bao=shared_openbao
    ) as stack:
        yield stack


@pytest.fixture(scope="session")
def namespaced_stack(shared_openbao: OpenBao) -> Iterator[Stack]:
    """An installation with the profile `namespaced`, opened in `OPENED_NAMESPACES`."""
    options = StackOptions(
        profile="namespaced", profile_namespaces=OPENED_NAMESPACES, provider_timeout="5s", values=GENEROUS
    )
    with Stack(options, bao=shared_openbao) as stack:
        yield stack


@pytest.fixture(scope="session")
def eso_compat_stack(shared_openbao: OpenBao) -> Iterator[Stack]:
    """An installation with the profile `eso-compat`."""
    options = StackOptions(profile="eso-compat", provider_timeout="5s", values={**GENEROUS, **GENERIC_TARGETS})
    with Stack(options, bao=shared_openbao) as stack:
        yield stack


@pytest.fixture(scope="module")
def guarded_stack(shared_openbao: OpenBao) -> Iterator[Stack]:
    """An installation with the webhook at its door."""
    with Stack(StackOptions(webhook=True, values=GENEROUS), bao=shared_openbao) as stack:
        yield stack


@pytest.fixture
def admin(stack: Stack) -> Admin:
    return stack.admin


@pytest.fixture
def bao(stack: Stack) -> OpenBao:
    return stack.backend


@pytest.fixture
def namespace(admin: Admin) -> Iterator[str]:
    yield from _new_namespace(admin)


@pytest.fixture
def eso_compat_namespace(eso_compat_stack: Stack) -> Iterator[str]:
    """A namespace on `eso_compat_stack`."""
    yield from _new_namespace(eso_compat_stack.admin)


@pytest.fixture
def closed_namespace(namespaced_stack: Stack) -> Iterator[str]:
    """A namespace on `namespaced_stack` in which the controller may read nothing."""
    yield from _new_namespace(namespaced_stack.admin)


@pytest.fixture(scope="session")
def _next_opened_namespace() -> partial[str]:
    return partial(next, itertools.cycle(OPENED_NAMESPACES))


@pytest.fixture
def opened_namespace(namespaced_stack: Stack, _next_opened_namespace: partial[str]) -> Iterator[str]:
    """A namespace on `namespaced_stack` in which the controller may read Secrets; empty at the start."""
    name = _next_opened_namespace()
    yield name
    clear_namespace(namespaced_stack.admin, name)


def _new_namespace(admin: Admin) -> Iterator[str]:
    name = f"test-{uuid4().hex[:8]}"
    manifest: Manifest = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    admin.apply(manifest)
    yield name
    admin.delete(manifest)


@pytest.fixture
def vault(admin: Admin, bao: OpenBao, namespace: str) -> None:
    """A SecretStore `vault` in the test's namespace."""
    admin.apply(vault_store(namespace, server=bao.address))
