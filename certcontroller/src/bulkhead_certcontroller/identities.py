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

from bulkhead_runtime.health import AddressError, address_from_text
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
    dns_names: tuple[str, ...] = ()
    """What a server is called by those who know nothing of SPIFFE, such as the API server; replaces `server_name`."""
    acknowledge: tuple[str, ...] = ()
    """`host:port` where its process says which certificate it uses; every address of the host is one process."""

    @property
    def server_name(self) -> str | None:
        """The identity as a DNS name; None for a client, which needs none, and where `dns_names` replaces it."""
        return self.spiffe_id.server_name if self.usage is Usage.SERVER and not self.dns_names else None

    @property
    def certified_names(self) -> tuple[str, ...]:
        """All DNS names of its certificate, in order."""
        return self.dns_names if self.server_name is None else (self.server_name,)


class _Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str
    path: str
    usage: Usage
    secret: str | None = None
    user: int | None = None
    dns_names: list[str] = msgspec.field(default_factory=list, name="dnsNames")
    acknowledge: list[str] = []


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


def load_identities(file: Path | None, trust_domain: str) -> tuple[Identity, ...]:
    """Read the identities file, in its order; without a file there are none.

    Raises:
        IdentitiesError: it cannot be read, breaks the schema, or two entries share a name, a path or a Secret.
    """
    if file is None:
        return ()
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
    _require_unique("dnsName", (name for entry in entries for name in entry.dns_names))
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
    _check_dns_names(entry, trust_domain)
    _check_addresses(entry)
    identity = Identity(
        name=entry.name,
        spiffe_id=SpiffeId(trust_domain, entry.path),
        usage=entry.usage,
        secret=entry.secret,
        user=entry.user,
        dns_names=tuple(entry.dns_names),
        acknowledge=tuple(entry.acknowledge),
    )
    _ = identity.server_name  # refuses a path that is too long for a DNS name
    return identity


def _check_dns_names(entry: _Entry, trust_domain: str) -> None:
    if entry.dns_names and entry.usage is not Usage.SERVER:
        raise IdentitiesError(f"identity {entry.name!r}: dnsNames: a client has none")
    for name in entry.dns_names:
        where = f"identity {entry.name!r}: dnsNames: {name[:_MAX_DNS_NAME]!r}"
        if not _DNS_NAME.fullmatch(name) or len(name) > _MAX_DNS_NAME:
            raise IdentitiesError(f"{where}: not a DNS name in lower case")
        # Names below the trust domain are spelled identities, and a CA that may sign for a domain above it may sign
        # for them all.
        if f".{name}".endswith(f".{trust_domain}") or f".{trust_domain}".endswith(f".{name}"):
            raise IdentitiesError(f"{where}: not apart from the trust domain {trust_domain}")


def _check_addresses(entry: _Entry) -> None:
    for text in entry.acknowledge:
        try:
            address = address_from_text(text)
        except AddressError as error:
            raise IdentitiesError(f"identity {entry.name!r}: acknowledge: {error}") from error
        if not address.host or not address.port:
            raise IdentitiesError(f"identity {entry.name!r}: acknowledge: {text!r}: needs a host and a port")


def _require_unique(field: str, values: Iterable[str]) -> None:
    twice = sorted(value for value, count in Counter(values).items() if count > 1)
    if twice:
        raise IdentitiesError(f"identities: {field} {', '.join(map(repr, twice))}: used more than once")


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
