"""The secrets and ExternalSecrets that the demo and `make up` begin with."""

from collections.abc import Sequence
from typing import Final

from bulkhead_testkit.admin import Manifest, name_of, read_manifests
from bulkhead_testkit.stack import VAULT_MOUNT, Stack
from bulkhead_testkit.toolchain import CHECKOUT

DEMO_NAMESPACE: Final = "demo"
DATABASE_KEY: Final = "shop/database"
_EXAMPLE_SERVER: Final = "https://vault.example.com:8200"
_BY_PROVIDER: Final = {"vault": ("vault-properties.yaml", "vault-extract.yaml"), "fake": ("fake.yaml",)}


def open_shop(stack: Stack) -> Sequence[str]:
    """Seed OpenBao and apply the examples; give the names of the ExternalSecrets."""
    stack.admin.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": DEMO_NAMESPACE}})
    if "vault" in stack.options.providers:
        put_database(stack, password="correct horse battery staple")
        stack.backend.put(VAULT_MOUNT, "shop/payment", {"api-key": "pk_demo_4f1d", "webhook-secret": "whsec_demo_9c2e"})
    manifests = [manifest for provider in stack.options.providers for manifest in _examples(stack, provider)]
    for manifest in manifests:
        stack.admin.apply(manifest)
    names = [name_of(manifest) for manifest in manifests if manifest["kind"] == "ExternalSecret"]
    for name in names:
        stack.admin.wait_ready(DEMO_NAMESPACE, name, reason="SecretSynced")
    return names


def put_database(stack: Stack, *, password: str) -> None:
    """Write the database's secret in OpenBao, the whole of it."""
    fields = {"username": "shop", "password": password, "endpoint": {"host": "db.shop.internal", "port": 5432}}
    stack.backend.put(VAULT_MOUNT, DATABASE_KEY, fields)


def _examples(stack: Stack, provider: str) -> Sequence[Manifest]:
    """Read a provider's examples, with this stack's OpenBao in place of the address that they show."""
    address = stack.backend.address if provider == "vault" else _EXAMPLE_SERVER
    texts = [(CHECKOUT / "examples" / name).read_text() for name in _BY_PROVIDER[provider]]
    return [manifest for text in texts for manifest in read_manifests(text.replace(_EXAMPLE_SERVER, address))]
