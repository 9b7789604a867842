"""The secrets and ExternalSecrets that the demo and `make up` begin with."""

import re
from collections.abc import Sequence
from typing import Final

from bulkhead_testkit.admin import Manifest, name_of, read_manifests
from bulkhead_testkit.stack import VAULT_MOUNT, Stack
from bulkhead_testkit.toolchain import CHECKOUT

DEMO_NAMESPACE: Final = "demo"
DATABASE_KEY: Final = "shop/database"
PAYMENT_KEY: Final = "shop/payment"
EXAMPLES: Final = CHECKOUT / "examples"
_EXAMPLE_SERVER: Final = "https://vault.example.com:8200"
_BY_PROVIDER: Final = {"vault": ("vault-properties.yaml", "vault-extract.yaml"), "fake": ("fake.yaml",)}


def open_shop(stack: Stack) -> Sequence[str]:
    """Seed OpenBao and apply the examples; give the names of the ExternalSecrets."""
    stack.admin.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": DEMO_NAMESPACE}})
    if "vault" in stack.options.providers:
        fill_shelves(stack)
    names = [name for provider in stack.options.providers for name in _BY_PROVIDER[provider]]
    manifests = [manifest for name in names for manifest in read_example(name, stack)]
    for manifest in manifests:
        stack.admin.apply(manifest)
    applied = [name_of(manifest) for manifest in manifests if manifest["kind"] == "ExternalSecret"]
    for name in applied:
        stack.admin.wait_ready(DEMO_NAMESPACE, name, reason="SecretSynced")
    return applied


def fill_shelves(stack: Stack) -> None:
    """Write everything in OpenBao that the examples read, with the metadata that some look at."""
    put_database(stack, password="correct horse battery staple")
    stack.backend.put(VAULT_MOUNT, PAYMENT_KEY, {"api-key": "pk_demo_4f1d", "webhook-secret": "whsec_demo_9c2e"})
    stack.backend.put_metadata(VAULT_MOUNT, DATABASE_KEY, {"team": "database"})
    stack.backend.put_metadata(VAULT_MOUNT, PAYMENT_KEY, {"team": "payment"})


def put_database(stack: Stack, *, password: str) -> None:
    """Write the database's secret in OpenBao, the whole of it."""
    fields = {"username": "shop", "password": password, "endpoint": {"host": "db.shop.internal", "port": 5432}}
    stack.backend.put(VAULT_MOUNT, DATABASE_KEY, fields)


def read_example(name: str, stack: Stack, *, namespace: str = DEMO_NAMESPACE) -> Sequence[Manifest]:
    """Read an example, with this stack's OpenBao in place of the address that it shows.

    Args:
        name: of the file.
        stack: where it is to be applied.
        namespace: takes the place of the word `demo`, also within the names of what is not in a namespace.
    """
    text = (EXAMPLES / name).read_text()
    if stack.bao is not None:
        text = text.replace(_EXAMPLE_SERVER, stack.bao.address)
    return read_manifests(re.sub(rf"\b{DEMO_NAMESPACE}\b", namespace, text))
