"""Marked values and credentials go through journeys and faults, at log level debug; then everything is searched.

The search itself is tested too: it finds the mark where it belongs, and wherever one is planted.
"""

import base64
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from uuid import uuid4

import pytest

from bulkhead_testkit.admin import Admin, Manifest, path_of, wait_for
from bulkhead_testkit.canary import places_of, places_of_process, search
from bulkhead_testkit.manifests import external_secret, fake_store, vault_store
from bulkhead_testkit.process import Process
from bulkhead_testkit.stack import NAMESPACE, VAULT_MOUNT, VAULT_POLICY, Stack, StackOptions

TEAM = "canaries"
MARK = f"canary{uuid4().hex}"
"""Part of every value and credential of the journeys."""
MANAGED = {"reconcile.external-secrets.io/managed": "true"}
APP = {"key": "app"}
FAKE = {"k": f"{MARK}!", "null": base64.b64encode(f"{MARK}\0".encode()).decode(), "list": json.dumps([MARK])}


# A stack of its own can be on another worker than that of its folder.
pytestmark = pytest.mark.xdist_group("canary")


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    # One of its own, as its processes tell the most that they can.
    with Stack(StackOptions(log_level="debug", provider_timeout="5s")) as stack:
        _journeys(stack)
        yield stack


def _journeys(stack: Stack) -> None:
    admin, bao = stack.admin, stack.backend
    admin.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": TEAM}})
    _use_token(stack, f"{MARK}-first")
    bao.put(VAULT_MOUNT, "app", {"password": f"{MARK}-1", "nested": {"list": [MARK]}})
    bao.put(VAULT_MOUNT, "large", {"v": (MARK * 20_000)[:700_000]})
    bao.put(VAULT_MOUNT, "twins", {"a b": MARK, "a_b": MARK})
    admin.apply(vault_store(TEAM, server=bao.address))
    admin.apply(vault_store(TEAM, server="https://elsewhere.example.com", name="elsewhere"))
    admin.apply(fake_store(TEAM, FAKE))
    admin.apply({**fake_store(TEAM, FAKE), "kind": "ClusterSecretStore", "metadata": {"name": TEAM}})
    for secret in _secrets_in_the_way():
        admin.apply(secret)
    for manifest in [*_good(), *(manifest for manifest, _ in _bad())]:
        admin.apply(manifest)
    for manifest in _good():
        _synced(admin, manifest)
    for manifest, says in _bad():
        admin.wait_ready(TEAM, _name(manifest), reason="SecretSyncedError", says=says)
    _break_and_repair(stack)


def _good() -> list[Manifest]:
    password = {"p": {**APP, "property": "password"}, "n": {**APP, "property": "nested"}}
    return [
        external_secret(TEAM, "property", data=password, refresh_interval="1s"),
        external_secret(TEAM, "extract", data_from=[{"extract": APP}], refresh_interval="1s"),
        external_secret(TEAM, "fake", store="fake", data={"k": {"key": "k"}}, target={"deletionPolicy": "Delete"}),
        _templated("template", "{{ .k | b64enc }}"),
        # Costly enough to be rendered by a process of its own.
        _templated("worker", "{{ range until 5000 }}{{ end }}{{ .k }}"),
    ]


def _templated(name: str, text: str, **template: object) -> Manifest:
    target = {"template": {"data": {"k": text}, **template}}
    return external_secret(TEAM, name, store="fake", data={"k": {"key": "k"}, "list": {"key": "list"}}, target=target)


def _bad() -> list[tuple[Manifest, str]]:
    """ExternalSecrets that fail with a value in hand, and what their condition says."""

    def fake(name: str, **ref: str) -> Manifest:
        return external_secret(TEAM, name, store="fake", data={"k": {"key": "k", **ref}})

    large = {name: {"key": "large", "property": "v"} for name in ("one", "two")}
    return [
        (fake("no-json", property="a.b"), "is not valid JSON"),
        (external_secret(TEAM, "no-map", store="fake", data_from=[{"extract": {"key": "k"}}]), "is not valid JSON"),
        (external_secret(TEAM, "list", store="fake", data_from=[{"extract": {"key": "list"}}]), "is not a JSON object"),
        (fake("no-base64", decodingStrategy="Base64"), "the value is not Base64"),
        (fake("null", key="null", decodingStrategy="Base64", nullBytePolicy="Fail"), "null byte"),
        (external_secret(TEAM, "twins", data_from=[{"extract": {"key": "twins"}}]), "both become the key"),
        (external_secret(TEAM, "large", data=large), "larger than 1 MiB"),
        (external_secret(TEAM, "elsewhere", store="elsewhere", data={"k": APP}), "is not ready"),
        (fake("unmanaged"), "target exists and is not managed"),
        (fake("immutable"), "target is immutable"),
        (fake("typed"), "target exists with another type"),
        *_bad_templates(),
    ]


