"""The error of everything that reads certificates."""


class CertificateError(Exception):
    """Bytes are no certificate, or one cannot be made; the message is Go's."""

    def __init__(self, message: str, *, is_public: bool = False) -> None:
        """Keep the reason; `is_public` says that it is made of nothing but words of the code, so that it is shown."""
        super().__init__(message)
        self.is_public = is_public
