"""A provider server that does not keep to the protocol: what a client must survive and no SDK would send."""

import socketserver
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Self, TypeAlias, TypeVar

import grpc

from bulkhead.provider.v1 import provider_service_pb2 as pb
from bulkhead.provider.v1 import store_pb2
from bulkhead_provider_sdk.listen import UnixSocket
from bulkhead_runtime.limits import MAX_BATCH_REFS, PROTOCOL_VERSION

_SERVICE: Final = "bulkhead.provider.v1.ProviderService"
_ROGUE_VALUE: Final = b"never to be stored"

Answer = Callable[[pb.BatchGetRequest], bytes]
"""Makes the reply to BatchGet, on the wire."""
Stream = Callable[[pb.FindRequest], Iterator[bytes]]
"""Makes the messages of Find, on the wire."""


_Sent = TypeVar("_Sent")
_Handler: TypeAlias = Callable[[bytes, grpc.ServicerContext], _Sent]


def iter_nothing(_: pb.FindRequest) -> Iterator[bytes]:
    """End a stream without a message, which the protocol does not allow."""
    return iter(())


class RogueProvider:
    """Answers GetInfo as a server of the fake provider does, the rest as told. Use as a context manager."""

    def __init__(self, listen: UnixSocket, tls_dir: Path, answer: Answer, *, stream: Stream = iter_nothing) -> None:
        """Describe the server; nothing listens yet.

        Args:
            listen: where the real server is expected, which must not run.
            tls_dir: whose certificate it shows.
            answer: makes the replies to BatchGet.
            stream: makes the messages of Find.
        """
        self.requests = 0
        """How many calls have come in."""
        self.cutting_off = 0
        """How many of the next calls but GetInfo are cut off, as those are that reach a server which is stopping."""
        self._listen = listen
        self._answer = answer
        self._stream = stream
        # Not as our processes read them, who would refuse a stranger's.
        key, chain, roots = ((tls_dir / name).read_bytes() for name in ("tls.key", "tls.crt", "ca.crt"))
        self._credentials = grpc.ssl_server_credentials(
            [(key, chain)], root_certificates=roots, require_client_auth=True
        )
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="rogue")

    def __enter__(self) -> Self:
        self._server = grpc.server(self._threads)
        handlers: dict[str, grpc.RpcMethodHandler[bytes, bytes]] = {
            "GetInfo": grpc.unary_unary_rpc_method_handler(self._counted(lambda request, _: _info(request))),
            "BatchGet": grpc.unary_unary_rpc_method_handler(self._counted(self._cut_off(self._batch_get))),
            "Find": grpc.unary_stream_rpc_method_handler(self._counted(self._cut_off(self._find))),
        }
        self._server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(_SERVICE, handlers),))
        self._listen.prepare()
        self._server.add_secure_port(str(self._listen), self._credentials)
        self._server.start()
        self._listen.protect()
        return self

    def __exit__(self, *details: object) -> None:
        self._server.stop(grace=None).wait()
        self._threads.shutdown()

    def die(self) -> None:
        """Break off whatever is being answered, as a crash does. May be called by an answer itself."""
        self._server.stop(grace=None)

    def _counted(self, answer: _Handler[_Sent]) -> _Handler[_Sent]:
        def counted(request: bytes, context: grpc.ServicerContext) -> _Sent:
            self.requests += 1
            return answer(request, context)

        return counted

    def _cut_off(self, answer: Callable[[bytes], _Sent]) -> _Handler[_Sent]:
        def cut_off(request: bytes, context: grpc.ServicerContext) -> _Sent:
            self.cutting_off -= 1
            if self.cutting_off >= 0:
                context.abort(grpc.StatusCode.CANCELLED, "")
            return answer(request)

        return cut_off

    def _batch_get(self, request: bytes) -> bytes:
        return self._answer(pb.BatchGetRequest.FromString(request))

    def _find(self, request: bytes) -> Iterator[bytes]:
        return self._stream(pb.FindRequest.FromString(request))


@contextmanager
def noise(listen: UnixSocket) -> Iterator[None]:
    """Listen in the place of a provider server and send to whoever connects what is no TLS."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.sendall(b"220 mail.example.com ready\r\n" * 8)

    listen.prepare()
    with socketserver.ThreadingUnixStreamServer(str(listen.path), Handler) as server:
        listen.protect()
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="noise")
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()
    listen.path.unlink()


def well_formed(request: pb.BatchGetRequest) -> bytes:
    """Give every reference the same value, in a reply that breaks no rule."""
    return _reply(request, request.context.store.ref)


def for_another_store(request: pb.BatchGetRequest) -> bytes:
    """Answer for the store "other/tenant", with values."""
    ref = store_pb2.StoreRef(
        kind=store_pb2.STORE_KIND_SECRET_STORE, namespace="other", name="tenant", uid="other-uid", generation=1
    )
    return _reply(request, ref)


def one_result_short(request: pb.BatchGetRequest) -> bytes:
    """Leave the last result out."""
    reply = pb.BatchGetResponse.FromString(well_formed(request))
    del reply.results[-1]
    return reply.SerializeToString()


def garbage(_: pb.BatchGetRequest) -> bytes:
    """Send what is no message at all."""
    return b"\xff" * 64


def _reply(request: pb.BatchGetRequest, store: store_pb2.StoreRef) -> bytes:
    result = pb.BatchGetResult(value=pb.SecretValue(data=_ROGUE_VALUE))
    context = store_pb2.ResponseContext(request_id=request.context.request_id, store=store)
    return pb.BatchGetResponse(context=context, results=[result] * len(request.refs)).SerializeToString()


def _info(_: bytes) -> bytes:
    return pb.GetInfoResponse(
        min_protocol_version=PROTOCOL_VERSION,
        max_protocol_version=PROTOCOL_VERSION,
        provider_version="rogue",
        store_providers=["fake"],
        max_batch_refs=MAX_BATCH_REFS,
        capabilities=[pb.CAPABILITY_READ, pb.CAPABILITY_MAP, pb.CAPABILITY_FIND_BY_NAME],
    ).SerializeToString()
