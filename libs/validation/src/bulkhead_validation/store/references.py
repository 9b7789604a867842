"""Namespaces in references of stores: what ESO refuses, and what it leaves out of account. Pure.

A SecretStore means its own namespace, or that of the consumer, which is the same; a ClusterSecretStore means the
namespace that a reference names, or that of each consumer.

Source: ESO, ValidateReferentSecretSelector, ValidateSecretSelector and their like, by provider.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Final

from bulkhead_validation.node import Node
from bulkhead_validation.store.place import StorePlace


class Rule(StrEnum):
    """What ESO's webhook wants of a reference."""

    REFERENT = "Referent"
    """In a SecretStore no foreign namespace."""
    STRICT = "Strict"
    """The same, and in a ClusterSecretStore a namespace."""


_KUBERNETES: Final = {
    "auth.cert.clientCert": Rule.STRICT,
    "auth.token.bearerToken": Rule.STRICT,
    "auth.serviceAccount": Rule.REFERENT,
}
RULES: Final[Mapping[str, Mapping[str, Rule]]] = {
    "aws": dict.fromkeys(
        (
            "auth.secretRef.accessKeyIDSecretRef",
            "auth.secretRef.secretAccessKeySecretRef",
            "auth.secretRef.sessionTokenSecretRef",
            "auth.jwt.serviceAccountRef",
        ),
        Rule.REFERENT,
    ),
    "azurekv": dict.fromkeys(
        ("authSecretRef.clientId", "authSecretRef.clientSecret", "serviceAccountRef"), Rule.REFERENT
    ),
    "conjur": dict.fromkeys(
        ("auth.apikey.userRef", "auth.apikey.apiKeyRef", "auth.jwt.secretRef", "auth.jwt.serviceAccountRef"),
        Rule.REFERENT,
    ),
    "crd": _KUBERNETES,
    "gcpsm": dict.fromkeys(
        ("auth.secretRef.secretAccessKeySecretRef", "auth.workloadIdentity.serviceAccountRef"), Rule.REFERENT
    ),
    "ibm": {"auth.secretRef.secretApiKeySecretRef": Rule.STRICT},
    "kubernetes": _KUBERNETES,
    "vault": dict.fromkeys(
        (
            "auth.tokenSecretRef",
            "auth.appRole.roleRef",
            "auth.appRole.secretRef",
            "auth.kubernetes.serviceAccountRef",
            "auth.kubernetes.secretRef",
            "auth.ldap.secretRef",
            "auth.userPass.secretRef",
            "auth.jwt.secretRef",
            "auth.jwt.kubernetesServiceAccountToken.serviceAccountRef",
            "auth.cert.clientCert",
            "auth.cert.secretRef",
            "auth.iam.jwt.serviceAccountRef",
            "auth.iam.secretRef.accessKeyIDSecretRef",
            "auth.iam.secretRef.secretAccessKeySecretRef",
            "auth.iam.secretRef.sessionTokenSecretRef",
        ),
        Rule.REFERENT,
    ),
}
"""By provider and by place below it."""

_MAX_DEPTH: Final = 8
_NOT_REFERENCES: Final = frozenset({"caProvider"})


def check_references(provider: Node, name: str, place: StorePlace) -> None:
    """Note the references of a provider that ESO refuses, and those whose namespace has no effect."""
    rules = dict(RULES.get(name, {}))
    if provider.at("auth", "appRole").fields().get("roleId"):
        # Vault's alone: a role that stands in the store makes ESO look at no other.
        rules.pop("auth.appRole.roleRef", None)
    for path, node in _references(provider, "", 0):
        _check(node, rules.get(path), place)


def check_ca_provider(server: Node, place: StorePlace, *, is_refused: bool) -> None:
    """Note a caProvider whose namespace cannot be the right one.

    Args:
        server: what has a caProvider.
        place: of the store.
        is_refused: whether ESO's webhook refuses it; else it fails where it is used, unless a caBundle wins over it.
    """
    ca_provider = server.at("caProvider")
    if not ca_provider.present:
        return
    namespace = ca_provider.at("namespace").text()
    if place.is_cluster and not namespace:
        problem = "needs a namespace in a ClusterSecretStore"
    elif not place.is_cluster and namespace and (is_refused or place.is_foreign(namespace)):
        problem = "must name no namespace in a SecretStore, which means its own: leave it out"
    else:
        return
    if is_refused:
        ca_provider.refused_by_eso(problem)
    else:
        ca_provider.used(is_used=not server.at("caBundle").text()).never_works(problem)


def _check(node: Node, rule: Rule | None, place: StorePlace) -> None:
    namespace = node.at("namespace").text()
    if place.is_cluster:
        if rule is Rule.STRICT and not namespace:
            node.refused_by_eso("needs a namespace in a ClusterSecretStore")
        return
    if not place.is_foreign(namespace):
        return
    if rule is None:
        node.at("namespace").doubtful("has no effect in a SecretStore, which means its own namespace: leave it out")
    else:
        node.at("namespace").refused_by_eso("is not that of the store, which a SecretStore cannot reach: leave it out")


def _references(node: Node, path: str, depth: int) -> Iterator[tuple[str, Node]]:
    """Find what has a name and may have a namespace, not farther down than any schema goes."""
    if depth > _MAX_DEPTH or not isinstance(node.value, dict):
        return
    if isinstance(node.value.get("name"), str):
        yield path, node
        return
    for key in node.value:
        if key not in _NOT_REFERENCES:
            yield from _references(node.at(key), f"{path}.{key}" if path else key, depth + 1)
