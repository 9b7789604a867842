"""Which provider server serves which stores: the providers file, as the chart mounts it.

The route is configuration and never what a server says of itself, so a stolen provider server cannot ask for another
provider's stores.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec


class RoutesError(Exception):
    """The providers file cannot be used; the message names file, entry and what to do."""


class ProviderServer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One provider server. Source: entry of `providers` in the providers file."""

    name: str
    """Its certificate must say `spiffe://<trust-domain>/provider/<name>`."""
    address: str
    """A gRPC target: `unix:///path/provider.sock` or `host:port`."""
    stores: list[str]
    """The keys below spec.provider of the stores that go there."""


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    providers: list[ProviderServer]


def read_provider_servers(file: Path) -> Sequence[ProviderServer]:
    """Read the providers file, YAML.

    Raises:
        RoutesError: it is missing, not of this form, or two servers share a name or a store.
    """
    try:
        servers = msgspec.yaml.decode(file.read_bytes(), type=_File).providers
    except OSError as error:
        raise RoutesError(f"providers file {file}: {error.strerror}") from error
    except msgspec.DecodeError as error:
        raise RoutesError(f"providers file {file}: {error}") from error
    for what, names in (
        ("name", [server.name for server in servers]),
        ("stores", [store for server in servers for store in server.stores]),
    ):
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise RoutesError(f"providers file {file}: {what}: {', '.join(twice)} stands twice")
    return servers


def routes_from(servers: Sequence[ProviderServer]) -> Mapping[str, ProviderServer]:
    """Map each key of spec.provider to its server."""
    return {store: server for server in servers for store in server.stores}
