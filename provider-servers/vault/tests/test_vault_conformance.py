"""The real vault server, in a process of its own before a real OpenBao, keeps to the protocol."""

import base64
import json
import sys
from collections.abc import Iterator

import grpc
import pytest

from bulkhead_conformance.cases import Cases, ErrorCase, FindCase, MapCase, StoreCase, ValueCase
from bulkhead_conformance.suite import *  # noqa: F403 - the classes are the tests
from bulkhead_conformance.target import Target
from bulkhead_runtime.spiffe import DEFAULT_TRUST_DOMAIN, SpiffeId, controller_id, provider_id
from bulkhead_testkit.authority import Authority, Denied, Leaf, Usage, serial_in
from bulkhead_testkit.openbao import OpenBao
from bulkhead_testkit.ports import free_port
from bulkhead_testkit.process import Process

# Each test is a few calls, but the first one waits for a process.
pytestmark = pytest.mark.slow

START_S = 30.0
SERVER = Leaf(spiffe_id=provider_id(DEFAULT_TRUST_DOMAIN, "vault"), usage=Usage.SERVER)
CONTROLLER = Leaf(spiffe_id=controller_id(DEFAULT_TRUST_DOMAIN), usage=Usage.CLIENT)
STRANGER = Leaf(spiffe_id=SpiffeId(DEFAULT_TRUST_DOMAIN, "stranger"), usage=Usage.CLIENT)

FIELDS = {"user": "conformance-ada", "port": 5432, "tags": ["a", "b"], "a.b": "conformance-dotted"}
WHOLE = '{"a.b":"conformance-dotted","port":5432,"tags":["a","b"],"user":"conformance-ada"}'
READER = {
    "secret/data/*": ["read"],
    "secret/metadata/*": ["read", "list"],
    "secret/metadata/": ["list"],
    "secret/data/forbidden": ["deny"],
}


def cases_for(bao: OpenBao) -> Cases:
    """What the suite finds in this OpenBao."""
    ca_bundle = base64.b64encode(bao.ca_file.read_bytes()).decode()
    spec: dict[str, object] = {"server": bao.address, "path": "secret", "caBundle": ca_bundle}
    return Cases(
        store=StoreCase(provider="vault", spec=spec),
        values=[
            ValueCase(key="app/db", value=WHOLE),
            ValueCase(key="app/db", property="user", value="conformance-ada"),
            ValueCase(key="app/db", property="port", value="5432"),
            ValueCase(key="app/db", property="tags.1", value="b"),
            ValueCase(key="app/db", property="a.b", value="conformance-dotted"),
            ValueCase(key="app/db", version="1", property="user", value="conformance-bob"),
            ValueCase(key="app/db", property="env", metadata=True, value="conformance-prod"),
            ValueCase(key="app/deep/key", value='{"k":"conformance-deep"}'),
        ],
        missing_key="app/no-such-key",
        maps=[
            MapCase(
                key="app/db",
                fields={"user": "conformance-ada", "port": "5432", "tags": '["a","b"]', "a.b": "conformance-dotted"},
            ),
        ],
        errors=[
            ErrorCase(key="app/gone", reason="NOT_FOUND"),
            ErrorCase(key="app/db", version="99", reason="NOT_FOUND"),
            ErrorCase(key="app/db", version="latest", reason="INVALID_REF"),
            ErrorCase(key="app/db", property="nope", reason="PROPERTY_NOT_FOUND"),
            ErrorCase(key="app/db", property="nope", metadata=True, reason="PROPERTY_NOT_FOUND"),
            ErrorCase(key="app/no-such-key", metadata=True, reason="INVALID_REF"),
            ErrorCase(key="app/db", property="tags.#(a", reason="INVALID_REF"),
            ErrorCase(key="forbidden", reason="ACCESS_DENIED"),
        ],
        finds=[
            FindCase(path="app", name_regexp="deep", secrets={"app/deep/key": '{"k":"conformance-deep"}'}),
            FindCase(path="app", tags={"env": "conformance-prod"}, secrets={"app/db": WHOLE}),
            FindCase(path="app", secrets={"app/db": WHOLE, "app/deep/key": '{"k":"conformance-deep"}'}),
        ],
        invalid_specs=[
            {**spec, "server": "http://127.0.0.1:8200"},
            {**spec, "caBundle": "no certificate"},
            {**spec, "auth": {"tokenSecretRef": {"name": "n", "key": "k"}}},
        ],
    )


@pytest.fixture(scope="module")
def bao(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenBao]:
    """An OpenBao with a few secrets."""
    with OpenBao(tmp_path_factory.mktemp("openbao")) as bao:
        bao.enable_kv("secret")
        bao.write_policy("reader", READER)
        bao.put("secret", "app/db", {**FIELDS, "user": "conformance-bob"})
        bao.put("secret", "app/db", FIELDS)
        bao.put_metadata("secret", "app/db", {"env": "conformance-prod"})
        bao.put("secret", "app/deep/key", {"k": "conformance-deep"})
        bao.put("secret", "app/gone", {"k": "conformance-gone"})
        bao.delete("secret", "app/gone")
        bao.put("secret", "forbidden", {"k": "conformance-forbidden"})
        yield bao


@pytest.fixture(scope="module")
def target(bao: OpenBao, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """A vault server that runs as long as this module's tests."""
    directory = tmp_path_factory.mktemp("vault")
    authority = Authority.new()
    policy = directory / "policy.yaml"
    policy.write_text(json.dumps({"hosts": [bao.address], "rules": [{"namespaces": ["*"]}]}))
    credentials = directory / "credentials"
    credentials.mkdir()
    (credentials / "token").write_bytes(bao.create_token(["reader"]).reveal())
    own, revoked = authority.issue(SERVER, directory / "tls"), authority.issue(CONTROLLER, directory / "revoked")
    authority.deny(own, Denied(serials=[serial_in(revoked)], version=2))
    target = Target(
        address=f"unix://{directory}/provider.sock",
        server_id=str(SERVER.spiffe_id),
        tls_dir=authority.issue(CONTROLLER, directory / "controller"),
        cases=cases_for(bao),
        revoked_tls_dirs=(revoked,),
        live_address=f"127.0.0.1:{free_port()}",
        refused_tls_dirs=(
            Authority.new().issue(CONTROLLER, directory / "of-another-authority"),
            authority.issue(STRANGER, directory / "stranger"),
            authority.issue(SERVER, directory / "server-as-caller"),
        ),
    )
    arguments = (
        sys.executable,
        "-m",
        "bulkhead_provider_vault",
        f"--listen={target.address}",
        f"--tls-dir={own}",
        f"--policy-file={policy}",
        f"--credentials-dir={credentials}",
        "--metrics-addr=",
        f"--live-addr={target.live_address}",
    )
    with Process("vault provider", arguments, log=directory / "server.log") as server:
        server.wait_until((directory / "provider.sock").exists, START_S)
        with target.channel() as channel:
            grpc.channel_ready_future(channel).result(timeout=START_S)
        yield target
