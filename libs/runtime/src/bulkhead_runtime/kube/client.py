"""One connection pool to the API server: bytes in, typed objects or an `ApiError` out.

It is the controller's hot path, so a call costs little: one TLS context, kept connections, headers built once for
each token, replies decoded straight from bytes. It retries nothing; the work queue does, and knows when.
"""

import io
import ssl
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from importlib.metadata import version
from types import TracebackType
from typing import Final, Self, TypeVar
from urllib.parse import urlencode

import aiohttp
import msgspec
from multidict import CIMultiDict
from yarl import URL

from bulkhead_runtime.kube.config import KubeConfig, KubeConfigError
from bulkhead_runtime.kube.errors import (
    ApiError,
    FencedError,
    ServerUnavailableError,
    UnauthorizedError,
    UndecodableReplyError,
    api_error_from_reply,
    one_line,
)
from bulkhead_runtime.kube.fence import ClosedFenceError, fence_at_connection
from bulkhead_runtime.kube.path import check_path
from bulkhead_runtime.kube.token import TokenFile

METADATA_ONLY: Final = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
"""As `accept`, keeps everything but the metadata out of a reply."""
_METADATA_LIST: Final = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"

MERGE_PATCH: Final = "application/merge-patch+json"
SERVER_SIDE_APPLY: Final = "application/apply-patch+yaml"
PAGE_SIZE: Final = 500
"""Objects in one page of a list."""

_JSON: Final = "application/json"
_CONNECTIONS: Final = 64
_CONNECT_TIMEOUT_S: Final = 10
_KEEPALIVE_S: Final = 60
# aiohttp warns about bodies of plain bytes above this size, and takes them as a file.
_LARGE_BODY_BYTES: Final = 2**20
_USER_AGENT: Final = f"bulkhead/{version('bulkhead-runtime')}"

# Takes the place of a body in the frames that wait for the reply: a traceback that is printed with its local variables
# must not show what was sent.
_SENT: Final = b"(sent)"

T = TypeVar("T")


class _ListMeta(msgspec.Struct, frozen=True, rename="camel"):
    resource_version: str = ""
    next_page: str = msgspec.field(default="", name="continue")


class ListPage(msgspec.Struct, frozen=True, kw_only=True):
    """Some objects of a collection, not decoded yet. They are views into the reply: copy one to keep it."""

    metadata: _ListMeta
    items: list[msgspec.Raw] = []


class _Preconditions(msgspec.Struct, kw_only=True):
    uid: str


class _DeleteOptions(msgspec.Struct, kw_only=True, rename="camel"):
    preconditions: _Preconditions
    api_version: str = "v1"
    kind: str = "DeleteOptions"


