"""The application that answers the API server: one question in, one answer out, within bounds."""

import ssl
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from logging import Logger as StandardLogger
from logging import NullHandler
from typing import Final

from aiohttp import web

from bulkhead_runtime.logging import get_logger
from bulkhead_validation.fault import Fault
from bulkhead_webhook.answer import Answer, Profile, bytes_from, decide_answer
from bulkhead_webhook.body import Bodies, BodyError, SlowBodyError, read_body
from bulkhead_webhook.callers import names_in
from bulkhead_webhook.lanes import Lanes
from bulkhead_webhook.metrics import FAULTS, IN_FLIGHT, LATENCY, REQUESTS
from bulkhead_webhook.question import Question, QuestionError, question_from

PATHS: Final = (
    "/validate",
    "/validate-external-secrets-io-v1-secretstore",
    "/validate-external-secrets-io-v1-clustersecretstore",
    "/validate-external-secrets-io-v1-externalsecret",
)
"""Ours, and ESO's. All do the same: what kind the object is stands in the question."""

_KEEPALIVE_S: Final = 30.0
_LINGERING_S: Final = 1.0
_BODY_S: Final = 5.0
_MAX_HEADER_BYTES: Final = 8192
_LOG: Final = get_logger("review")

AskProviders = Callable[[Question, Sequence[Fault]], Awaitable[Sequence[Fault]]]
"""Finds what only a provider server knows of a store; given what was found already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How questions are taken and answered."""

    profile: Profile
    client_names: Collection[str] = ()
    """Of these one must stand in the client's certificate; empty means that any will do, if one is asked for."""
    body_timeout_s: float = _BODY_S


class Reviews:
    """Answers questions over HTTP."""

    def __init__(self, lanes: Lanes, terms: Terms, *, ask: AskProviders | None = None) -> None:
        """Judge in `lanes`, and ask provider servers by `ask`; None means that none is asked."""
        self._lanes = lanes
        self._terms = terms
        self._ask = ask
        self._bodies = Bodies()

    def application(self) -> web.Application:
        """Make the application; one event loop, one application."""
        app = web.Application()
        app.add_routes([web.post(path, self._counted) for path in PATHS])
        return app

    async def _counted(self, request: web.Request) -> web.StreamResponse:
        with IN_FLIGHT.labels(request.path).track_inprogress(), LATENCY.labels(request.path).time():
            response = await self._guarded(request)
        REQUESTS.labels(request.path, str(response.status)).inc()
        return response

    async def _guarded(self, request: web.Request) -> web.Response:
        try:
            self._check(request)
            with self._bodies.hold() as held:
                body = await read_body(request.content, held, timeout_s=self._terms.body_timeout_s)
                return await self._answer(body)
        except QuestionError as error:
            return _refusal(HTTPStatus.BAD_REQUEST, str(error))
        except _RequestError as error:
            return _refusal(error.status, str(error))
        except BodyError as error:
            response = _refusal(error.status, str(error))
            if isinstance(error, SlowBodyError):
                response.force_close()
            return response
        # The outermost place of a question: a defect in a rule must end no more than this one.
        except Exception as error:  # noqa: BLE001
            _LOG.failure("a question could not be answered", error)
            return _refusal(HTTPStatus.INTERNAL_SERVER_ERROR, "the question could not be answered; the log says where")

    def _check(self, request: web.Request) -> None:
        """Refuse what no API server sends, before its body is read."""
        names = self._terms.client_names
        if names and not set(names) & names_in(_peer(request)):
            raise _RequestError(HTTPStatus.FORBIDDEN, "the client's certificate names nobody who may ask here")
        if request.content_type != "application/json":
            raise _RequestError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "the content type must be application/json")
        if request.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise _RequestError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "the body must not be compressed")

    async def _answer(self, body: bytes) -> web.Response:
        question = question_from(body)
        faults = await self._lanes.faults_in(question)
        if self._ask is not None:
            faults = [*faults, *await self._ask(question, faults)]
        answer = decide_answer(faults, self._terms.profile)
        _tell(question, faults, answer)
        return web.Response(body=bytes_from(answer, question), content_type="application/json")


def runner_for(app: web.Application) -> web.AppRunner:
    """Prepare an application for connections whose other end may be anybody."""
    # Its messages are for its own developers: one for each malformed request.
    silent = StandardLogger("http")  # noqa: LOG001  # one that no configuration reaches
    silent.addHandler(NullHandler())
    return web.AppRunner(
        app,
        access_log=None,
        logger=silent,
        keepalive_timeout=_KEEPALIVE_S,
        lingering_time=_LINGERING_S,
        max_line_size=_MAX_HEADER_BYTES,
        max_field_size=_MAX_HEADER_BYTES,
        auto_decompress=False,
        shutdown_timeout=_LINGERING_S,
    )


class _RequestError(Exception):
    """A request is refused for what stands in its head."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status


def _refusal(status: int, message: str) -> web.Response:
    return web.Response(status=status, text=f"{message}\n")


def _peer(request: web.Request) -> Mapping[str, object]:
    transport = request.transport
    connection = transport.get_extra_info("ssl_object") if transport is not None else None
    if not isinstance(connection, ssl.SSLObject):
        return {}
    return connection.getpeercert() or {}


def _tell(question: Question, faults: Sequence[Fault], answer: Answer) -> None:
    refused = set(answer.refused)
    for fault in faults:
        FAULTS.labels(question.kind, fault.verdict.value, str(fault in refused).lower()).inc()
    if not answer.refused:
        return
    name = f"{question.namespace}/{question.name}" if question.namespace else question.name
    _LOG.info("refused", kind=question.kind, object=name, rules=list(answer.rules)[:20], faults=len(answer.refused))
