"""Grafana, which makes tokens of service accounts there."""

from typing import Final

from bulkhead_validation.generators.fields import check_address, check_filled
from bulkhead_validation.generators.home import Home
from bulkhead_validation.generators.references import check_choice, check_secret
from bulkhead_validation.node import Node

_ROLES: Final = frozenset({"None", "Viewer", "Editor", "Admin"})


def check_grafana(spec: Node, home: Home) -> None:
    """Look at the spec of a Grafana.

    Source: ESO, generators/v1/grafana.
    """
    auth, account = spec.at("auth"), spec.at("serviceAccount")
    check_choice(auth, ("token", "basic"), is_needed=True)
    if auth.at("token").present:
        check_secret(auth.at("token"), home)
    if auth.at("basic").present:
        check_filled(auth.at("basic", "username"), "is empty: write the name of the user")
        check_secret(auth.at("basic", "password"), home)
    check_filled(spec.at("url"), "is empty: write it as https://grafana.example.com")
    check_address(spec.at("url"))
    check_filled(account.at("name"), "is empty: name the service account")
    if account.at("role").text() not in _ROLES:
        account.at("role").doubtful("is none of None, Viewer, Editor and Admin, so that Grafana makes no account")
