"""The error of everything that reads certificates."""


class CertificateError(Exception):
    """Bytes are no certificate, or one cannot be made; the message is Go's."""