class KubeClient:
    """The API server under one identity. Use as an async context manager, within one event loop.

    The token is read anew when its file changes; the roots in `ca.crt` are read once.
    """

    def __init__(self, config: KubeConfig, *, fence: Callable[[], bool] | None = None) -> None:
        """Describe the client; nothing is read or connected before `async with`.

        Args:
            config: where the API server is.
            fence: says whether this process may write now, asked before each call that is no GET; None means always.
        """
        self._server = config.server.rstrip("/")
        self._config = config
        self._fence = fence
        self._token = TokenFile(config, clock=time.monotonic)
        self._headers: dict[tuple[str, str], CIMultiDict[str]] = {}
        self._headers_token = ""
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Read the credential and open the pool.

        Raises:
            KubeConfigError: a file is missing or is not what it should be.
        """
        self._token.current()
        connector = aiohttp.TCPConnector(
            ssl=_tls_context(self._config), limit=_CONNECTIONS, keepalive_timeout=_KEEPALIVE_S
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            read_bufsize=2**18,
            trace_configs=[] if self._fence is None else [fence_at_connection(self._fence)],
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def request(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        content_type: str = _JSON,
        accept: str = _JSON,
        query: Mapping[str, str] | None = None,
        timeout_s: float = 30,
        sensitive: bool = False,
    ) -> bytes:
        """Do one call and give the reply's body.

        Args:
            method: the HTTP method, in capitals.
            path: as `resource_path` builds it.
            body: what to send; None sends nothing.
            content_type: the body's form.
            accept: the wanted form of the reply.
            query: parameters, not escaped.
            timeout_s: for the whole call.
            sensitive: keep the server's words out of the error; always so for paths of Secrets.

        Raises:
            ApiError: the server refused, failed or was not reached; see the subclasses. FencedError if the call was
                not made.
            KubeConfigError: the token file is gone or broken.
        """
        check_path(path)
        exchange = self._exchange(
            method,
            path,
            url=self._url(path, query),
            headers=self._request_headers(accept, content_type if body is not None else ""),
            body=body,
            timeout_s=timeout_s,
            sensitive=sensitive or "/secrets" in path,
        )
        body = _SENT
        outcome = await exchange
        if isinstance(outcome, ApiError):
            raise outcome
        return outcome

    async def get(self, path: str, into: type[T], *, accept: str = _JSON, sensitive: bool = False) -> T:
        """Read one object. Raises: as `request`, and UndecodableReplyError."""
        return _decode(await self.request("GET", path, accept=accept, sensitive=sensitive), into, f"GET {path}")

    async def read(self, path: str, decode: Callable[[bytes], T], *, sensitive: bool = False) -> T:
        """Read one object by a decoder of its own, which raises `msgspec.DecodeError`. Raises: as `get`."""
        reply = await self.request("GET", path, sensitive=sensitive)
        try:
            return decode(reply)
        except (msgspec.DecodeError, UnicodeDecodeError):
            pass
        # As in `_decode`.
        reply = b""
        raise UndecodableReplyError(
            200, "Undecodable", call=f"GET {path}", message="the reply is not what it should be"
        )

    async def post(
        self,
        path: str,
        body: bytes,
        into: type[T],
        *,
        accept: str = _JSON,
        query: Mapping[str, str] | None = None,
        sensitive: bool = False,
    ) -> T:
        """Create an object in a collection and give it back as stored. Raises: as `get`."""
        reply = self.request("POST", path, body=body, accept=accept, query=query, sensitive=sensitive)
        body = _SENT
        return _decode(await reply, into, f"POST {path}")

    async def put(
        self,
        path: str,
        body: bytes,
        into: type[T],
        *,
        accept: str = _JSON,
        query: Mapping[str, str] | None = None,
        sensitive: bool = False,
    ) -> T:
        """Replace an object and give it back as stored. Raises: as `get`."""
        reply = self.request("PUT", path, body=body, accept=accept, query=query, sensitive=sensitive)
        body = _SENT
        return _decode(await reply, into, f"PUT {path}")

    async def merge_patch(
        self, path: str, body: bytes, into: type[T], *, accept: str = _JSON, query: Mapping[str, str] | None = None
    ) -> T:
        """Merge some fields into an object and give it back as stored; never meant for a Secret.

        Raises:
            ApiError: as `get`.
            ValueError: the path is a Secret's. To patch a Secret is in effect to read it.
        """
        if "/secrets/" in path:
            raise ValueError("Secrets are never patched")
        reply = self.request("PATCH", path, body=body, content_type=MERGE_PATCH, accept=accept, query=query)
        body = _SENT
        return _decode(await reply, into, f"PATCH {path}")

    async def apply(self, path: str, body: bytes, into: type[T], *, manager: str) -> T:
        """Set the fields that `body` names, as those of `manager`, and give the object back; never meant for a Secret.

        Fields that others set differently are taken from them. Fields that this manager set before and does not name
        now are let go. Give the object's resourceVersion, or a lost object would be made anew.

        Args:
            path: of the object.
            body: a part of it as JSON, which is YAML too, with apiVersion, kind and metadata.name.
            into: the type of the object.
            manager: the name under which the API server notes who set a field.

        Raises:
            ApiError: as `get`; ConflictError if the object has another resourceVersion.
            ValueError: the path is a Secret's, as with `merge_patch`.

        Source: Kubernetes documentation, Server-Side Apply.
        """
        if "/secrets/" in path:
            raise ValueError("Secrets are never patched")
        query = {"fieldManager": manager, "force": "true"}
        reply = self.request("PATCH", path, body=body, content_type=SERVER_SIDE_APPLY, query=query)
        return _decode(await reply, into, f"PATCH {path}")

    async def delete(self, path: str, *, uid: str | None = None, sensitive: bool = False) -> None:
        """Delete an object; with `uid` only if it has that one, else ConflictError. Raises: as `request`."""
        options = _DeleteOptions(preconditions=_Preconditions(uid=uid)) if uid is not None else None
        body = None if options is None else msgspec.json.encode(options)
        await self.request("DELETE", path, body=body, sensitive=sensitive)

    async def list(self, path: str, into: type[T], *, label_selector: str | None = None) -> tuple[T, ...]:
        """Read a whole collection, page by page. Raises: as `request`; GoneError if it took too long."""
        found: list[T] = []
        async for page in self.pages(path, label_selector=label_selector):
            found.extend(_decode(item, into, f"GET {path}") for item in page.items)
        return tuple(found)

    async def pages(
        self,
        path: str,
        *,
        label_selector: str | None = None,
        field_selector: str | None = None,
        metadata_only: bool = False,
    ) -> AsyncGenerator[ListPage, None]:
        """Read a collection of any size in pages of PAGE_SIZE. Raises: as `list`."""
        accept = _METADATA_LIST if metadata_only else _JSON
        query = {
            "limit": str(PAGE_SIZE),
            **({"labelSelector": label_selector} if label_selector else {}),
            **({"fieldSelector": field_selector} if field_selector else {}),
        }
        while True:
            page = _decode(await self.request("GET", path, accept=accept, query=query), ListPage, f"GET {path}")
            yield page
            if not page.metadata.next_page:
                return
            query["continue"] = page.metadata.next_page

    async def stream(
        self, path: str, *, query: Mapping[str, str], idle_timeout_s: float, accept: str = _JSON
    ) -> AsyncGenerator[bytes, None]:
        """Read an endless reply in chunks as they come; ends when the server ends it properly.

        Raises:
            ApiError: as `request`; ServerUnavailableError also when the connection breaks, or when nothing came
                for `idle_timeout_s`.
        """
        check_path(path)
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_TIMEOUT_S, sock_read=idle_timeout_s)
        call = f"GET {path}"
        # Raised after the handlers: the foreign exception's frames hold the headers, the token among them.
        failure: ApiError | None = None
        try:
            async with self._open.get(
                self._url(path, query),
                headers=self._request_headers(accept, ""),
                timeout=timeout,
                allow_redirects=False,
            ) as response:
                if response.status == 200:
                    async for chunk in response.content.iter_any():
                        yield chunk
                else:
                    failure = self._refusal(response, await response.read(), call, sensitive=False)
        except TimeoutError:
            failure = _timeout_error(call, idle_timeout_s)
        except (aiohttp.ClientError, OSError) as error:
            failure = _connection_error(call, error)
        if failure is not None:
            raise failure

    async def _exchange(
        self,
        method: str,
        path: str,
        *,
        url: URL,
        headers: CIMultiDict[str],
        body: bytes | None,
        timeout_s: float,
        sensitive: bool,
    ) -> bytes | ApiError:
        # Errors are returned and raised elsewhere: the foreign exception's frames hold the body that was sent, and
        # an exception raised here would carry them along as its context.
        call = f"{method} {path}"
        data = io.BytesIO(body) if body is not None and len(body) > _LARGE_BODY_BYTES else body
        timeout = aiohttp.ClientTimeout(total=timeout_s, sock_connect=_CONNECT_TIMEOUT_S)
        try:
            async with self._open.request(
                method,
                url,
                data=data,
                headers=headers,
                timeout=timeout,
                allow_redirects=False,
                trace_request_ctx=method,
            ) as response:
                reply = await response.read()
        except ClosedFenceError:
            return FencedError(0, "NotLeading", call=call)
        except TimeoutError:
            return _timeout_error(call, timeout_s)
        except (aiohttp.ClientError, OSError) as error:
            return _connection_error(call, error)
        if 200 <= response.status < 300:
            return reply
        return self._refusal(response, reply, call, sensitive=sensitive)

    def _refusal(self, response: aiohttp.ClientResponse, reply: bytes, call: str, *, sensitive: bool) -> ApiError:
        error = api_error_from_reply(
            response.status, reply, call=call, retry_after=response.headers.get("Retry-After"), sensitive=sensitive
        )
        if isinstance(error, UnauthorizedError):
            self._token.expect_change()
        return error

    def _url(self, path: str, query: Mapping[str, str] | None) -> URL:
        text = f"{self._server}{path}?{urlencode(query)}" if query else f"{self._server}{path}"
        return URL(text, encoded=True)

    def _request_headers(self, accept: str, content_type: str) -> CIMultiDict[str]:
        token = self._token.current()
        if token != self._headers_token:
            self._headers.clear()
            self._headers_token = token
        headers = self._headers.get((accept, content_type))
        if headers is None:
            headers = CIMultiDict(
                {
                    "Authorization": f"Bearer {token}",
                    "Accept": accept,
                    "Accept-Encoding": "identity",
                    "User-Agent": _USER_AGENT,
                    **({"Content-Type": content_type} if content_type else {}),
                }
            )
            self._headers[accept, content_type] = headers
        return headers

    @property
    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise RuntimeError("KubeClient is used outside of its `async with`")
        return self._session


def _tls_context(config: KubeConfig) -> ssl.SSLContext:
    # Not ssl.create_default_context: it writes session keys into the file that SSLKEYLOGFILE names.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_verify_locations(cafile=config.ca_file)
    except OSError as error:
        problem = "holds no certificate" if isinstance(error, ssl.SSLError) else error.strerror
        raise KubeConfigError(f"{config.ca_file}: {problem}") from error
    return context


def _decode(reply: bytes, into: type[T], call: str) -> T:
    try:
        return msgspec.json.decode(reply, type=into)
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    # Raised outside of the handler, as the decoder's words may quote the reply; the reply itself goes as well, so that
    # a traceback that is printed with its local variables does not show it.
    reply = b""
    raise UndecodableReplyError(200, "Undecodable", call=call, message=f"the reply is no {into.__name__}")


def _timeout_error(call: str, timeout_s: float) -> ServerUnavailableError:
    return ServerUnavailableError(0, "Timeout", call=call, message=f"no answer within {timeout_s:g} s")


def _connection_error(call: str, error: Exception) -> ServerUnavailableError:
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        cause = error.certificate_error
        said = cause.verify_message if isinstance(cause, ssl.SSLCertVerificationError) else type(cause).__name__
        return ServerUnavailableError(0, "CertificateNotTrusted", call=call, message=one_line(said))
    said = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
    return ServerUnavailableError(0, "ConnectionFailed", call=call, message=one_line(str(said)))
