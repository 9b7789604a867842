"""The Vault provider: calls of the wire in, Vault's answers out."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from importlib.metadata import version
from typing import Final

from bulkhead_api.errors import InvalidRefError, ProviderError
from bulkhead_api.external_secret import MetadataPolicy
from bulkhead_api.provider import Shape, StoreCapability, ValidationResult
from bulkhead_api.secret_value import SecretValue
from bulkhead_provider_sdk.context import Context
from bulkhead_provider_sdk.policy import Operation
from bulkhead_provider_sdk.provider import (
    Call,
    Capability,
    Fields,
    Found,
    NotModified,
    Outcome,
    ProviderInfo,
    Query,
    Ref,
    Validation,
    Value,
)
from bulkhead_provider_sdk.references.scope import ReferentError
from bulkhead_provider_sdk.regexps import regexp_from
from bulkhead_provider_vault.client import VaultClient
from bulkhead_provider_vault.failures import Answer, Place, error_from
from bulkhead_provider_vault.mapping import Secret, fields_from, secret_from, value_from
from bulkhead_provider_vault.metadata import metadata_secret_from
from bulkhead_provider_vault.paths import data_path, metadata_path, searched_path
from bulkhead_provider_vault.search import Search
from bulkhead_provider_vault.sessions import Sessions
from bulkhead_provider_vault.spec import Backend, KvVersion, backend_from
from bulkhead_provider_vault.tokens import Request
from bulkhead_provider_vault.transport import Reply

_FIND_AT_ONCE: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """One read from Vault, which any number of references may share."""

    path: str
    version: str = ""
    metadata: bool = False
    """Whether what Vault knows about the secret is wanted, and not its values."""

    @property
    def request(self) -> Request:
        """The request that makes it."""
        return partial(VaultClient.read, path=self.path, version=self.version)


class VaultProvider:
    """Reads from any number of Vault and OpenBao servers, with the credential of this process or with a store's own."""

    def __init__(self, context: Context) -> None:
        """Prepare; nothing is connected yet."""
        self._sessions = Sessions(context)
        self._info = ProviderInfo(
            version=version("bulkhead-provider-vault"),
            store_providers=frozenset({"vault"}),
            capabilities=frozenset(
                {
                    Capability.READ,
                    Capability.MAP,
                    Capability.FIND_BY_NAME,
                    Capability.FIND_BY_TAG,
                    Capability.NOT_MODIFIED,
                }
            ),
        )

    @property
    def info(self) -> ProviderInfo:
        """What this server is."""
        return self._info

    async def validate(self, call: Call) -> Validation:
        """Check the spec, and ask Vault whether it takes our token.

        A store whose credential is in the namespace of each consumer cannot be tried without one.

        Source: ESO's Vault provider, Validate.
        """
        try:
            return await self._validated(call)
        except ReferentError:
            return Validation(result=ValidationResult.UNKNOWN, capability=StoreCapability.READ_ONLY)

    async def _validated(self, call: Call) -> Validation:
        async with self._sessions.of(call) as session:
            result = await session.ask([VaultClient.lookup_self])
            answer = result.answers[0]
            if not isinstance(answer, Reply) or answer.status != 200:
                place = Place(subject=f"{call.store.ref}: token", whose=session.backend.whose)
                raise error_from(answer, place, token_accepted=False)
            return Validation(
                result=ValidationResult.READY,
                # Not ESO's ReadWrite: nothing here can push.
                capability=StoreCapability.READ_ONLY,
                warnings=session.backend.warnings,
            )

    def backend_key(self, call: Call, key: str, operation: Operation) -> str:
        """Give the path of the value in Vault's API, as Vault's own policies spell it, behind its namespace."""
        backend = backend_from(call.store)
        path_of = searched_path if operation is Operation.FIND else data_path
        try:
            path = path_of(key, mount=backend.mount, version=backend.version)
        except InvalidRefError as error:
            raise InvalidRefError(f"{_place(call, key)}: {error}") from None
        return f"{backend.namespace}/{path}" if backend.namespace else path

    async def batch_get(self, call: Call, refs: Sequence[Ref]) -> Sequence[Outcome]:
        """Read each secret once, however many of its properties are wanted."""
        async with self._sessions.of(call) as session:
            reads = [_read_from(ref, call, session.backend) for ref in refs]
            wanted = list(dict.fromkeys(read for read in reads if isinstance(read, _Read)))
            result = await session.ask([read.request for read in wanted])
        batch = _Batch(
            backend=session.backend,
            answers=dict(zip(wanted, result.answers, strict=True)),
            token_accepted=result.token_accepted,
        )
        return [
            read
            if isinstance(read, ProviderError)
            else batch.outcome(ref, read, _place(call, ref.key, read.path, whose=session.backend.whose))
            for ref, read in zip(refs, reads, strict=True)
        ]

    async def find(self, call: Call, query: Query) -> AsyncIterator[Found]:
        """Look through all folders below the path, or below the mount; deleted secrets are left out.

        Where there is a name expression the tags do not count, and on KV version 1 they are refused in any case.

        Source: ESO's Vault provider, GetAllSecrets.
        """
        matcher = regexp_from(query.name_regexp)
        tags = {} if query.name_regexp else query.tags
        async with self._sessions.of(call) as session:
            if query.tags and session.backend.version is KvVersion.V1:
                raise InvalidRefError(f"{call.store.ref}: find.tags: KV version 1 keeps no metadata: use find.name")
            search = Search(session, call.store.ref)
            names = [name for name in await search.names_below(query.path) if matcher.matches(name)]
            for first in range(0, len(names), _FIND_AT_ONCE):
                chunk: Sequence[str] = names[first : first + _FIND_AT_ONCE]
                if tags:
                    chunk = await search.tagged(chunk, tags)
                for found in await search.read(chunk):
                    yield found

    async def close(self) -> None:
        """End the tokens that were made here and close all connections."""
        await self._sessions.close()


