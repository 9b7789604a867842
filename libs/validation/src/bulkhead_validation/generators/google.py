"""GCRAccessToken, which asks Google; and the ways to log in there that Vault shares."""

from typing import Final

from bulkhead_validation.generators.fields import check_filled
from bulkhead_validation.generators.home import Home
from bulkhead_validation.generators.references import check_account, check_choice, check_namespace, check_secret
from bulkhead_validation.node import Node

_METHODS: Final = ("secretRef", "workloadIdentity", "workloadIdentityFederation")
_SOURCES: Final = ("credConfig", "awsSecurityCredentials", "serviceAccountRef")


def check_gcr(spec: Node, home: Home) -> None:
    """Look at the spec of a GCRAccessToken.

    Source: ESO, generators/v1/gcr and providers/v1/gcp, NewTokenSource.
    """
    auth = spec.at("auth")
    check_choice(auth, _METHODS, is_needed=False)
    check_key_or_identity(auth, home)
    if auth.at("workloadIdentityFederation").present:
        _check_federation(auth.at("workloadIdentityFederation"), home)


def check_key_or_identity(auth: Node, home: Home) -> None:
    """Look at `secretRef` and `workloadIdentity`; both may be left out."""
    if auth.at("secretRef").present:
        check_secret(auth.at("secretRef", "secretAccessKeySecretRef"), home)
    if auth.at("workloadIdentity").present:
        check_account(auth.at("workloadIdentity", "serviceAccountRef"), home)


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
