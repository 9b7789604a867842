"""GCRAccessToken, which asks Google; and the ways to log in there that Vault shares."""

from typing import Final

from bulkhead_validation.generators.fields import check_filled
from bulkhead_validation.generators.home import Home
from bulkhead_validation.generators.references import check_account, check_choice, check_namespace, check_secret
from bulkhead_validation.node import Node

_SOURCES: Final = ("credConfig", "awsSecurityCredentials", "serviceAccountRef")


def check_gcr(spec: Node, home: Home) -> None:
    """Look at the spec of a GCRAccessToken.

    Source: ESO, generators/v1/gcr and providers/v1/gcp, NewTokenSource.
    """
    check_choice(spec.at("auth"), _METHODS, home, is_needed=False)


def check_service_key(key: Node, home: Home) -> None:
    """Look at a login with the key of a service account."""
    check_secret(key.at("secretAccessKeySecretRef"), home)


def check_identity(identity: Node, home: Home) -> None:
    """Look at a login with the identity of a ServiceAccount of the cluster."""
    check_account(identity.at("serviceAccountRef"), home)


def _check_federation(federation: Node, home: Home) -> None:
    given = federation.keys_present(_SOURCES)
    if len(given) != 1:
        federation.never_works(f"needs exactly one of {', '.join(_SOURCES)}")
    if "credConfig" not in given and given:
        check_filled(federation.at("audience"), f"is missing: {given[0]} needs the audience of the provider")
    for reference in (
        federation.at("credConfig"),
        federation.at("awsSecurityCredentials", "awsCredentialsSecretRef"),
        federation.at("serviceAccountRef"),
    ):
        check_namespace(reference, home)


_METHODS: Final = {
    "secretRef": check_service_key,
    "workloadIdentity": check_identity,
    "workloadIdentityFederation": _check_federation,
}
"""In the order in which ESO looks at them."""
