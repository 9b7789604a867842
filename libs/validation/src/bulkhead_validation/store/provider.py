"""spec.provider of a store: exactly one provider, and what ESO checks of it. Pure. Source: ESO, `ValidateStore`."""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from bulkhead_target.keys import quoted
from bulkhead_validation.node import Node
from bulkhead_validation.store.clouds import check_aws, check_azure, check_ibm
from bulkhead_validation.store.fake import check_fake
from bulkhead_validation.store.kubernetes import check_crd, check_kubernetes
from bulkhead_validation.store.place import StorePlace
from bulkhead_validation.store.references import check_references
from bulkhead_validation.store.vault import check_vault
from bulkhead_validation.store.webhook import check_webhook

_Check: TypeAlias = Callable[[Node, StorePlace], None]

PROVIDERS: Final = frozenset(
    {
        "akeyless",
        "aws",
        "azurekv",
        "barbican",
        "beyondtrust",
        "beyondtrustworkloadcredentials",
        "bitwardensecretsmanager",
        "chef",
        "cloudrusm",
        "conjur",
        "crd",
        "delinea",
        "doppler",
        "dvls",
        "fake",
        "fortanix",
        "gcpsm",
        "github",
        "gitlab",
        "ibm",
        "infisical",
        "keepersecurity",
        "kubernetes",
        "nebiusmysterybox",
        "ngrok",
        "onboardbase",
        "onepassword",
        "onepasswordSDK",
        "openBao",
        "oracle",
        "ovh",
        "passbolt",
        "passworddepot",
        "previder",
        "pulumi",
        "scaleway",
        "secretserver",
        "senhasegura",
        "vault",
        "volcengine",
        "webhook",
        "yandexcertificatemanager",
        "yandexlockbox",
    }
)
"""All keys of spec.provider in ESO 2.9."""
_CHECKS: Final[Mapping[str, _Check]] = {
    "aws": check_aws,
    "azurekv": check_azure,
    "crd": check_crd,
    "fake": check_fake,
    "ibm": check_ibm,
    "kubernetes": check_kubernetes,
    "vault": check_vault,
    "webhook": check_webhook,
}


def check_provider(provider: Node, place: StorePlace) -> str | None:
    """Note what is wrong with the provider, and give its name if there is exactly one."""
    found = [name for name, value in provider.fields().items() if value is not None]
    if len(found) != 1:
        provider.refused_by_eso(
            f"exactly one provider is needed, found {', '.join(map(quoted, sorted(found)[:10])) or 'none'}"
        )
        return None
    (name,) = found
    if name not in PROVIDERS:
        provider.refused_by_eso(f"{quoted(name)} is no provider")
        return None
    node = provider.at(name)
    check_references(node, name, place)
    check = _CHECKS.get(name)
    if check is not None:
        check(node, place)
    return name
