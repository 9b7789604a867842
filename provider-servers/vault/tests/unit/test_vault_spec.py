"""What a Vault store says, and what it is told when that cannot work."""

import base64
import json
from collections.abc import Mapping

import pytest

from bulkhead_api.errors import InvalidStoreError
from bulkhead_api.external_secret import StoreKind
from bulkhead_provider_sdk.provider import Store, StoreRef
from bulkhead_provider_vault.spec import Backend, KvVersion, backend_from

PEM = "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n"
SERVER = "https://vault.example.com:8200"


def read(spec: Mapping[str, object]) -> Backend:
    ref = StoreRef(kind=StoreKind.SECRET_STORE, namespace="team-a", name="vault", uid="u", generation=1)
    return backend_from(Store(ref=ref, provider="vault", spec_json=json.dumps(spec).encode()))


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def test_a_server_alone_is_enough() -> None:
    backend = read({"server": "https://Vault.example.com"})

    assert backend.origin == "https://vault.example.com:443"
    assert (backend.mount, backend.version, backend.namespace, backend.ca_pem) == ("", KvVersion.V2, "", None)


def test_logins_happen_in_the_namespace_of_auth() -> None:
    backend = read({"server": SERVER, "namespace": "team/", "auth": {"namespace": "admin"}})

    assert (backend.namespace, backend.login_namespace) == ("team", "admin")


def test_logins_happen_in_the_stores_namespace_without_one_of_auth() -> None:
    assert read({"server": SERVER, "namespace": "team"}).login_namespace == "team"


@pytest.mark.parametrize(
    "bundle",
    [
        pytest.param(PEM, id="pem"),
        pytest.param(encoded(PEM), id="base64"),
        pytest.param(encoded(encoded(PEM)), id="base64-twice"),
    ],
)
def test_a_ca_bundle_is_taken_as(bundle: str) -> None:
    assert read({"server": SERVER, "caBundle": bundle}).ca_pem == PEM.encode()


@pytest.mark.parametrize(
    ("flags", "want"),
    [
        pytest.param({"readYourWrites": True, "forwardInconsistent": True}, "forward-active-node", id="both"),
        pytest.param({"readYourWrites": True}, None, id="only-read-your-writes"),
        pytest.param({"forwardInconsistent": True}, None, id="only-forward-inconsistent"),
    ],
)
def test_requests_are_forwarded_to_the_active_node_with(flags: dict[str, object], want: str | None) -> None:
    assert read({"server": SERVER, **flags}).headers.get("X-Vault-Inconsistent") == want


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        pytest.param({}, "`server`", id="no-server"),
        pytest.param({"server": SERVER, "kvVersion": "v2"}, "unknown field `kvVersion`", id="unknown-field"),
        pytest.param({"server": SERVER, "version": "v3"}, r"\$\.version", id="unknown-version"),
        pytest.param({"server": "http://vault.example.com"}, "server: must begin with https://", id="plaintext"),
        pytest.param({"server": "https://u:p@vault.example.com"}, "server: must be a URL", id="password-in-server"),
        pytest.param({"server": "https://vault.example.com:port"}, "server: is not a URL", id="bad-port"),
        pytest.param({"server": SERVER + "/v1"}, "server: must be a URL", id="path-in-server"),
        pytest.param({"server": SERVER + "?x=y"}, "server: must be a URL", id="query-in-server"),
        pytest.param({"server": SERVER, "caBundle": "bm90IGEgcGVt"}, "caBundle: holds no PEM", id="ca-without-pem"),
        pytest.param(
            {"server": SERVER, "headers": {"X-Vault-Token": "x"}}, "headers: X-Vault-Token", id="token-header"
        ),
        pytest.param({"server": SERVER, "headers": {"x-vault-namespace": "a"}}, "headers: ", id="namespace-header"),
        pytest.param({"server": SERVER, "namespace": "a\r\nb"}, "namespace: is not", id="namespace-with-a-line-end"),
        pytest.param({"server": SERVER, "auth": {"namespace": "a/.."}}, r"auth\.namespace: is not", id="climbing"),
        pytest.param({"server": SERVER, "headers": {"A": "b\r\nC: d"}}, "headers: holds a name", id="header-injection"),
        pytest.param(
            {"server": SERVER, "version": "v1", "checkAndSet": {"required": True}},
            r"checkAndSet\.required: works with version v2",
            id="check-and-set-on-v1",
        ),
    ],
)
def test_a_store_cannot_work_with(spec: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidStoreError, match=rf'^store "team-a/vault": spec\.provider\.vault.*{message}'):
        read(spec)


def test_null_counts_as_left_out() -> None:
    assert read({"server": SERVER, "auth": {"jwt": None}, "caProvider": None, "path": None}).mount == ""


def test_a_header_with_a_secret_is_not_shown() -> None:
    with pytest.raises(InvalidStoreError) as caught:
        read({"server": SERVER, "headers": {"X-Key": "canary\n"}})
    assert "canary" not in str(caught.value)
