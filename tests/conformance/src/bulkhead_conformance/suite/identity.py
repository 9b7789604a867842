"""Who may call. Source: provider_service.proto, head comment; errors.proto, CALLER_NOT_ALLOWED."""

import grpc
import pytest

from bulkhead.provider.v1 import errors_pb2, provider_service_pb2
from bulkhead.provider.v1.provider_service_pb2_grpc import ProviderServiceStub
from bulkhead_conformance.conversation import Conversation, error_info_in
from bulkhead_conformance.target import Target, anonymous_credentials, credentials_from

CONNECT_S = 10.0


class TestIdentity:
    """The server tells identities apart before it answers anything."""

    def test_caller_with_the_right_identity_is_answered(self, conversation: Conversation) -> None:
        conversation.info()

    def test_caller_without_a_certificate_is_refused(self, target: Target) -> None:
        with target.channel(anonymous_credentials(target.tls_dir)) as channel:
            self._is_refused(channel, target)

    def test_caller_without_tls_is_refused(self, target: Target) -> None:
        with target.plaintext_channel() as channel:
            self._is_refused(channel, target)

    def test_each_bad_identity_is_refused(self, target: Target) -> None:
        if not target.refused_tls_dirs:
            pytest.skip("no identities were given that must be refused")
        for directory in target.refused_tls_dirs:
            # The server's own certificate is checked by the right roots, so that it is the server that refuses.
            with target.channel(credentials_from(directory, roots_from=target.tls_dir)) as channel:
                self._is_refused(channel, target)

    def test_each_revoked_identity_is_refused(self, target: Target) -> None:
        if not target.revoked_tls_dirs:
            pytest.skip("no identities were given that the server's denylist names")
        for directory in target.revoked_tls_dirs:
            with target.channel(credentials_from(directory, roots_from=target.tls_dir)) as channel:
                self._is_refused(channel, target)

    @staticmethod
    def _is_refused(channel: grpc.Channel, target: Target) -> None:
        """Every method is refused, at the handshake or with an ErrorInfo that says who may not call."""
        stub = ProviderServiceStub(channel)
        conversation = Conversation(channel, target.cases)
        context = conversation.context()
        for call in (
            lambda: stub.GetInfo(provider_service_pb2.GetInfoRequest(), timeout=CONNECT_S),
            lambda: stub.ValidateStore(provider_service_pb2.ValidateStoreRequest(context=context), timeout=CONNECT_S),
            lambda: stub.BatchGet(provider_service_pb2.BatchGetRequest(context=context), timeout=CONNECT_S),
            lambda: list(stub.Find(provider_service_pb2.FindRequest(context=context), timeout=CONNECT_S)),
        ):
            with pytest.raises(grpc.RpcError) as refused:
                call()
            # What a refused handshake looks like from the client's side.
            if refused.value.code() is grpc.StatusCode.UNAVAILABLE:
                continue
            assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED
            info = error_info_in(refused.value)
            assert info is not None, "refused by name without an ErrorInfo"
            assert info.reason == errors_pb2.ERROR_REASON_CALLER_NOT_ALLOWED
