"""What a store says about its own credential, and what becomes of it. No store ends up with another credential."""

import json
from collections.abc import Mapping

import pytest

from bulkhead_api.errors import InvalidStoreError
from bulkhead_api.external_secret import StoreKind
from bulkhead_provider_sdk.provider import Store, StoreRef
from bulkhead_provider_vault.spec import Backend, backend_from
from bulkhead_provider_vault.stored import StoredLogin, StoredToken

SERVER = "https://vault.example.com:8200"
REF = {"name": "s", "key": "k"}


def read(auth: Mapping[str, object] | None = None, **more: object) -> Backend:
    spec = {"server": SERVER, **({} if auth is None else {"auth": auth}), **more}
    ref = StoreRef(kind=StoreKind.SECRET_STORE, namespace="team-a", name="vault", uid="u", generation=1)
    return backend_from(Store(ref=ref, provider="vault", spec_json=json.dumps(spec).encode()))


def login(auth: Mapping[str, object]) -> tuple[str, dict[str, str], dict[str, str]]:
    """Path, public fields, and the field of the store that holds each secret one."""
    found = read(auth).auth
    assert isinstance(found, StoredLogin)
    return (
        found.path,
        dict(found.public),
        {name: each.field.partition("auth.")[2] for name, each in found.secret.items()},
    )


def test_a_store_without_a_method_uses_the_servers_own_credential() -> None:
    assert [read(auth).auth for auth in (None, {}, {"namespace": "a"}, {"jwt": None, "iam": None})] == [None] * 4


def test_a_token_is_taken_from_a_secret_and_comes_first() -> None:
    found = read({"gcp": {}, "appRole": {"secretRef": REF, "roleId": "r"}, "tokenSecretRef": REF}).auth
    assert isinstance(found, StoredToken)
    assert (found.token.field, found.token.selector.name) == ("spec.provider.vault.auth.tokenSecretRef", "s")


@pytest.mark.parametrize(
    ("auth", "want"),
    [
        pytest.param(
            {"appRole": {"roleId": " r\n", "secretRef": REF}},
            ("approle/login", {"role_id": "r"}, {"secret_id": "appRole.secretRef"}),
            id="approle-with-an-id",
        ),
        pytest.param(
            {"appRole": {"path": "/team/roles/", "roleRef": REF, "secretRef": REF}},
            ("team/roles/login", {}, {"secret_id": "appRole.secretRef", "role_id": "appRole.roleRef"}),
            id="approle-with-a-reference",
        ),
        pytest.param(
            {"kubernetes": {"mountPath": "k8s", "role": "r", "secretRef": {"name": "s"}}},
            ("k8s/login", {"role": "r"}, {"jwt": "kubernetes.secretRef"}),
            id="kubernetes-with-a-secret",
        ),
        pytest.param(
            {"ldap": {"username": "ann", "secretRef": REF}},
            ("ldap/login/ann", {}, {"password": "ldap.secretRef"}),
            id="ldap",
        ),
        pytest.param(
            {"userPass": {"path": "people", "username": "ann", "secretRef": REF}},
            ("people/login/ann", {}, {"password": "userPass.secretRef"}),
            id="userpass",
        ),
        pytest.param(
            {"jwt": {"role": "r", "secretRef": REF}}, ("jwt/login", {"role": "r"}, {"jwt": "jwt.secretRef"}), id="jwt"
        ),
        pytest.param({"jwt": {"secretRef": REF}}, ("jwt/login", {}, {"jwt": "jwt.secretRef"}), id="jwt-without-a-role"),
        pytest.param(
            {"cert": {"clientCert": REF, "secretRef": REF, "vaultRole": "web"}},
            ("cert/login", {"name": "web"}, {}),
            id="cert",
        ),
    ],
)
def test_a_login_is_made_with(
    auth: Mapping[str, object], want: tuple[str, Mapping[str, str], Mapping[str, str]]
) -> None:
    assert login(auth) == want