def _read_from(ref: Ref, call: Call, backend: Backend) -> _Read | ProviderError:
    """Say what to read for a reference, or why nothing can be."""
    if ref.metadata_policy is MetadataPolicy.FETCH:
        return _metadata_read_from(ref, call, backend)
    if ref.version and backend.version is KvVersion.V1:
        return InvalidRefError(f"{_place(call, ref.key)}: version: KV version 1 keeps no versions: leave it out")
    if ref.version and not (ref.version.isascii() and ref.version.isdecimal()):
        return InvalidRefError(f"{_place(call, ref.key)}: version: must be a whole number")
    try:
        return _Read(path=data_path(ref.key, mount=backend.mount, version=backend.version), version=ref.version)
    except InvalidRefError as error:
        return InvalidRefError(f"{_place(call, ref.key)}: {error}")


def _metadata_read_from(ref: Ref, call: Call, backend: Backend) -> _Read | ProviderError:
    """Say where a secret's metadata stands. A version of the reference means nothing there. Source: ESO, GetSecret."""
    if backend.version is KvVersion.V1:
        return InvalidRefError(
            f"{_place(call, ref.key)}: metadataPolicy Fetch: KV version 1 keeps no metadata: leave it out"
        )
    try:
        return _Read(path=metadata_path(ref.key, mount=backend.mount), metadata=True)
    except InvalidRefError as error:
        return InvalidRefError(f"{_place(call, ref.key)}: {error}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
    """What Vault answered to a batch, each secret taken apart once for all references to it."""

    backend: Backend
    answers: Mapping[_Read, Answer]
    token_accepted: bool
    secrets: dict[_Read, Secret] = field(default_factory=dict)

    def outcome(self, ref: Ref, read: _Read, place: Place) -> Outcome:
        """Say what became of one reference."""
        try:
            secret = self._secret(read, place)
            if ref.known_version and ref.known_version == secret.version:
                return NotModified()
            if ref.shape is Shape.MAP:
                return Fields(fields=fields_from(secret, ref.property, place), version=secret.version)
            return Value(data=SecretValue(value_from(secret, ref.property, place)), version=secret.version)
        except ProviderError as error:
            return error

    def _secret(self, read: _Read, place: Place) -> Secret:
        if read not in self.secrets:
            answer, accepted = self.answers[read], self.token_accepted
            self.secrets[read] = (
                metadata_secret_from(answer, place=place, token_accepted=accepted)
                if read.metadata
                else secret_from(answer, version=self.backend.version, place=place, token_accepted=accepted)
            )
        return self.secrets[read]


def _place(call: Call, key: str, path: str = "", *, whose: str = "") -> Place:
    place = Place(subject=f'{call.store.ref}: key "{key}"', path=path)
    return replace(place, whose=whose) if whose else place
