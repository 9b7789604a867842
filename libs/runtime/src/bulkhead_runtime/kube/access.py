"""Asks the API server who shows a token and whether they may read a path, as kubectl's own servers do.

Source: Kubernetes, TokenReview and SubjectAccessReview; controller-runtime, package metrics/filters.
"""

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from enum import Enum, auto
from typing import Final

import msgspec

from bulkhead_api.secret_value import SecretValue
from bulkhead_runtime.kube.client import KubeClient
from bulkhead_runtime.kube.config import KubeConfigError
from bulkhead_runtime.kube.errors import ApiError
from bulkhead_runtime.kube.path import resource_path
from bulkhead_runtime.logging import get_logger

REMEMBERED_S: Final = 60.0
"""How long a yes counts. A no is never remembered, so a right that is given counts at once."""

_MAX_REMEMBERED: Final = 256
_MAX_TOKEN_BYTES: Final = 16 * 1024
_MAX_REVIEWS: Final = 4
_TIMEOUT_S: Final = 10.0
_TOKEN_REVIEWS: Final = resource_path("authentication.k8s.io/v1", "tokenreviews")
_ACCESS_REVIEWS: Final = resource_path("authorization.k8s.io/v1", "subjectaccessreviews")
_LOG: Final = get_logger("access")


class Access(Enum):
    """What the API server says."""

    ALLOWED = auto()
    UNKNOWN_TOKEN = auto()
    """There is no token, or none that it knows."""
    FORBIDDEN = auto()
    """It knows who it is, and they may not."""
    NOT_JUDGED = auto()
    """It could not be asked, so nobody may."""


class _User(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    username: str = ""
    uid: str = ""
    groups: list[str] = []
    extra: dict[str, list[str]] = {}


class _TokenStatus(msgspec.Struct, frozen=True, kw_only=True):
    authenticated: bool = False
    user: _User = _User()


class _TokenReview(msgspec.Struct, frozen=True, kw_only=True):
    status: _TokenStatus = _TokenStatus()


class _AccessStatus(msgspec.Struct, frozen=True, kw_only=True):
    allowed: bool = False


class _AccessReview(msgspec.Struct, frozen=True, kw_only=True):
    status: _AccessStatus = _AccessStatus()


class Reviewer:
    """Judges who may `get` one path that is no resource's, such as /metrics."""

    def __init__(self, client: KubeClient, path: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Ask through `client`, whose user needs the right to create both reviews."""
        self._client = client
        self._path = path
        self._clock = clock
        # Whoever has no right must not make this process, in its turn, a burden on the API server.
        self._reviews = asyncio.Semaphore(_MAX_REVIEWS)
        self._allowed_until: OrderedDict[bytes, float] = OrderedDict()

    async def judge(self, token: SecretValue) -> Access:
        """Say whether the bearer of the token may; a yes is remembered for REMEMBERED_S by the token's hash."""
        if not 0 < len(token.reveal()) <= _MAX_TOKEN_BYTES:
            return Access.UNKNOWN_TOKEN
        key = hashlib.sha256(token.reveal()).digest()
        if self._allowed_until.get(key, 0.0) > self._clock():
            return Access.ALLOWED
        self._allowed_until.pop(key, None)
        try:
            async with asyncio.timeout(_TIMEOUT_S), self._reviews:
                access = await self._review(token)
        except (ApiError, KubeConfigError, TimeoutError, msgspec.MsgspecError) as error:
            _LOG.warning("access not judged", path=self._path, error=error)
            return Access.NOT_JUDGED
        if access is Access.ALLOWED:
            self._remember(key)
        return access

    async def _review(self, token: SecretValue) -> Access:
        body = {
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "TokenReview",
            "spec": {"token": token.reveal().decode("ascii")},
        }
        reply = await self._client.request("POST", _TOKEN_REVIEWS, body=msgspec.json.encode(body), sensitive=True)
        known = msgspec.json.decode(reply, type=_TokenReview).status
        if not known.authenticated:
            return Access.UNKNOWN_TOKEN
        return Access.ALLOWED if await self._may(known.user) else Access.FORBIDDEN

    async def _may(self, user: _User) -> bool:
        spec = {
            "user": user.username,
            "uid": user.uid,
            "groups": user.groups,
            "extra": user.extra,
            "nonResourceAttributes": {"path": self._path, "verb": "get"},
        }
        body = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec}
        reply = await self._client.request("POST", _ACCESS_REVIEWS, body=msgspec.json.encode(body), sensitive=True)
        return msgspec.json.decode(reply, type=_AccessReview).status.allowed

    def _remember(self, key: bytes) -> None:
        self._allowed_until[key] = self._clock() + REMEMBERED_S
        while len(self._allowed_until) > _MAX_REMEMBERED:
            self._allowed_until.popitem(last=False)
