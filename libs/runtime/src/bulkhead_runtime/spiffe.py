"""Identities of processes, as they stand in certificates."""

import re
from dataclasses import dataclass
from typing import Final, Self

DEFAULT_TRUST_DOMAIN: Final = "bulkhead.local"

_SCHEME: Final = "spiffe://"
_MAX_ID_BYTES: Final = 2048
_TRUST_DOMAIN: Final = re.compile(r"[a-z0-9._-]{1,255}")
_PATH: Final = re.compile(r"[A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+)*")
_DNS_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*")
_MAX_DNS_NAME: Final = 253


@dataclass(frozen=True, slots=True)
class SpiffeId:
    """The identity of one process: `spiffe://<trust domain>/<path>`.

    Raises:
        ValueError: the two do not make a SPIFFE id, or the path is empty, as Bulkhead names no whole trust domain.

    Source: SPIFFE-ID §2.
    """

    trust_domain: str
    path: str
    """Without the leading slash, such as `provider/vault`."""

    def __post_init__(self) -> None:
        if not _TRUST_DOMAIN.fullmatch(self.trust_domain):
            raise ValueError(
                f"trust domain {self.trust_domain[:64]!r}: not a name in lower case, such as bulkhead.local"
            )
        if not _PATH.fullmatch(self.path) or {".", ".."} & set(self.path.split("/")):
            raise ValueError(f"path {self.path[:64]!r}: not a SPIFFE path, such as provider/vault")
        if len(str(self)) > _MAX_ID_BYTES:
            raise ValueError(f"path: a SPIFFE id has at most {_MAX_ID_BYTES} bytes")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an id exactly as it must be written; nothing is normalised.

        Raises:
            ValueError: the text is no SPIFFE id with a path.
        """
        trust_domain, slash, path = text.removeprefix(_SCHEME).partition("/")
        if not text.startswith(_SCHEME) or not slash:
            raise ValueError(f"{text[:64]!r} is not a SPIFFE id, such as spiffe://bulkhead.local/controller")
        return cls(trust_domain, path)

    @property
    def server_name(self) -> str:
        """The same identity spelled as a DNS name: `spiffe://td/provider/vault` is `vault.provider.td`.

        gRPC's client compares DNS names alone and never looks at a URI, so a server's certificate carries its identity
        in both spellings. Nothing resolves the name, and it says nothing about where the server listens.

        Raises:
            ValueError: a segment is not a DNS label in lower case. Only such segments keep the spelling one to one.
        """
        segments = self.path.split("/")
        name = ".".join([*reversed(segments), self.trust_domain])
        if not _DNS_NAME.fullmatch(name) or len(name) > _MAX_DNS_NAME or any("." in each for each in segments):
            raise ValueError(
                f"{self}: cannot be a server, as its path and trust domain are not DNS labels in lower case"
            )
        return name

    def __str__(self) -> str:
        return f"{_SCHEME}{self.trust_domain}/{self.path}"


def controller_id(trust_domain: str) -> SpiffeId:
    """Name the controller."""
    return SpiffeId(trust_domain, "controller")


def pusher_id(trust_domain: str) -> SpiffeId:
    """Name the pusher."""
    return SpiffeId(trust_domain, "pusher")


def webhook_id(trust_domain: str) -> SpiffeId:
    """Name the webhook."""
    return SpiffeId(trust_domain, "webhook")


def provider_id(trust_domain: str, name: str) -> SpiffeId:
    """Name the provider server `name`.

    Raises:
        ValueError: the name is more than one segment of a path.
    """
    if "/" in name:
        raise ValueError(f"provider server {name[:64]!r}: a name has no slash")
    return SpiffeId(trust_domain, f"provider/{name}")
