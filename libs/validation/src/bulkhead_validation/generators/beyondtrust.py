"""BeyondtrustWorkloadCredentialsDynamicSecret."""

import re
from typing import Final

from bulkhead_validation.generators.authority import check_authority
from bulkhead_validation.generators.fields import check_address, check_filled
from bulkhead_validation.generators.home import Home
from bulkhead_validation.generators.references import check_secret
from bulkhead_validation.node import Node

_UUID: Final = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


def check_beyondtrust(spec: Node, home: Home) -> None:
    """Look at the spec of a BeyondtrustWorkloadCredentialsDynamicSecret.

    Source: ESO, generators/v1/beyondtrustworkloadcredentials.
    """
    provider = spec.at("provider")
    path, server = provider.at("folderPath"), provider.at("server")
    if check_filled(path, "is missing: write the folder and the name of the secret").endswith("/"):
        path.never_works("ends with a slash: the name of the secret comes last")
    check_secret(provider.at("auth", "apikey", "token"), home)
    check_filled(server.at("apiUrl"), "is empty: write it as https://host")
    check_address(server.at("apiUrl"))
    site = check_filled(server.at("siteId"), "is empty: write the id of the site")
    if site and _UUID.fullmatch(site) is None:
        server.at("siteId").doubtful("is no UUID, which ids of sites are")
    check_authority(provider, home)
    if spec.at("retrySettings").present:
        spec.at("retrySettings").doubtful("is not looked at by ESO: leave it out")
