"""The error of everything that reads and writes PKCS#12."""


class Pkcs12Error(Exception):
    """Bytes are no archive that can be read, or one cannot be made; the message is Go's and quotes no content."""

    def __init__(self, message: str, *, is_public: bool = False) -> None:
        """Keep the reason; `is_public` says that it is made of nothing but words of the code, so that it is shown."""
        super().__init__(message)
        self.is_public = is_public