def _bad_templates() -> list[tuple[Manifest, str]]:
    """Templates that fail with a value in hand, where Go's own message would quote it."""
    return [
        (_templated("fail", "{{ fail .k }}"), "error calling fail"),
        (_templated("fail-aside", "{{ range until 5000 }}{{ end }}{{ fail .k }}"), "error calling fail"),
        (_templated("index", "{{ index (fromJson .list) .k }}"), "error calling index"),
        (_templated("range", "{{ range .k }}{{ end }}"), "range can't iterate over"),
        (_templated("template-null", "{{ .k }}", type="kubernetes.io/dockerconfigjson"), 'needs the key ".docker'),
        (_templated("label", "", metadata={"labels": {"l": "{{ .k }}"}}), 'the value of label "l"'),
        (_templated("yaml", "", templateFrom=[{"literal": "{{ .list }}"}]), "expected a map of strings"),
        (_templated("base64", "", templateFrom=[_BASE64]), "the value is not Base64"),
        (_templated("key", "", templateFrom=[{"literal": '"{{ .k }} /": x'}]), "a secret key that the template makes"),
        (_templated("endless", "{{ range until 1000000 }}{{ $.k | sha256sum }}{{ end }}"), "rendering needs more than"),
    ]


_BASE64 = {"literal": 'a: "{{ .k }}"', "valuesDecodingStrategy": "Base64"}


def _secrets_in_the_way() -> list[Manifest]:
    def secret(name: str, labels: Mapping[str, str], **more: object) -> Manifest:
        metadata = {"name": name, "namespace": TEAM, "labels": labels}
        data = {"username": MARK, "password": f"{MARK}-theirs"}
        return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": data, **more}

    return [
        secret("unmanaged", {}),
        secret("immutable", MANAGED, immutable=True),
        secret("typed", MANAGED, type="kubernetes.io/basic-auth"),
    ]


def _break_and_repair(stack: Stack) -> None:
    """A new value, a revoked token, a sealed backend, a killed provider server, a killed controller, a deletion."""
    admin, bao, first = stack.admin, stack.backend, _good()[0]
    bao.put(VAULT_MOUNT, "app", {"password": f"{MARK}-2", "nested": {}})
    bao.client().auth.token.revoke(f"{MARK}-first")
    admin.wait_ready(TEAM, "property", reason="SecretSyncedError")
    _use_token(stack, f"{MARK}-second")
    _synced(admin, first)
    bao.seal()
    admin.wait_ready(TEAM, "property", reason="SecretSyncedError")
    bao.unseal()
    _synced(admin, first)
    stack.container("provider-vault").kill()
    admin.wait_ready(TEAM, "property", reason="SecretSyncedError")
    stack.start_container("provider-vault")
    _synced(admin, first)
    stack.container("controller").kill()
    stack.start_container("controller")
    admin.delete(_good()[2])
    wait_for(lambda: admin.secret(TEAM, "fake") is None or None, what="the Secret is deleted")


def _use_token(stack: Stack, token: str) -> None:
    stack.backend.client().auth.token.create_orphan(id=token, policies=[VAULT_POLICY], ttl="1h")
    stack.set_vault_credential({"token": token, "ca.crt": stack.backend.ca_file.read_text()})


def _synced(admin: Admin, manifest: Manifest) -> None:
    admin.wait_ready(TEAM, _name(manifest), reason="SecretSynced", timeout_s=40)


def _name(manifest: Manifest) -> str:
    return path_of(manifest).rpartition("/")[2]


def test_no_value_is_found_where_it_does_not_belong(stack: Stack) -> None:
    assert search(places_of(stack), MARK.encode()) == []


def test_no_credential_is_found_where_it_does_not_belong(stack: Stack) -> None:
    places = places_of(stack)
    credentials = [
        file for name in stack.pods for file in (stack.folder / "pods" / name).rglob("*") if _is_credential(file)
    ]
    assert len(credentials) == 6
    assert [(file, found) for file in credentials if (found := search(places, _core(file)))] == []


def _is_credential(file: Path) -> bool:
    return file.name in {"token", "tls.key"} and ".." not in str(file.parent.name)


def _core(file: Path) -> bytes:
    """Give the part of a credential that nothing else holds: a token's end, a line of a key."""
    lines = file.read_bytes().strip().splitlines()
    return lines[-2] if len(lines) > 1 else lines[0][-40:]


