"""Every file in examples/, applied as it stands on what `make up` leaves; the word `demo` becomes a test's namespace.

A new example needs a row in one of the tables that says what must be true afterwards.
"""

import base64
import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest
import yaml
from cryptography.hazmat.primitives.serialization.pkcs12 import load_key_and_certificates

from bulkhead_cli.__main__ import main as render
from bulkhead_demo.shop import EXAMPLES, fill_shelves, read_example
from bulkhead_testkit.admin import Admin, LiveSecret, Manifest, wait_for
from bulkhead_testkit.manifests import external_secret, fake_store, vault_store
from bulkhead_testkit.stack import Stack
from bulkhead_testkit.toolchain import CHECKOUT


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A namespace as `make up` leaves `demo`: with a store `vault`, and something behind it."""

    stack: Stack
    namespace: str

    @property
    def admin(self) -> Admin:
        return self.stack.admin

    def synced(self, name: str) -> LiveSecret:
        self.admin.wait_ready(self.namespace, name, reason="SecretSynced")
        secret = self.admin.secret(self.namespace, name)
        assert secret is not None
        return secret

    def holds(self, name: str, data: Mapping[str, bytes]) -> None:
        """Wait until a Secret holds this and nothing else."""
        self.admin.wait_for_secret(self.namespace, name, data=data)

    def data(self, name: str) -> Mapping[str, bytes]:
        secret = self.admin.secret(self.namespace, name)
        return {} if secret is None else secret.data

    def put(self, store: str, **values: str) -> None:
        """Change what a store of the fake provider holds, all of it."""
        self.admin.apply(fake_store(self.namespace, values, name=store))

    def touch(self, name: str) -> None:
        """Change an annotation of an ExternalSecret."""
        manifest = external_secret(self.namespace, name)
        self.admin.patch_metadata(manifest, annotations={"force-sync": "1"})

    def outlasts(self, store: str) -> None:
        """Let the store's token change, and return when whoever follows it each second has seen that twice."""
        refs = {"token": {"key": "token"}}
        self.admin.apply(external_secret(self.namespace, "witness", store=store, data=refs, refresh_interval="1s"))
        for value in ("t-2", "t-3"):
            self.put(store, token=value)
            self.holds("witness", {"token": value.encode()})


Check = Callable[[Site], None]


def gives(name: str, data: Mapping[str, bytes]) -> Check:
    """The ExternalSecret is synced and its Secret holds this."""

    def check(site: Site) -> None:
        assert site.synced(name).data == data

    return check


def stays_when_its_external_secret_goes(site: Site) -> None:
    assert site.synced("orphan").metadata.owner_references == []
    site.admin.delete(external_secret(site.namespace, "orphan"))
    wait_for(lambda: site.admin.external_secret(site.namespace, "orphan") is None or None, what="it is gone")
    assert site.data("orphan") == {"token": b"t-1"}


def is_merged(site: Site) -> None:
    secret = site.synced("merge")
    assert secret.data == {"user": b"shop", "password": b"p-1"}
    assert secret.metadata.owner_references == []


