"""Whom a client's certificate names. Pure; TLS has verified it against the roots before anything here runs."""

from collections.abc import Mapping

_NAMED_BY: frozenset[str] = frozenset({"DNS", "URI"})


def names_in(certificate: Mapping[str, object]) -> frozenset[str]:
    """Give the common name, DNS names and URIs of a certificate, as Python's ssl decodes one; empty for none."""
    alternatives = {str(name) for kind, name in _pairs(certificate.get("subjectAltName")) if kind in _NAMED_BY}
    subject = certificate.get("subject")
    parts = subject if isinstance(subject, tuple) else ()
    common = {str(name) for part in parts for kind, name in _pairs(part) if kind == "commonName"}
    return frozenset(alternatives | common)


def _pairs(found: object) -> list[tuple[str, object]]:
    return [(str(each[0]), each[1]) for each in found if len(each) == 2] if isinstance(found, tuple) else []
