"""ACRAccessToken, which asks Azure."""

import re
from typing import Final

from bulkhead_validation.generators.fields import check_filled
from bulkhead_validation.generators.home import Home
from bulkhead_validation.generators.references import (
    check_account_if_given,
    check_choice,
    check_secret,
    nothing_to_check,
)
from bulkhead_validation.node import Node

_HOST: Final = re.compile(r"[A-Za-z0-9._-]+(?::[0-9]+)?")
_SCOPE: Final = re.compile(r"[a-z]+:[^\s:]+:[a-z,*_/]+(?: [a-z]+:[^\s:]+:[a-z,*_/]+)*")
_TENANT: Final = re.compile(r"[A-Za-z0-9.-]+")


def check_acr(spec: Node, home: Home) -> None:
    """Look at the spec of an ACRAccessToken.

    Source: ESO, generators/v1/acr.
    """
    auth = spec.at("auth")
    check_choice(auth, _METHODS, home, is_needed=True)
    if auth.at("servicePrincipal").present:
        _check_tenant(spec.at("tenantId"))
    _check_registry(spec.at("registry"))
    _check_scope(spec.at("scope"))
    if spec.at("environmentType").text() == "AzureStackCloud":
        spec.at("environmentType").never_works("is a cloud of which ESO does not know whom to ask: name another")


def _check_principal(principal: Node, home: Home) -> None:
    check_secret(principal.at("secretRef", "clientId"), home)
    check_secret(principal.at("secretRef", "clientSecret"), home)


def _check_identity(identity: Node, home: Home) -> None:
    check_account_if_given(identity.at("serviceAccountRef"), home)


def _check_tenant(tenant: Node) -> None:
    text = check_filled(tenant, "is missing: a servicePrincipal needs the tenant that it belongs to")
    if text and _TENANT.fullmatch(text) is None:
        tenant.never_works("is no tenant: write its id or its domain")


def _check_registry(registry: Node) -> None:
    text = check_filled(registry, "is empty: write the host, such as example.azurecr.io")
    if "://" in text or re.search(r"\s", text):
        registry.never_works("must be the host alone, without https://, such as example.azurecr.io")
    elif text and _HOST.fullmatch(text) is None:
        registry.doubtful("should be the host alone, such as example.azurecr.io")


def _check_scope(scope: Node) -> None:
    if scope.text() and _SCOPE.fullmatch(scope.text()) is None:
        scope.doubtful("is no scope such as repository:my-app:pull,push")


_METHODS: Final = {
    "servicePrincipal": _check_principal,
    "managedIdentity": nothing_to_check,
    "workloadIdentity": _check_identity,
}
"""In the order in which ESO looks at them."""
