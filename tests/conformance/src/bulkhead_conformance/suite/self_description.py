"""What a server says about itself. Source: GetInfo and grpc.health.v1."""

from grpc_health.v1 import health_pb2, health_pb2_grpc

from bulkhead.provider.v1 import provider_service_pb2
from bulkhead_conformance.conversation import DEADLINE_S, Conversation
from bulkhead_conformance.target import MAX_MESSAGE_BYTES, Target


class TestSelfDescription:
    """GetInfo and health."""

    def test_protocol_range_holds_version_one(self, conversation: Conversation) -> None:
        info = conversation.info()
        assert 1 <= info.min_protocol_version <= info.max_protocol_version
        assert info.min_protocol_version == 1, "version 1 is the only one there is"

    def test_version_is_given(self, conversation: Conversation) -> None:
        assert conversation.info().provider_version.strip()

    def test_store_providers_are_sorted_without_duplicates(self, conversation: Conversation) -> None:
        stores = list(conversation.info().store_providers)
        assert stores == sorted(set(stores))
        assert all(stores)
        assert conversation.cases.store.provider in stores

    def test_capabilities_are_known_and_without_duplicates(self, conversation: Conversation) -> None:
        capabilities = list(conversation.info().capabilities)
        assert len(capabilities) == len(set(capabilities))
        assert set(capabilities) <= set(provider_service_pb2.Capability.values())
        assert provider_service_pb2.CAPABILITY_UNSPECIFIED not in capabilities
        assert capabilities, "a server that can do nothing is of no use"

    def test_limits_are_in_bounds(self, conversation: Conversation) -> None:
        info = conversation.info()
        assert 1 <= info.max_batch_refs <= 500
        assert 1024 * 1024 <= info.max_message_bytes <= MAX_MESSAGE_BYTES

    def test_maintenance_is_known(self, conversation: Conversation) -> None:
        assert conversation.info().maintenance in provider_service_pb2.Maintenance.values()

    def test_description_stays_the_same(self, conversation: Conversation) -> None:
        assert conversation.info() == conversation.info()

    def test_description_needs_no_deadline(self, conversation: Conversation) -> None:
        without = conversation.stub.GetInfo(provider_service_pb2.GetInfoRequest())
        assert without == conversation.info()

    def test_health_says_serving(self, target: Target) -> None:
        with target.channel() as channel:
            health = health_pb2_grpc.HealthStub(channel)
            answer = health.Check(health_pb2.HealthCheckRequest(), timeout=DEADLINE_S)
        assert answer.status == health_pb2.HealthCheckResponse.SERVING
