"""Both documents as files, where the certcontroller works without an API server."""

import secrets
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from bulkhead_cli.certs.place import ChangedError, Kept
from bulkhead_cli.problems import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePlace:
    """Two files; one that is not there counts as empty."""

    status: Path
    requests: Path | None

    @property
    def requests_name(self) -> str:
        """See `Place`."""
        return str(self.requests)

    def read_status(self) -> Kept:
        """See `Place`."""
        return _read(self.status)

    def read_requests(self) -> Kept:
        """See `Place`; without a file nothing is asked for."""
        return Kept(text="") if self.requests is None else _read(self.requests)

    def write_requests(self, text: str, seen: Kept) -> None:
        """See `Place`. A reader sees the old or the new file, never a part."""
        if self.requests is None:
            raise InputError("--requests-file: not given")
        if _read(self.requests).version != seen.version:
            raise ChangedError
        new = self.requests.with_name(f".{self.requests.name}.{secrets.token_hex(8)}")
        try:
            new.write_text(text)
            new.replace(self.requests)
        except OSError as error:
            with suppress(OSError):
                new.unlink()
            raise InputError(f"{self.requests}: cannot be written: {error.strerror}") from None


def _read(file: Path) -> Kept:
    try:
        text = file.read_text()
    except FileNotFoundError:
        text = ""
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file}: cannot be read: {getattr(error, 'strerror', None) or 'not UTF-8'}") from None
    return Kept(text=text, version=sha256(text.encode()).hexdigest())
