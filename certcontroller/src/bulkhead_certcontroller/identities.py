"""Who gets a certificate: the identities file, read and checked before anything is issued.

The chart renders the file. An entry that could give one process another's name is refused here, so that the rest of
the program can rely on names, paths and places being one to one.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec

from bulkhead_runtime.spiffe import SpiffeId

_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAME: Final = re.compile(_LABEL)
_PATH: Final = re.compile(rf"{_LABEL}(?:/{_LABEL})*")
_DNS_NAME: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_MAX_DNS_NAME: Final = 253


class IdentitiesError(ValueError):
    """The identities file, or the trust domain, cannot be used; the message says where and why."""


class Usage(StrEnum):
    """Which side of a connection an identity may be. Nobody may be both."""

    SERVER = "server"
    CLIENT = "client"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """One process that gets a certificate."""

    name: str
    """A DNS label; also the name of the identity's directory."""
    spiffe_id: SpiffeId
    """The only URI in the certificate."""
    usage: Usage
    secret: str | None = None
    """Name of the Secret that receives the certificate; None if only directories are meant."""
    user: int | None = None
    """Numeric Unix user who owns the directory; None means whoever runs this program."""

    @property
    def server_name(self) -> str | None:
        """The only DNS name in a server's certificate; None for a client, which needs none."""
        return self.spiffe_id.server_name if self.usage is Usage.SERVER else None


class _Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str
    path: str
    usage: Usage
    secret: str | None = None
    user: int | None = None


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    identities: list[_Entry]


def check_trust_domain(trust_domain: str) -> str:
    """Return the trust domain if certificates can be limited to it.

    Raises:
        IdentitiesError: it is no DNS name. SPIFFE also allows underscores, but TLS libraries refuse them in the name
            constraints of a CA, and a CA without these would be trusted for everybody else's names too.

    Source: SPIFFE-ID §2.1; RFC 5280 §4.2.1.10.
    """
    if not _DNS_NAME.fullmatch(trust_domain) or len(trust_domain) > _MAX_DNS_NAME:
        raise IdentitiesError(f"trust domain {trust_domain!r}: not a DNS name in lower case, such as bulkhead.local")
    return trust_domain


def load_identities(file: Path, trust_domain: str) -> tuple[Identity, ...]:
    """Read the identities file, in its order.

    Raises:
        IdentitiesError: it cannot be read, breaks the schema, or two entries share a name, a path or a Secret.
    """
    try:
        entries = msgspec.yaml.decode(file.read_bytes(), type=_File).identities
        return _identities_from(entries, check_trust_domain(trust_domain))
    except OSError as error:
        raise IdentitiesError(f"identities file {file}: {error.strerror}") from error
    except ValueError as error:  # msgspec's DecodeError and ValidationError, and our own
        raise IdentitiesError(f"identities file {file}: {_one_line(error)}") from error


def _identities_from(entries: list[_Entry], trust_domain: str) -> tuple[Identity, ...]:
    if not entries:
        raise IdentitiesError("identities: the list is empty")
    _require_unique("name", (entry.name for entry in entries))
    _require_unique("path", (entry.path for entry in entries))
    _require_unique("secret", (entry.secret for entry in entries if entry.secret is not None))
    return tuple(_identity_from(entry, trust_domain) for entry in entries)


def _identity_from(entry: _Entry, trust_domain: str) -> Identity:
    if not _NAME.fullmatch(entry.name):
        raise IdentitiesError(f"identity {entry.name!r}: name: not a DNS label in lower case")
    if not _PATH.fullmatch(entry.path):
        raise IdentitiesError(f"identity {entry.name!r}: path {entry.path!r}: not DNS labels joined by slashes")
    if entry.secret is not None and not _DNS_NAME.fullmatch(entry.secret):
        raise IdentitiesError(f"identity {entry.name!r}: secret {entry.secret!r}: not a name a Secret can have")
    if entry.user is not None and entry.user < 0:
        raise IdentitiesError(f"identity {entry.name!r}: user {entry.user}: not a Unix user number")
    identity = Identity(
        name=entry.name,
        spiffe_id=SpiffeId(trust_domain, entry.path),
        usage=entry.usage,
        secret=entry.secret,
        user=entry.user,
    )
    _ = identity.server_name  # refuses a path that is too long for a DNS name
    return identity


def _require_unique(field: str, values: Iterable[str]) -> None:
    twice = sorted(value for value, count in Counter(values).items() if count > 1)
    if twice:
        raise IdentitiesError(f"identities: {field} {', '.join(map(repr, twice))}: used more than once")


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
