"""How a VaultDynamicSecret logs in: the methods of `spec.provider.auth`, of which the first counts.

Source: ESO, providers/v1/vault, setAuth and the methods it calls.
"""

from collections.abc import Mapping
from functools import partial
from typing import Final

from bulkhead_validation.generators.aws import check_jwt, check_key_pair, check_role
from bulkhead_validation.generators.fields import check_filled
from bulkhead_validation.generators.google import check_identity, check_service_key
from bulkhead_validation.generators.home import Home, SpecCheck
from bulkhead_validation.generators.references import (
    check_account,
    check_choice,
    check_secret,
)
from bulkhead_validation.node import Node

_LEAST_TOKEN_SECONDS: Final = 600
_NO_ROLE: Final = "is empty: name the role in Vault"
_NO_USER: Final = "is empty: name the user in Vault"


def check_login(auth: Node, home: Home) -> None:
    """Look at `auth`; an absent one is right, as some of Vault needs no login."""
    if not auth.present:
        return
    check_choice(auth, METHODS, home, is_needed=True)


def _check_app_role(method: Node, home: Home) -> None:
    if method.at("roleId").text():
        if method.at("roleRef").present:
            method.at("roleRef").doubtful("is not looked at beside roleId: leave one of them out")
    elif method.at("roleRef").present:
        check_secret(method.at("roleRef"), home)
    else:
        method.never_works("needs one of roleId, roleRef")
    check_secret(method.at("secretRef"), home)


def _check_kubernetes(method: Node, home: Home) -> None:
    check_filled(method.at("role"), _NO_ROLE)
    check_choice(method, _TOKENS, home, is_needed=False)
    if not method.keys_present(tuple(_TOKENS)):
        method.doubtful("names no ServiceAccount, so that the operator's own logs in: name one in serviceAccountRef")


def _check_user(method: Node, home: Home) -> None:
    check_filled(method.at("username"), _NO_USER)
    check_secret(method.at("secretRef"), home)


def _check_jwt(method: Node, home: Home) -> None:
    check_choice(method, _JWTS, home, is_needed=True)


def _check_token(token: Node, home: Home) -> None:
    check_account(token.at("serviceAccountRef"), home)
    expiry = token.at("expirationSeconds")
    if expiry.integer(_LEAST_TOKEN_SECONDS) < _LEAST_TOKEN_SECONDS:
        expiry.never_works("is less than ten minutes, the shortest token that Kubernetes gives: write 600 or more")


def _check_certificate(method: Node, home: Home) -> None:
    check_secret(method.at("clientCert"), home)
    check_secret(method.at("secretRef"), home)


def _check_iam(method: Node, home: Home) -> None:
    check_choice(method, {"jwt": check_jwt, "secretRef": check_key_pair}, home, is_needed=False)
    check_role(method.at("role"))


def _check_gcp(method: Node, home: Home) -> None:
    check_filled(method.at("role"), _NO_ROLE)
    ways = {"secretRef": check_service_key, "workloadIdentity": check_identity, "serviceAccountRef": check_account}
    check_choice(method, ways, home, is_needed=False)


_TOKENS: Final[Mapping[str, SpecCheck]] = {
    "serviceAccountRef": check_account,
    "secretRef": partial(check_secret, default_key="token"),
}
_JWTS: Final[Mapping[str, SpecCheck]] = {"secretRef": check_secret, "kubernetesServiceAccountToken": _check_token}
METHODS: Final[Mapping[str, SpecCheck]] = {
    "tokenSecretRef": check_secret,
    "appRole": _check_app_role,
    "kubernetes": _check_kubernetes,
    "ldap": _check_user,
    "userPass": _check_user,
    "jwt": _check_jwt,
    "cert": _check_certificate,
    "iam": _check_iam,
    "gcp": _check_gcp,
}
"""In the order in which ESO looks at them."""
