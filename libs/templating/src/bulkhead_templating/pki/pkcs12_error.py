"""The error of everything that reads and writes PKCS#12."""


class Pkcs12Error(Exception):
    """Bytes are no archive that can be read, or one cannot be made; the message is Go's and quotes no content."""