def test_the_search_reads_every_place(stack: Stack) -> None:
    assert [place for place, text in places_of(stack).items() if not text and not place.endswith(".log")] == []


def test_the_search_finds_the_mark_where_it_belongs(stack: Stack) -> None:
    path = f"/api/v1/namespaces/{TEAM}/secrets/property"
    found = search({"Secret": stack.admin.request("GET", path)}, MARK.encode())
    assert found == ["Secret: base64 at offset 0", "Secret: base64url at offset 0"]


@pytest.mark.parametrize(
    "leak",
    [
        pytest.param(lambda value: value, id="plain"),
        pytest.param(lambda value: base64.b64encode(b"x" + value + b"yz"), id="base64-in-the-middle"),
        pytest.param(lambda value: base64.urlsafe_b64encode(b"xy" + value), id="base64url-at-the-end"),
        pytest.param(lambda value: value.hex().encode(), id="hex"),
        pytest.param(lambda value: str(list(value)).encode(), id="list-of-numbers"),
        pytest.param(repr, id="repr"),
    ],
)
def test_the_search_finds_a_mark_that_is(leak: Callable[[bytes], bytes | str]) -> None:
    value = f"canary{uuid4().hex}".encode()
    shown = leak(value)
    text = b"before " + (shown.encode() if isinstance(shown, str) else shown) + b" after"
    assert search({"place": text}, value)
    assert search({"place": text}, b"another") == []


def _plant_event(stack: Stack, mark: str) -> None:
    subject = {"kind": "ExternalSecret", "namespace": TEAM, "name": "property"}
    metadata = {"name": "planted", "namespace": TEAM}
    stack.admin.apply(
        {"apiVersion": "v1", "kind": "Event", "metadata": metadata, "involvedObject": subject, "message": mark}
    )


def _plant_config_map(stack: Stack, mark: str) -> None:
    metadata = {"name": "planted", "namespace": NAMESPACE}
    stack.admin.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"k": mark}})


def _plant_condition(stack: Stack, mark: str) -> None:
    conditions = [{"type": "Deleted", "status": "True", "message": mark}]
    path = f"{path_of(external_secret(TEAM, 'unmanaged'))}/status"
    body = {"status": {"conditions": conditions}}
    stack.admin.request("PATCH", path, body=body, content_type="application/merge-patch+json")


def _plant_annotation(stack: Stack, mark: str) -> None:
    metadata = {"name": "unmanaged", "namespace": TEAM, "annotations": {"planted": mark}}
    stack.admin.apply({"apiVersion": "v1", "kind": "Secret", "metadata": metadata})


def _plant_log_line(stack: Stack, mark: str) -> None:
    with stack.container("provider-vault").log.open("a") as log:
        log.write(f"{mark}\n")


def _plant_name(stack: Stack, mark: str) -> None:
    """A name is no secret, so the metrics of the controller show it."""
    stack.admin.apply(external_secret(TEAM, mark, store="fake", data={"k": {"key": "k"}}))
    stack.admin.wait_ready(TEAM, mark, reason="SecretSynced")


@pytest.mark.parametrize(
    ("plant", "place"),
    [
        pytest.param(_plant_event, "/api/v1/events: plain", id="an-event"),
        pytest.param(_plant_config_map, "/api/v1/configmaps: plain", id="a-config-map"),
        pytest.param(_plant_condition, "/apis/external-secrets.io/v1/externalsecrets: plain", id="a-condition"),
        pytest.param(_plant_annotation, "/api/v1/secrets: plain", id="an-annotation-of-a-secret"),
        pytest.param(_plant_log_line, "pods/bulkhead-controller/provider-vault.log: plain", id="a-log"),
        pytest.param(_plant_name, "controller /metrics: plain", id="a-metric"),
        pytest.param(_plant_name, "plane/logs/audit.log: plain", id="the-audit-log"),
    ],
)
def test_the_search_finds_what_is_planted_in(stack: Stack, plant: Callable[[Stack, str], None], place: str) -> None:
    mark = f"planted{uuid4().hex}"
    plant(stack, mark)
    assert place in search(places_of(stack), mark.encode())


def test_the_search_finds_what_is_planted_in_a_process(tmp_path: Path) -> None:
    mark = f"planted{uuid4().hex}"
    argv = [sys.executable, "-c", "import time; time.sleep(60)", f"{mark}-argument"]
    with Process("planted", argv, log=tmp_path / "log", env={"PLANTED": f"{mark}-variable"}) as planted:

        def look() -> bool | None:
            found = search(dict(places_of_process("it", planted.pid)), mark.encode())
            return found == ["it cmdline: plain", "it environ: plain"] or None

        wait_for(look, what="the mark is found in both")
