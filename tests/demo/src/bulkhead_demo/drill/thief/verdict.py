"""How an act ends."""

import errno
import functools
import ssl

API = "api server"
BACKEND = "backend"
FILES = "files"
KERNEL = "kernel"
NETWORK = "network"
PROVIDER = "provider"


class RefusedError(Exception):
    """Somebody stood in the way."""

    def __init__(self, by: str, how: str) -> None:
        """Say who, one of the words above, and how: a status or the name of an error."""
        super().__init__(f"{by}: {how}")
        self.by = by
        self.how = how


class StumbledError(Exception):
    """The act itself went wrong, so that it proves nothing."""


@functools.cache
def any_server() -> ssl.SSLContext:
    """Give TLS without a look at the server: whom it talks to is not what a thief worries about."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def refused_by_os(by: str, error: OSError) -> RefusedError:
    """Make the refusal that an error of the operating system means."""
    if isinstance(error, ssl.SSLError):
        return RefusedError(by, "TLS")
    if isinstance(error, TimeoutError):
        return RefusedError(by, "silence")
    return RefusedError(by, errno.errorcode.get(error.errno or 0, type(error).__name__))
