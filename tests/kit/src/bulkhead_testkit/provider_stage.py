"""A provider that does as the test says, behind a real server with real certificates."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from bulkhead_api.provider import Maintenance, Shape, StoreCapability, ValidationResult
from bulkhead_api.secret_value import SecretValue
from bulkhead_provider_sdk.listen import UnixSocket
from bulkhead_provider_sdk.policy_source import PolicySource
from bulkhead_provider_sdk.provider import (
    Call,
    Capability,
    Fields,
    Found,
    Outcome,
    ProviderInfo,
    Query,
    Ref,
    Validation,
    Value,
)
from bulkhead_provider_sdk.server import RunningServer, ServerSettings, running_server
from bulkhead_runtime.spiffe import DEFAULT_TRUST_DOMAIN, controller_id, provider_id
from bulkhead_runtime.tls import TlsSource
from bulkhead_runtime.trust import Trust
from bulkhead_testkit.authority import Authority, Denied, Leaf, Usage
from bulkhead_testkit.grpc_caller import open_channel, provider_stub

if TYPE_CHECKING:
    # The asynchronous stub's type exists in the .pyi file alone.
    from bulkhead.provider.v1.provider_service_pb2_grpc import ProviderServiceAsyncStub

SERVER_ID: Final = provider_id(DEFAULT_TRUST_DOMAIN, "tiny")
CONTROLLER: Final = Leaf(spiffe_id=controller_id(DEFAULT_TRUST_DOMAIN), usage=Usage.CLIENT)
_ALLOW_ALL: Final = b'rules: [{namespaces: ["*"]}]\n'


async def echo_key(ref: Ref) -> Outcome:
    """Answer `value of <key>`, as the field `field` where a map is wanted."""
    value = SecretValue(f"value of {ref.key}".encode())
    return Value(data=value, version="7") if ref.shape is Shape.VALUE else Fields(fields={"field": value})


@dataclass
class ScriptedProvider:
    """Answers as its fields say."""

    answer: Callable[[Ref], Awaitable[Outcome]] = echo_key
    """What becomes of a reference."""
    validate_store: Callable[[Call], Awaitable[Validation]] | None = None
    """None means that every store is ready."""
    found: Sequence[Found] = ()
    capabilities: frozenset[Capability] = frozenset({Capability.MAP, Capability.READ})
    maintenance: Maintenance = Maintenance.MAINTAINED
    queries: list[Query] = field(default_factory=list)
    seen: list[Call] = field(default_factory=list)
    """The calls that came through."""

    @property
    def info(self) -> ProviderInfo:
        """Serve `fake` and `other`."""
        return ProviderInfo(
            version="1.2.3",
            store_providers=frozenset({"other", "fake"}),
            capabilities=self.capabilities,
            maintenance=self.maintenance,
        )

    async def validate(self, call: Call) -> Validation:
        """Say what `validate_store` says."""
        self.seen.append(call)
        if self.validate_store is not None:
            return await self.validate_store(call)
        return Validation(result=ValidationResult.READY, capability=StoreCapability.READ_ONLY)

    async def batch_get(self, call: Call, refs: Sequence[Ref]) -> Sequence[Outcome]:
        """Say what `answer` says."""
        self.seen.append(call)
        return [await self.answer(ref) for ref in refs]

    async def find(self, call: Call, query: Query) -> AsyncIterator[Found]:
        """Give `found`."""
        self.seen.append(call)
        self.queries.append(query)
        for each in self.found:
            yield each

    async def close(self) -> None:
        """Let go of nothing."""


@dataclass
class ProviderStage:
    """One server, `SERVER_ID`, and the callers that a test wants."""

    authority: Authority
    directory: Path
    provider: ScriptedProvider
    settings: ServerSettings

    @classmethod
    def new(cls, directory: Path) -> Self:
        """Make certificates and a policy that allows everything; the server listens on a Unix socket."""
        authority = Authority.new()
        sockets = directory / "sockets"
        sockets.mkdir(mode=0o750)
        settings = ServerSettings(
            listen=UnixSocket(sockets / "provider.sock"),
            tls_dir=authority.issue(Leaf(spiffe_id=SERVER_ID, usage=Usage.SERVER), directory / "tls"),
            trust_domain=DEFAULT_TRUST_DOMAIN,
        )
        stage = cls(authority, directory, ScriptedProvider(), settings)
        stage.policy_file.write_bytes(_ALLOW_ALL)
        return stage

    @property
    def policy_file(self) -> Path:
        """Where the policy stands."""
        return self.directory / "policy.yaml"

    def identity(self, leaf: Leaf = CONTROLLER, *, issuer: Authority | None = None) -> Path:
        """Issue a certificate, by default of the stage's own authority, and trust that authority in any case."""
        directory = self.directory / f"caller-{leaf.spiffe_id.path.replace('/', '-')}"
        return (issuer or self.authority).issue(leaf, directory, roots=self.authority.roots)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[RunningServer]:
        """Run the server."""
        trust = Trust(TlsSource(self.settings.tls_dir), require_denylist=self.settings.require_denylist)
        policy = PolicySource(self.policy_file)
        async with running_server(self.settings, self.provider, policy, trust) as server:
            yield server

    def deny(self, denied: Denied) -> None:
        """Give the server a new denylist."""
        self.authority.deny(self.settings.tls_dir, denied)

    @asynccontextmanager
    async def calling(self, server: RunningServer, identity: Path | None) -> AsyncIterator["ProviderServiceAsyncStub"]:
        """Call a running server on a connection of one's own; without an identity, without a certificate."""
        roots = self.authority.roots if identity is None else None
        async with open_channel(server.target, server=SERVER_ID, identity=identity, roots=roots) as channel:
            yield provider_stub(channel)

    @asynccontextmanager
    async def as_controller(self) -> AsyncIterator["ProviderServiceAsyncStub"]:
        """Run the server and call it as the controller."""
        async with self.serving() as server, self.calling(server, self.identity()) as stub:
            yield stub