def test_a_kubernetes_token_is_in_the_key_token_if_none_is_named() -> None:
    found = read({"kubernetes": {"role": "r", "secretRef": {"name": "s"}}}).auth
    assert isinstance(found, StoredLogin)
    assert found.secret["jwt"].selector.key == "token"


def test_the_certificate_of_the_cert_method_comes_before_that_of_tls() -> None:
    tls = {"certSecretRef": REF, "keySecretRef": REF}
    cert = {"cert": {"clientCert": REF, "secretRef": REF}}
    pairs = [read(cert, tls=tls).client_pair, read({"tokenSecretRef": REF, **cert}, tls=tls).client_pair]
    fields = [pair.certificate.field.rpartition("vault.")[2] for pair in pairs if pair is not None]
    assert fields == ["auth.cert.clientCert", "tls.certSecretRef"]


def test_a_bundle_comes_before_a_provider_of_certificates() -> None:
    provider = {"type": "Secret", "name": "ca", "key": "ca.crt"}
    pem = "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n"
    assert read(caProvider=provider).ca_provider is not None
    assert read(caProvider=provider, caBundle=pem).ca_provider is None


LATER = "made for a ServiceAccount on request, which this provider server does not do yet: use secretRef"


@pytest.mark.parametrize(
    ("auth", "says"),
    [
        pytest.param({"appRole": {"secretRef": REF}}, "appRole: needs roleId or roleRef", id="approle-without-a-role"),
        pytest.param({"appRole": {"roleId": "r"}}, "appRole.secretRef: missing", id="approle-without-a-secret"),
        pytest.param({"kubernetes": {"role": "r"}}, LATER, id="kubernetes-with-the-servers-own-token"),
        pytest.param(
            {"kubernetes": {"role": "r", "serviceAccountRef": {"name": "a"}}},
            f"kubernetes.serviceAccountRef: needs a token that is {LATER}",
            id="kubernetes-with-a-service-account",
        ),
        pytest.param(
            {"jwt": {"kubernetesServiceAccountToken": {"serviceAccountRef": {"name": "a"}}}},
            f"jwt.kubernetesServiceAccountToken: needs a token that is {LATER}",
            id="jwt-with-a-service-account",
        ),
        pytest.param({"iam": {"vaultRole": "r"}}, "auth.iam: does not work yet", id="iam"),
        pytest.param({"gcp": {"role": "r"}}, "auth.gcp: does not work yet", id="gcp"),
        pytest.param({"ldap": {"secretRef": REF}}, "ldap.username: is missing", id="no-user"),
        pytest.param({"ldap": {"username": "a"}}, "ldap.secretRef: missing", id="no-password"),
        pytest.param(
            {"userPass": {"username": "../x", "secretRef": REF}}, "userPass.username: ", id="user-that-climbs"
        ),
        pytest.param({"userPass": {"username": "..", "secretRef": REF}}, "userPass.username: ", id="user-of-dots"),
        pytest.param({"jwt": {"path": "a/../b", "secretRef": REF}}, "jwt.path: is not the path", id="path-that-climbs"),
        pytest.param({"jwt": {"path": "/", "secretRef": REF}}, "jwt.path: is not the path", id="path-of-a-slash"),
        pytest.param({"cert": {"clientCert": REF}}, "cert.secretRef: missing", id="certificate-without-a-key"),
        pytest.param({"tokenSecretRef": {"nme": "a"}}, "unknown field `nme`", id="misspelt-selector"),
    ],
)
def test_a_store_is_refused_and_no_other_credential_is_used(auth: Mapping[str, object], says: str) -> None:
    with pytest.raises(InvalidStoreError, match=r'^store "team-a/vault": spec\.provider\.vault') as caught:
        read(auth)
    assert says in str(caught.value)


def test_half_a_client_certificate_is_refused() -> None:
    with pytest.raises(InvalidStoreError, match=r"tls\.keySecretRef: missing"):
        read(tls={"certSecretRef": REF})
