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
    check_choice(auth, {"token": check_secret, "basic": _check_user}, home, is_needed=True)
    _check_url(spec.at("url"))
    check_filled(account.at("name"), "is empty: name the service account")
    if account.at("role").text() not in _ROLES:
        account.at("role").doubtful("is none of None, Viewer, Editor and Admin, so that Grafana makes no account")


def _check_user(user: Node, home: Home) -> None:
    check_filled(user.at("username"), "is empty: write the name of the user")
    check_secret(user.at("password"), home)


def _check_url(url: Node) -> None:
    text = check_filled(url, "is empty: write it as https://grafana.example.com")
    if text.startswith("//"):
        url.doubtful("has no scheme, which means http://, so that everyone on the way reads the credentials")
    else:
        check_address(url)