def is_created_and_then_merged(site: Site) -> None:
    assert site.synced("create-or-merge").data == {"password": b"p-1"}
    metadata = {"name": "create-or-merge", "namespace": site.namespace}
    site.admin.apply({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": {"user": "shop"}})
    site.put("create-or-merge", password="p-2")
    site.holds("create-or-merge", {"user": b"shop", "password": b"p-2"})


def is_only_looked_at(site: Site) -> None:
    site.admin.wait_ready(site.namespace, "none", reason="SecretSynced")
    assert site.admin.secret(site.namespace, "none") is None


def goes_with_its_source_and_comes_back(site: Site) -> None:
    assert site.synced("deletion-delete").data == {"token": b"t-1"}
    site.put("deletion-delete", another="a-1")
    site.admin.wait_ready(site.namespace, "deletion-delete", reason="SecretDeleted")
    assert site.admin.secret(site.namespace, "deletion-delete") is None
    site.put("deletion-delete", token="t-2")
    site.holds("deletion-delete", {"token": b"t-2"})


def follows_when_it_changes_itself(site: Site) -> None:
    site.synced("on-change")
    site.outlasts("on-change")
    assert site.data("on-change") == {"token": b"t-1"}
    site.touch("on-change")
    site.holds("on-change", {"token": b"t-3"})


def is_made_once(site: Site) -> None:
    site.synced("created-once")
    site.touch("created-once")
    site.outlasts("created-once")
    assert site.data("created-once") == {"token": b"t-1"}


def follows_when_forced(site: Site) -> None:
    site.synced("force-sync")
    site.put("force-sync", token="t-2")
    site.touch("force-sync")
    site.holds("force-sync", {"token": b"t-2"})


def stays_as_it_was_made(site: Site) -> None:
    assert site.synced("immutable").immutable
    before = site.admin.wait_ready(site.namespace, "immutable", reason="SecretSynced")
    site.put("immutable", token="t-2")
    site.touch("immutable")

    def synced_again() -> bool | None:
        now = site.admin.wait_ready(site.namespace, "immutable", reason="SecretSynced")
        return now.status.synced_resource_version != before.status.synced_resource_version or None

    wait_for(synced_again, what="the next sync")
    assert site.data("immutable") == {"token": b"t-1"}


def has_what_is_tagged(site: Site) -> None:
    (item,) = site.synced("find-by-tags").data.items()
    assert item[0] == "shop_payment"
    assert json.loads(item[1]).keys() == {"api-key", "webhook-secret"}


def is_converted(site: Site) -> None:
    assert site.synced("conversion-default").data == {"db_user": b"shop"}
    assert site.synced("conversion-unicode").data == {"db_U002f_user": b"shop"}


def has_no_null_byte_where_none_may_be(site: Site) -> None:
    assert site.synced("null-bytes-ignore").data == {"binary": b"a\0b"}
    says = 'key "binary": the value holds a null byte'
    site.admin.wait_ready(site.namespace, "null-bytes-fail", reason="SecretSyncedError", says=says)
    assert site.admin.secret(site.namespace, "null-bytes-fail") is None


def follows_in_its_window(site: Site) -> None:
    names = ("only-at-night", "never-at-night")
    for name in names:
        assert site.synced(name).data == {"token": b"t-1"}
    night = _is_night()

    def follower_of(value: str) -> str:
        def look() -> str | None:
            return next((name for name in names if site.data(name) == {"token": value.encode()}), None)

        site.put("sync-windows", token=value)
        return wait_for(look, what="one of them follows")

    follower_of("t-2")
    follower = follower_of("t-3")
    # Where night fell or ended in between, both may have followed.
    if _is_night() == night:
        assert follower == names[0 if night else 1]
        assert site.data(names[1 if night else 0]) == {"token": b"t-1"}


def _is_night() -> bool:
    """Say whether the window of sync-windows.yaml is open: for eight hours from 22:00 UTC, its end included."""
    now = datetime.now(UTC)
    since_opening_s = ((now.hour - 22) % 24 * 60 + now.minute) * 60 + now.second
    return since_opening_s <= 8 * 3600


def is_for_some_namespaces(site: Site) -> None:
    for namespace in (site.namespace, f"{site.namespace}-friend"):
        site.admin.wait_ready(namespace, "guarded", reason="SecretSynced")
    stranger = f"{site.namespace}-stranger"
    says = f'is not allowed from namespace "{stranger}": denied by spec.conditions'
    site.admin.wait_ready(stranger, "guarded", reason="SecretSyncedError", says=says)
    assert site.admin.secret(stranger, "guarded") is None


def comes_from_a_patient_store(site: Site) -> None:
    assert site.synced("patient").data.keys() == {"api-key", "webhook-secret"}
    store = site.admin.store(site.namespace, "patient")
    assert store is not None
    assert store.status.conditions[0].reason == "Valid"
    assert store.spec.retry_settings is not None


def is_adopted_where_that_was_asked_for(site: Site) -> None:
    secret = site.synced("adopted")
    assert secret.data == {"token": b"t-1"}
    assert [owner["name"] for owner in secret.metadata.owner_references] == ["adopted"]
    says = 'annotate this ExternalSecret bulkhead.dev/adopt="true" to have it overwritten'
    site.admin.wait_ready(site.namespace, "not-adopted", reason="SecretSyncedError", says=says)
    assert site.data("not-adopted") == {"token": b"made-by-hand"}


def is_a_login_to_a_registry(site: Site) -> None:
    secret = site.synced("docker-config")
    assert secret.type == "kubernetes.io/dockerconfigjson"
    login = {"username": "puller", "password": "p-1", "auth": "cHVsbGVyOnAtMQ=="}
    assert secret.data.keys() == {".dockerconfigjson"}
    assert json.loads(secret.data[".dockerconfigjson"]) == {"auths": {"registry.example.com": login}}


def opens_with_its_password(site: Site) -> None:
    data = site.synced("keystore").data
    assert data.keys() == {"keystore.p12", "password"}
    key, certificate, others = load_key_and_certificates(data["keystore.p12"], data["password"])
    assert key is not None
    assert certificate is not None
    assert certificate.public_key() == key.public_key()
    assert others == []


def has_metadata_of_its_template(site: Site) -> None:
    secret = site.synced("template-metadata")
    assert secret.data == {"team": b"payments", "url": b"https://api.example.com/v2", "token": b"t-1"}
    assert secret.metadata.labels["example.com/team"] == "payments"
    assert secret.metadata.annotations["example.com/host"] == "api.example.com"
    assert "example.com/stays-here" not in secret.metadata.labels


def has_keys_and_a_label_of_its_literals(site: Site) -> None:
    secret = site.synced("template-literal")
    assert secret.data == {"APP_HOST": b"db.shop.internal", "APP_USER": b"shop"}
    assert secret.metadata.labels["example.com/user"] == "shop"


PROPERTIES: Final = rb"""spring.datasource.password=back\\slash
spring.datasource.url=jdbc:postgresql://db.shop.internal/shop
spring.datasource.user=shop
"""
NGINX: Final = b"""upstream shop {
  server a.shop.internal:8080;
  server b.shop.internal:8080;
}
server {
  listen 8080;
  location / {
    proxy_pass http://shop;
    proxy_set_header Host $host;
    proxy_set_header Authorization "Bearer t-1";
  }
}
"""

DATABASE: Final = {
    "username": b"shop",
    "password": b"correct horse battery staple",
    "host": b"db.shop.internal",
}
PAYMENT: Final = {"api-key": b"pk_demo_4f1d", "webhook-secret": b"whsec_demo_9c2e"}

IN_STRICT: Final[Mapping[str, Check]] = {
    "cluster-store-conditions.yaml": is_for_some_namespaces,
    "conversion-strategy.yaml": is_converted,
    "creation-none.yaml": is_only_looked_at,
    "creation-orphan.yaml": stays_when_its_external_secret_goes,
    "decoding-strategy.yaml": gives(
        "decoding", {"certificate": b"hello world", "url-safe": b"???", "as-it-is": b"aGVsbG8gd29ybGQ="}
    ),
    "deletion-delete.yaml": goes_with_its_source_and_comes_back,
    "fake.yaml": gives("settings", {"greeting": b"hello", "colour": b"blue"}),
    "find-by-name.yaml": gives("find-by-name", {"feature-blue": b"on", "feature-red": b"off"}),
    "find-by-tags.yaml": has_what_is_tagged,
    "force-sync.yaml": follows_when_forced,
    "immutable.yaml": stays_as_it_was_made,
    "metadata-fetch.yaml": gives("metadata", {"team": b"payment", "api-key": b"pk_demo_4f1d"}),
    "null-bytes.yaml": has_no_null_byte_where_none_may_be,
    "refresh-created-once.yaml": is_made_once,
    "refresh-on-change.yaml": follows_when_it_changes_itself,
    "rewrite-merge.yaml": gives("rewrite-merge", {"host": b"db.shop.internal", "port": b"5432"}),
    "rewrite-regexp.yaml": gives("rewrite-regexp", {"DB_user": b"shop", "DB_password": b"p-1"}),
    "rewrite-transform.yaml": gives("rewrite-transform", {"DB_USER": b"shop", "DB_PASSWORD": b"p-1"}),
    "source-ref.yaml": gives("two-stores", {"user": b"shop", "password": b"p-1"}),
    "store-retries.yaml": comes_from_a_patient_store,
    "sync-windows.yaml": follows_in_its_window,
    "template-docker-config.yaml": is_a_login_to_a_registry,
    "template-java-properties.yaml": gives("java-properties", {"application.properties": PROPERTIES}),
    "template-jdbc-url.yaml": gives(
        "jdbc-url", {"url": b"jdbc:postgresql://db.shop.internal:5432/shop?user=shop&password=p%261%3D%3F"}
    ),
    "template-keystore.yaml": opens_with_its_password,
    "template-literal.yaml": has_keys_and_a_label_of_its_literals,
    "template-merge.yaml": gives("template-merge", {"user": b"SHOP", "password": b"p-1", "login": b"shop:p-1"}),
    "template-metadata.yaml": has_metadata_of_its_template,
    "template-nginx-config.yaml": gives("nginx-config", {"nginx.conf": NGINX}),
    "vault-extract.yaml": gives("payment", PAYMENT),
    "vault-properties.yaml": gives("database", DATABASE),
}
"""What must be true afterwards, in the profile `strict`."""

READING: Final[Mapping[str, Check]] = {
    "adoption.yaml": is_adopted_where_that_was_asked_for,
    "creation-create-or-merge.yaml": is_created_and_then_merged,
    "creation-merge.yaml": is_merged,
}
"""The same of those that need the right to read Secrets."""

ELSEWHERE: Final = {
    "generic-target.yaml": "test_generic_targets.py::test_the_example_is_runnable",
    "cluster-external-secret.yaml": "test_cluster_external_secret.py::test_the_example_works_as_it_stands",
    "referent-credentials.yaml": "test_referent_credentials.py::test_the_example_works_as_it_stands",
}
"""Those that need more around them, and the test that applies them."""


@contextmanager
def applied(name: str, site: Site) -> Iterator[None]:
    site.admin.apply(vault_store(site.namespace, server=site.stack.backend.address))
    manifests = read_example(name, site.stack, namespace=site.namespace)
    try:
        for manifest in manifests:
            site.admin.apply(manifest)
        yield
    finally:
        # What is in the test's namespace goes with it.
        for manifest in manifests:
            if "namespace" not in _metadata(manifest):
                site.admin.delete(manifest)


def _metadata(manifest: Manifest) -> Mapping[str, object]:
    metadata = manifest["metadata"]
    assert isinstance(metadata, Mapping)
    return metadata


@pytest.fixture(scope="session")
def shop(stack: Stack) -> Stack:
    fill_shelves(stack.backend)
    return stack


@pytest.mark.parametrize("name", IN_STRICT)
def test_the_example_works(name: str, shop: Stack, namespace: str) -> None:
    site = Site(stack=shop, namespace=namespace)
    with applied(name, site):
        IN_STRICT[name](site)


RENDERED: Final = {
    "template-docker-config.yaml": "docker-config",
    "template-java-properties.yaml": "java-properties",
    "template-jdbc-url.yaml": "jdbc-url",
    "template-literal.yaml": "template-literal",
    "template-merge.yaml": "template-merge",
    "template-metadata.yaml": "template-metadata",
    "template-nginx-config.yaml": "nginx-config",
}
"""Examples of templates that give the same each time, and their ExternalSecrets."""


@pytest.mark.parametrize("name", RENDERED)
def test_the_command_renders_what_the_controller_writes(
    name: str, shop: Stack, namespace: str, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    site = Site(stack=shop, namespace=namespace)
    fetched = {"target": {"name": "fetched"}, "refreshInterval": "1h"}
    with applied(name, site):
        written = site.synced(RENDERED[name])
        manifests = read_example(name, shop, namespace=namespace)
        original = next(each for each in manifests if each["kind"] == "ExternalSecret")
        spec = original["spec"]
        assert isinstance(spec, Mapping)
        # The same without a template shows what was fetched.
        plain = {**original, "metadata": {"name": "fetched", "namespace": namespace}, "spec": {**spec, **fetched}}
        site.admin.apply(plain)
        data = site.synced("fetched").data
        (tmp_path / "all.yaml").write_text(yaml.safe_dump_all(manifests))
        (tmp_path / "data.yaml").write_text(yaml.safe_dump(dict(data)))
        # What is in the same file counts, ConfigMaps among it.
        assert render(["render", f"{tmp_path}/all.yaml", "--data", f"{tmp_path}/data.yaml", "--show-values"]) == 0
    shown = yaml.safe_load(capsysbinary.readouterr().out)
    assert {key: base64.b64decode(value) for key, value in shown["data"].items()} == written.data
    assert (shown["type"], shown["metadata"]["labels"], shown["metadata"]["annotations"]) == (
        written.type,
        written.metadata.labels,
        written.metadata.annotations,
    )


@pytest.mark.parametrize("name", READING)
def test_the_example_that_reads_secrets_works(name: str, namespaced_stack: Stack, opened_namespace: str) -> None:
    site = Site(stack=namespaced_stack, namespace=opened_namespace)
    with applied(name, site):
        READING[name](site)


def test_every_example_is_applied_by_one_test() -> None:
    files = sorted(path.name for path in EXAMPLES.iterdir())
    assert sorted([*IN_STRICT, *READING, *ELSEWHERE]) == files
    for example, test in ELSEWHERE.items():
        module, _, function = test.partition("::")
        text = (CHECKOUT / "tests" / "integration" / module).read_text()
        assert f"def {function}(" in text
        assert example in text


@pytest.mark.parametrize("name", [*IN_STRICT, *READING, *ELSEWHERE])
def test_the_example_says_what_it_shows_and_how_to_look(name: str) -> None:
    lines = (EXAMPLES / name).read_text().splitlines()
    said = next(number for number, line in enumerate(lines) if not line.startswith("# "))
    assert said in (2, 3)
    assert any(re.search(r"\bLook: ", line) for line in lines[:said])
