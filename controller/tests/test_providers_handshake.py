"""What the controller makes of a server's account of itself."""

import pytest

from bulkhead.provider.v1 import provider_service_pb2 as pb
from bulkhead_api.errors import InternalError, UnsupportedError
from bulkhead_api.provider import Maintenance
from bulkhead_controller.providers.handshake import ServerInfo, server_info_from
from bulkhead_runtime.provider_routes import ProviderServer

SERVER = ProviderServer(name="tiny", address="unix:///x", stores=["fake"])


def response(**fields: int) -> pb.GetInfoResponse:
    whole = pb.GetInfoResponse(
        min_protocol_version=1,
        max_protocol_version=1,
        provider_version="1",
        store_providers=["fake", "other"],
        capabilities=[pb.CAPABILITY_READ, pb.CAPABILITY_FIND_BY_TAG],
        max_batch_refs=20,
    )
    for name, value in fields.items():
        setattr(whole, name, value)
    return whole


def test_a_server_is_taken_by_its_word() -> None:
    assert server_info_from(response(), SERVER) == ServerInfo(
        max_batch_refs=20, finds_by_name=False, finds_by_tag=True, maintenance=Maintenance.MAINTAINED
    )


@pytest.mark.parametrize(
    ("number", "want"),
    [
        pytest.param(0, Maintenance.MAINTAINED, id="absent"),
        pytest.param(1, Maintenance.MAINTAINED, id="maintained"),
        pytest.param(2, Maintenance.NOT_MAINTAINED, id="not-maintained"),
        pytest.param(3, Maintenance.DEPRECATED, id="deprecated"),
        pytest.param(99, Maintenance.MAINTAINED, id="of-a-later-protocol"),
    ],
)
def test_maintenance_is_read(number: int, want: Maintenance) -> None:
    assert server_info_from(response(maintenance=number), SERVER).maintenance is want


@pytest.mark.parametrize("most", [0, 501, -1])
def test_limits_outside_of_the_protocol_are_a_defect(most: int) -> None:
    with pytest.raises(InternalError, match="limits are outside"):
        server_info_from(response(max_batch_refs=most), SERVER)


def test_a_server_of_a_later_protocol_is_not_spoken_to() -> None:
    with pytest.raises(UnsupportedError, match="speaks protocol 2 to 3, the controller speaks 1"):
        server_info_from(response(min_protocol_version=2, max_protocol_version=3), SERVER)
