"""spec.provider.kubernetes and spec.provider.crd, which reach an API server in the same way. Pure."""

from typing import Final

from bulkhead_validation.expressions import BrokenMeans, check_expression
from bulkhead_validation.node import Node
from bulkhead_validation.store.place import StorePlace
from bulkhead_validation.store.references import check_ca_provider

_NO_CA: Final = "No caBundle or caProvider specified; TLS connections will use system certificate roots."
_CORE: Final = ("", "core")


def check_kubernetes(provider: Node, place: StorePlace) -> None:
    """Note what is wrong with where the API server is. References are looked at elsewhere."""
    server = provider.at("server")
    if not server.keys_present(("caBundle", "caProvider")):
        server.eso_warns(_NO_CA)
    check_ca_provider(server, place, is_refused=True)


def check_crd(provider: Node, place: StorePlace) -> None:
    """Note a resource that is never read, and rules of the whitelist that cannot be."""
    resource = provider.at("resource")
    is_core = resource.at("group").text().lower() in _CORE
    if is_core and resource.at("version").text() == "v1" and resource.at("kind").text().lower() == "secret":
        resource.refused_by_eso("Secrets are not read this way: use the provider kubernetes")
    check_ca_provider(provider.at("server"), place, is_refused=True)
    for rule in provider.at("whitelist", "rules").items():
        _check_rule(rule, place)


def _check_rule(rule: Node, place: StorePlace) -> None:
    properties = rule.at("properties")
    if not rule.at("name").text() and not rule.at("namespace").text() and not properties.elements():
        rule.refused_by_eso("is empty: give name, namespace or properties")
    if rule.at("namespace").text() and not place.is_cluster:
        rule.at("namespace").refused_by_eso("has no meaning in a SecretStore: leave it out")
    for expression in (rule.at("name"), rule.at("namespace"), *properties.items()):
        check_expression(expression, BrokenMeans.REFUSED_BY_ESO)
