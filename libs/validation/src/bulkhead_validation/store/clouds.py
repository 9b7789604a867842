"""spec.provider.aws, azurekv and ibm. Pure."""

import re
from typing import Final

from bulkhead_validation.node import Node
from bulkhead_validation.store.place import StorePlace

# What can stand as one label in the name of a host.
_REGION: Final = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?")
_WINDOW_DAYS: Final = range(7, 31)


def check_aws(provider: Node, _: StorePlace) -> None:
    """Note a region that no endpoint can have, and how deleted secrets are kept."""
    region = provider.at("region")
    if not _REGION.fullmatch(region.text()):
        region.refused_by_eso("is no region such as eu-central-1")
    manager = provider.at("secretsManager")
    window, forced = manager.at("recoveryWindowInDays"), manager.at("forceDeleteWithoutRecovery")
    days = window.integer()
    if days and days not in _WINDOW_DAYS:
        window.refused_by_eso("must be 7 to 30 days")
    if days and forced.flag():
        manager.refused_by_eso("takes recoveryWindowInDays or forceDeleteWithoutRecovery: leave one of them out")


def check_azure(provider: Node, _: StorePlace) -> None:
    """Note a cloud of one's own that is not described."""
    if provider.at("environmentType").text() == "AzureStackCloud" and not provider.at("customCloudConfig").present:
        provider.never_works("environmentType AzureStackCloud needs customCloudConfig")


def check_ibm(provider: Node, _: StorePlace) -> None:
    """Note a missing address, and anything but one way to log in."""
    if not provider.at("serviceUrl").text():
        provider.at("serviceUrl").refused_by_eso("must not be empty")
    auth = provider.at("auth")
    if len(auth.keys_present(("secretRef", "containerAuth"))) != 1:
        auth.refused_by_eso("needs one of secretRef and containerAuth, and not both")
