"""VaultDynamicSecret: the request, and the server that it goes to. How it logs in is in `vault_login.py`."""

from typing import Final

from bulkhead_validation.generators.authority import check_authority
from bulkhead_validation.generators.fields import check_address, check_duration, check_filled
from bulkhead_validation.generators.home import Home
from bulkhead_validation.generators.references import check_secret_if_given
from bulkhead_validation.generators.vault_login import check_login
from bulkhead_validation.node import Node

_READS: Final = frozenset({"", "GET"})
_WITHOUT_BODY: Final = _READS | {"LIST", "DELETE"}
_WRITES: Final = frozenset({"POST", "PUT"})
_SOCKET: Final = "unix://"


def check_vault(spec: Node, home: Home) -> None:
    """Look at the spec of a VaultDynamicSecret.

    Source: ESO, generators/v1/vault.
    """
    path = spec.at("path")
    check_filled(path, "is empty: write the path of the engine, such as database/creds/app")
    if path.text().lstrip("/").startswith("v1/"):
        path.doubtful("begins with v1/, which is put before it anyway: leave it out")
    _check_request(spec)
    _check_provider(spec.at("provider"), home)
    _check_retries(spec.at("retrySettings"))


def _check_request(spec: Node) -> None:
    node, parameters, query = spec.at("method"), spec.at("parameters"), spec.at("getParameters")
    method = node.text()
    if method not in _WITHOUT_BODY | _WRITES:
        node.doubtful("is none of GET, LIST, DELETE, POST and PUT, which counts as a write")
    if parameters.present and method in _WITHOUT_BODY:
        parameters.doubtful("is not looked at unless method is POST: set it, or leave the parameters out")
    elif parameters.present and not isinstance(parameters.value, dict):
        parameters.never_works("must be an object")
    if query.present and method not in _READS:
        query.doubtful("is not looked at unless method is GET: use parameters, or leave it out")


def _check_provider(provider: Node, home: Home) -> None:
    server, tls = provider.at("server"), provider.at("tls")
    if not check_filled(server, "is empty: write it as https://vault.example.com").startswith(_SOCKET):
        check_address(server)
    if not provider.at("auth").present:
        provider.at("auth").doubtful("is missing, so that nobody logs in: say how")
    check_login(provider.at("auth"), home)
    check_authority(provider, home)
    check_secret_if_given(tls.at("certSecretRef"), home, default_key="tls.crt")
    check_secret_if_given(tls.at("keySecretRef"), home, default_key="tls.key")
    if len(tls.keys_present(("certSecretRef", "keySecretRef"))) == 1:
        tls.doubtful("is not looked at unless both certSecretRef and keySecretRef are given")


def _check_retries(settings: Node) -> None:
    if settings.at("maxRetries").integer() < 0:
        settings.at("maxRetries").doubtful("is less than zero, which counts as zero")
    check_duration(settings.at("retryInterval"), zero="it is then asked again at once")
