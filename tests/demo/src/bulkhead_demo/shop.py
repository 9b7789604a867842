"""The secrets and ExternalSecrets that the demo and `make up` begin with."""

import re
from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from bulkhead_testkit.admin import Admin, Manifest, name_of, read_manifests
from bulkhead_testkit.stack import VAULT_MOUNT
from bulkhead_testkit.toolchain import CHECKOUT

DEMO_NAMESPACE: Final = "demo"
DATABASE_KEY: Final = "shop/database"
PAYMENT_KEY: Final = "shop/payment"
EXAMPLES: Final = CHECKOUT / "examples"
_EXAMPLE_SERVER: Final = "https://vault.example.com:8200"
_BY_PROVIDER: Final = {"vault": ("vault-properties.yaml", "vault-extract.yaml"), "fake": ("fake.yaml",)}


class Shelves(Protocol):
    """An OpenBao with a KV version 2 at `VAULT_MOUNT`, as a process or as a Pod."""

    @property
    def address(self) -> str:
        """Its URL, as provider servers reach it."""

    def put(self, mount: str, key: str, fields: Mapping[str, object]) -> None:
        """Write a secret, as its next version."""

    def put_metadata(self, mount: str, key: str, metadata: Mapping[str, str]) -> None:
        """Replace the custom metadata of a secret."""


class Shop(Protocol):
    """An installation to try the examples on: processes, or Pods of a cluster."""

    @property
    def admin(self) -> Admin:
        """Full rights on the cluster."""

    @property
    def bao(self) -> Shelves | None:
        """Where the vault provider reads; None without that provider."""

    @property
    def providers(self) -> Sequence[str]:
        """The providers that run."""


def open_shop(shop: Shop) -> Sequence[str]:
    """Seed OpenBao and apply the examples; give the names of the ExternalSecrets, all of them synced."""
    shop.admin.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": DEMO_NAMESPACE}})
    if shop.bao is not None:
        fill_shelves(shop.bao)
    names = [name for provider in shop.providers for name in _BY_PROVIDER[provider]]
    manifests = [manifest for name in names for manifest in read_example(name, shop)]
    for manifest in manifests:
        shop.admin.apply(manifest)
    applied = [name_of(manifest) for manifest in manifests if manifest["kind"] == "ExternalSecret"]
    for name in applied:
        shop.admin.wait_ready(DEMO_NAMESPACE, name, reason="SecretSynced")
    return applied


def fill_shelves(bao: Shelves) -> None:
    """Write everything in OpenBao that the examples read, with the metadata that some look at."""
    put_database(bao, password="correct horse battery staple")
    bao.put(VAULT_MOUNT, PAYMENT_KEY, {"api-key": "pk_demo_4f1d", "webhook-secret": "whsec_demo_9c2e"})
    bao.put_metadata(VAULT_MOUNT, DATABASE_KEY, {"team": "database"})
    bao.put_metadata(VAULT_MOUNT, PAYMENT_KEY, {"team": "payment"})


def put_database(bao: Shelves, *, password: str) -> None:
    """Write the database's secret in OpenBao, the whole of it."""
    fields = {"username": "shop", "password": password, "endpoint": {"host": "db.shop.internal", "port": 5432}}
    bao.put(VAULT_MOUNT, DATABASE_KEY, fields)


def read_example(name: str, shop: Shop, *, namespace: str = DEMO_NAMESPACE) -> Sequence[Manifest]:
    """Read an example, with this installation's OpenBao in place of the address that it shows.

    Args:
        name: of the file.
        shop: where it is to be applied.
        namespace: takes the place of the word `demo`, also within the names of what is not in a namespace.
    """
    text = (EXAMPLES / name).read_text()
    if shop.bao is not None:
        text = text.replace(_EXAMPLE_SERVER, shop.bao.address)
    return read_manifests(re.sub(rf"\b{DEMO_NAMESPACE}\b", namespace, text))
