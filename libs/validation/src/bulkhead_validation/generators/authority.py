"""The authorities that a server is trusted by: `caBundle`, or what `caProvider` names."""

import base64
import binascii

from bulkhead_templating.pki.certificate import parse_certificate
from bulkhead_templating.pki.certificate_error import CertificateError
from bulkhead_templating.pki.pem import decode
from bulkhead_validation.generators.home import Home
from bulkhead_validation.node import Node


def check_authority(spec: Node, home: Home) -> None:
    """Look at `caBundle` and `caProvider`; both may be left out.

    Source: ESO, FetchCACertFromSource.
    """
    bundle, provider = spec.at("caBundle"), spec.at("caProvider")
    text = bundle.text()
    if text and not _holds_certificate(text):
        bundle.never_works("is no certificate: write a certificate in PEM, encoded with base64 once")
    if text and provider.present:
        provider.doubtful("is not looked at beside caBundle: leave one of them out")
    elif provider.present:
        _check_provider(provider, home)


def _check_provider(provider: Node, home: Home) -> None:
    for key in ("name", "key"):
        if not provider.at(key).text():
            provider.at(key).never_works(f"is missing: say which {key} the certificate is read from")
    namespace = provider.at("namespace")
    named = namespace.text()
    # Unlike other references it is refused, not passed over.
    if named and home.is_cluster:
        namespace.doubtful("works only for users in this namespace: leave it out")
    elif named and home.namespace and named != home.namespace:
        namespace.never_works("must be the generator's own: leave it out")


def _holds_certificate(text: str) -> bool:
    # ESO takes it as PEM first, and then decodes it once more.
    once = _decoded(text.encode())
    return _begins_with_certificate(once) or _begins_with_certificate(_decoded(once))


def _decoded(data: bytes) -> bytes:
    try:
        return base64.b64decode(data.replace(b"-", b"+").replace(b"_", b"/"))
    except (binascii.Error, ValueError):
        return b""


def _begins_with_certificate(data: bytes) -> bool:
    block = decode(data).block
    if block is None:
        return False
    try:
        parse_certificate(block.data)
    except CertificateError:
        return False
    return True
