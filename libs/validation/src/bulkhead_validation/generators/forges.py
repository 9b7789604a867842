"""The generators that ask a forge: GithubAccessToken and GitlabDeployToken."""

import re
from typing import Final

from bulkhead_validation.generators.fields import check_address, check_filled, check_moment
from bulkhead_validation.generators.home import Home
from bulkhead_validation.generators.references import check_secret
from bulkhead_validation.node import Node

_NUMBER: Final = re.compile(r"[0-9]+")
_LEVELS: Final = frozenset({"read", "write", "admin"})


def check_github(spec: Node, home: Home) -> None:
    """Look at the spec of a GithubAccessToken.

    Source: ESO, generators/v1/github; GitHub, "Create an installation access token for an app".
    """
    check_filled(spec.at("appID"), "is empty: write the id of the app")
    install = spec.at("installID")
    if check_filled(install, "is empty: write the id of the installation") and not _NUMBER.fullmatch(install.text()):
        install.doubtful("is no number, which ids of installations are")
    check_secret(spec.at("auth", "privateKey", "secretRef"), home)
    check_address(spec.at("url"))
    if spec.at("url").text().endswith("/"):
        spec.at("url").doubtful("ends with a slash, which then stands in the path twice: leave it out")
    for repository in spec.at("repositories").items():
        if "/" in repository.text() or not repository.text():
            repository.doubtful("is no name of a repository: write it without its owner")
    for _, level in spec.at("permissions").entries():
        if level.text() not in _LEVELS:
            level.doubtful("is none of read, write and admin")


def check_gitlab(spec: Node, home: Home) -> None:
    """Look at the spec of a GitlabDeployToken.

    Source: ESO, generators/v1/gitlab.
    """
    given = [key for key in ("projectID", "groupID") if spec.at(key).text()]
    if len(given) != 1:
        spec.never_works("needs either projectID or groupID")
    check_filled(spec.at("name"), "is empty: name the token")
    if not spec.at("scopes").elements():
        spec.at("scopes").never_works("is empty: say what the token may do")
    check_secret(spec.at("auth", "token", "secretRef"), home)
    check_address(spec.at("url"))
    check_moment(spec.at("expiresAt"))
