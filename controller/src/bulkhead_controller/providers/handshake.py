"""What a provider server says of itself, and whether that is enough for what is asked of it."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from bulkhead.provider.v1 import provider_service_pb2 as pb
from bulkhead_api.errors import InternalError, UnsupportedError
from bulkhead_api.provider import Maintenance
from bulkhead_controller.backends import Query
from bulkhead_runtime.limits import MAX_BATCH_REFS, PROTOCOL_VERSION
from bulkhead_runtime.provider_routes import ProviderServer

_MAINTENANCE: Final = {
    pb.MAINTENANCE_NOT_MAINTAINED: Maintenance.NOT_MAINTAINED,
    pb.MAINTENANCE_DEPRECATED: Maintenance.DEPRECATED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerInfo:
    """The answer to GetInfo, as far as it matters here."""

    max_batch_refs: int
    finds_by_name: bool
    finds_by_tag: bool
    maintenance: Maintenance


def server_info_from(response: pb.GetInfoResponse, server: ProviderServer) -> ServerInfo:
    """Read what a server is.

    Raises:
        UnsupportedError: it speaks another protocol, or does not serve what is routed to it.
        InternalError: what it says is not of the protocol.
    """
    where = f'provider server "{server.name}"'
    if not response.min_protocol_version <= PROTOCOL_VERSION <= response.max_protocol_version:
        raise UnsupportedError(
            f"{where}: speaks protocol {response.min_protocol_version} to {response.max_protocol_version}, "
            f"the controller speaks {PROTOCOL_VERSION}: install versions that fit"
        )
    missing = sorted(set(server.stores) - set(response.store_providers))
    if missing:
        raise UnsupportedError(f"{where}: does not serve {', '.join(missing)}: correct `stores` in the providers file")
    if not 1 <= response.max_batch_refs <= MAX_BATCH_REFS:
        raise InternalError(f"{where}: its limits are outside of the protocol's: the whole reply was dropped")
    capabilities: Collection[int] = response.capabilities
    return ServerInfo(
        max_batch_refs=response.max_batch_refs,
        finds_by_name=pb.CAPABILITY_FIND_BY_NAME in capabilities,
        finds_by_tag=pb.CAPABILITY_FIND_BY_TAG in capabilities,
        maintenance=_MAINTENANCE.get(response.maintenance, Maintenance.MAINTAINED),
    )


def can_find(query: Query, info: ServerInfo) -> bool:
    """Say whether the server finds by anything that the query asks for; everything is found by name.

    Where a query has both a name and tags, one of the two is enough: ESO's providers differ in what they make of both,
    so that is the server's to decide.
    """
    by_name = info.finds_by_name and (bool(query.name_regexp) or not query.tags)
    return by_name or (info.finds_by_tag and bool(query.tags))


def check_query(query: Query, info: ServerInfo, *, where: str) -> None:
    """Refuse a query of which the server can do nothing.

    Raises:
        UnsupportedError: says what the server does not find by.
    """
    if can_find(query, info):
        return
    lacking = "find.tags" if query.tags and not query.name_regexp else "find.name"
    raise UnsupportedError(f"{where}: {lacking}: this provider does not find secrets that way")
