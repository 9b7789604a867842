"""Asks the API server for a ServiceAccount's token. Source: authentication.k8s.io/v1 TokenRequest."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

import msgspec

from bulkhead_api.secret_value import SecretValue
from bulkhead_certcontroller.place import PlaceError
from bulkhead_runtime.kube.client import KubeClient
from bulkhead_runtime.kube.config import KubeConfigError
from bulkhead_runtime.kube.errors import ApiError, ForbiddenError, InvalidError, NotFoundError
from bulkhead_runtime.kube.path import resource_path

_AUDIENCE_MARKER: Final = "bulkhead:token-audience"


class _Camel(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Settings of all structs here."""


class _BoundObject(_Camel, frozen=True, kw_only=True):
    api_version: str = "v1"
    kind: str = "Secret"
    name: str
    uid: str


class _Wish(_Camel, frozen=True, kw_only=True):
    # No audiences: the API server then puts in its own.
    expiration_seconds: int
    bound_object_ref: _BoundObject


class _Request(_Camel, frozen=True, kw_only=True):
    api_version: str = "authentication.k8s.io/v1"
    kind: str = "TokenRequest"
    spec: _Wish


class _Grant(_Camel, frozen=True, kw_only=True):
    token: str
    expiration_timestamp: datetime

    # A generated repr would show the token.
    def __repr__(self) -> str:
        return "_Grant(***)"


class _Reply(_Camel, frozen=True, kw_only=True):
    status: _Grant


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """The Secret with which a token ends."""

    name: str
    uid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeToken:
    """A new token."""

    value: SecretValue
    expires_at: datetime
    """UTC; the API server may have given another life than was asked for."""


class TokenSource(Protocol):
    """Who makes tokens."""

    @property
    def namespace(self) -> str:
        """Of the ServiceAccounts."""

    async def make(self, service_account: str, bound_to: Binding, lifetime: timedelta) -> MadeToken:
        """See `TokenMaker`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenMaker:
    """Makes tokens for the API server itself."""

    api: KubeClient = field(repr=False)
    namespace: str

    async def make(self, service_account: str, bound_to: Binding, lifetime: timedelta) -> MadeToken:
        """Ask for a token that ends with its Secret.

        Raises:
            PlaceError: the API server refuses it or cannot be asked; one line that says what to do.
        """
        wish = _Wish(
            expiration_seconds=int(lifetime.total_seconds()),
            bound_object_ref=_BoundObject(name=bound_to.name, uid=bound_to.uid),
        )
        path = resource_path(
            "v1", "serviceaccounts", namespace=self.namespace, name=service_account, subresource="token"
        )
        try:
            reply = await self.api.post(path, msgspec.json.encode(_Request(spec=wish)), _Reply, sensitive=True)
        except (ApiError, KubeConfigError) as error:
            raise PlaceError(f"ServiceAccount {self.namespace}/{service_account}: {_problem(error)}") from error
        return MadeToken(value=SecretValue(reply.status.token.encode()), expires_at=reply.status.expiration_timestamp)


def _problem(error: ApiError | KubeConfigError) -> str:
    match error:
        case NotFoundError():
            return "not found, or its Secret is not: apply the chart again"
        case ForbiddenError() | InvalidError() if error.mentions(_AUDIENCE_MARKER):
            return "the admission policy refuses the API server's own audience: name it in certificates.apiAudiences"
        case ForbiddenError() | InvalidError():
            return "a token is refused: the chart's Role and admission policy must allow it; apply the chart again"
        case _:
            return f"no token: {error}"
