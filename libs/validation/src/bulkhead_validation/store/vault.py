"""spec.provider.vault. Pure. What ESO lets pass and only the server can tell is not here."""

import base64
import binascii
from typing import Final

from bulkhead_validation.node import Node
from bulkhead_validation.store.place import StorePlace
from bulkhead_validation.store.references import check_ca_provider

_METHODS: Final = ("tokenSecretRef", "appRole", "kubernetes", "ldap", "userPass", "jwt", "cert", "iam", "gcp")
"""In the order in which the first one wins."""
_PEM_MARKER: Final = b"-----BEGIN CERTIFICATE-----"
_MAX_LAYERS: Final = 3


def check_vault(provider: Node, place: StorePlace) -> None:
    """Note what is wrong with a Vault. References are looked at elsewhere."""
    check_and_set = provider.at("checkAndSet", "required")
    if check_and_set.flag() and provider.at("version").text() == "v1":
        check_and_set.refused_by_eso("works with version v2 alone: leave it out")
    app_role = provider.at("auth", "appRole")
    if app_role.present and not app_role.at("roleId").text() and not app_role.at("roleRef").present:
        app_role.refused_by_eso("has neither roleId nor roleRef: give one of them")
    methods = provider.at("auth").keys_present(_METHODS)
    if len(methods) > 1:
        provider.at("auth").doubtful(f"has {' and '.join(methods)}, of which {methods[0]} counts: leave the others out")
    if provider.at("server").text().strip().lower().startswith("http://"):
        provider.at("server").doubtful("must begin with https:// for Bulkhead, which has no path without TLS")
    tls = provider.at("tls")
    if len(tls.keys_present(("certSecretRef", "keySecretRef"))) == 1:
        tls.doubtful("needs both certSecretRef and keySecretRef")
    check_ca_provider(provider, place, is_refused=False)
    _check_ca_bundle(provider.at("caBundle"))


def _check_ca_bundle(node: Node) -> None:
    """Source: ESO takes PEM, and PEM in base64; the API server's own base64 of a byte field may come on top."""
    content = node.text().encode("utf-8", "replace")
    if not content:
        return
    for _ in range(_MAX_LAYERS):
        if _PEM_MARKER in content:
            return
        try:
            content = base64.b64decode(b"".join(content.split()), validate=True)
        except (binascii.Error, ValueError):
            break
    node.never_works("holds no PEM certificate")
