"""The backend credentials of a provider server: files that are mounted into its container alone."""

import re
from pathlib import Path
from typing import Final

from bulkhead_api.errors import InvalidStoreError, UnauthenticatedError
from bulkhead_api.secret_value import SecretValue

_NAME: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,252}")
_MAX_BYTES: Final = 1024 * 1024


class Credentials:
    """A directory of credential files.

    Nothing is kept: each read opens the file, so that a credential replaced on disk is in use from the next call on.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def read(self, name: str) -> SecretValue:
        """Give the content of the file `name`, without the one line end that editors put behind it.

        Raises:
            InvalidStoreError: the name is not a plain file name, so it could lead out of the directory.
            UnauthenticatedError: there is no such file, or it cannot be read, is empty or larger than 1 MiB.
        """
        if not _NAME.fullmatch(name):
            raise InvalidStoreError(f"credential file {name[:64]!r}: not a plain file name")
        file = self._directory / name
        try:
            with file.open("rb") as stream:
                data = stream.read(_MAX_BYTES + 1)
        except OSError as error:
            raise UnauthenticatedError(
                f"credential file {file}: {error.strerror}: mount it into this provider server's container"
            ) from error
        data = data.removesuffix(b"\n").removesuffix(b"\r")
        if not data or len(data) > _MAX_BYTES:
            raise UnauthenticatedError(f"credential file {file}: is empty or larger than {_MAX_BYTES} bytes")
        return SecretValue(data)

    def has(self, name: str) -> bool:
        """Say whether there is a file `name`, for providers that pick a way to log in by what is mounted."""
        return _NAME.fullmatch(name) is not None and (self._directory / name).is_file()
