"""Provider servers that are away, hang, lie, or are not who they should be; and callers that are not."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from bulkhead.provider.v1 import provider_service_pb2 as pb
from bulkhead_api.errors import CallerNotAllowedError
from bulkhead_provider_sdk.listen import UnixSocket
from bulkhead_runtime.rpc_status import provider_error_from_rpc
from bulkhead_runtime.spiffe import DEFAULT_TRUST_DOMAIN, controller_id, provider_id, pusher_id
from bulkhead_testkit import rogue_provider
from bulkhead_testkit.admin import Admin
from bulkhead_testkit.authority import Authority, Leaf, Usage
from bulkhead_testkit.grpc_caller import open_channel, provider_stub, request_context
from bulkhead_testkit.manifests import external_secret, fake_store
from bulkhead_testkit.process import Process, frozen
from bulkhead_testkit.rogue_provider import Answer, RogueProvider
from bulkhead_testkit.stack import NAMESPACE, VAULT_MOUNT, Stack
from bulkhead_testkit.survivor import Survivor

FAKE = "provider-fake"
SERVER = Leaf(spiffe_id=provider_id(DEFAULT_TRUST_DOMAIN, "fake"), usage=Usage.SERVER)
CONTROLLER = Leaf(spiffe_id=controller_id(DEFAULT_TRUST_DOMAIN), usage=Usage.CLIENT)
PAST = timedelta(hours=-1)


@dataclass(frozen=True)
class Installation:
    """Where the fake provider's server listens, and whose certificates can be had."""

    stack: Stack
    folder: Path
    authority: Authority
    """The installation's own CA, stolen."""

    @property
    def listen(self) -> UnixSocket:
        return UnixSocket(Path(_flag(self.stack.container(FAKE), "listen").removeprefix("unix://")))

    def tls_dir(self, container: str) -> Path:
        return Path(_flag(self.stack.container(container), "tls-dir"))

    def issued(self, leaf: Leaf, *, authority: Authority | None = None) -> Path:
        return (authority or self.authority).issue(leaf, self.folder / "tls", roots=self.authority.roots)

    @contextmanager
    def without_server(self) -> Iterator[None]:
        """Stop the real server meanwhile."""
        assert self.stack.container(FAKE).stop() == 0
        try:
            yield
        finally:
            self.stack.start_container(FAKE)

    @contextmanager
    def replaced_by(self, rogue: AbstractContextManager[object]) -> Iterator[None]:
        """Run another server in the place of the real one."""
        with self.without_server(), rogue:
            yield


@pytest.fixture
def installation(stack: Stack, tmp_path: Path) -> Installation:
    ca = stack.admin.secret(NAMESPACE, "bulkhead-ca")
    assert ca is not None
    key = load_pem_private_key(ca.data["ca.key"], password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return Installation(stack, tmp_path, Authority(key, x509.load_pem_x509_certificate(ca.data["ca.crt"])))


@pytest.fixture
def survivor(admin: Admin, namespace: str) -> Survivor:
    admin.apply(fake_store(namespace, {"k": "good"}))
    data = {"k": {"key": "k"}}
    return Survivor.synced(
        admin, namespace, external_secret(namespace, "kept", store="fake", data=data, refresh_interval="1s")
    )


def test_a_stopped_server_is_named_until_it_runs_again(installation: Installation, survivor: Survivor) -> None:
    with installation.without_server():
        survivor.fails('could not get secret data from provider: provider server "fake": cannot be reached')
    survivor.recovers()


def test_a_hanging_server_is_given_up_at_the_deadline(stack: Stack, survivor: Survivor) -> None:
    with frozen(stack.container(FAKE).pid):
        survivor.fails('provider server "fake": did not answer in time')
    survivor.recovers()


@pytest.mark.usefixtures("vault")
def test_a_hanging_server_holds_up_no_other(stack: Stack, admin: Admin, namespace: str, survivor: Survivor) -> None:
    stack.backend.put(VAULT_MOUNT, f"{namespace}/k", {"v": "fresh"})
    with frozen(stack.container(FAKE).pid):
        refs = {"v": {"key": f"{namespace}/k", "property": "v"}}
        Survivor.synced(admin, namespace, external_secret(namespace, "quick", data=refs))
    survivor.recovers()


def test_a_server_that_speaks_no_tls_is_told_nothing(installation: Installation, survivor: Survivor) -> None:
    with installation.replaced_by(rogue_provider.noise(installation.listen)):
        survivor.fails('provider server "fake": TLS handshake failed')
    survivor.recovers()


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        pytest.param(rogue_provider.garbage, 'provider server "fake": the reply does not decode', id="is-no-message"),
        pytest.param(rogue_provider.one_result_short, "0 results for 1 references", id="lacks-a-result"),
        pytest.param(
            rogue_provider.for_another_store,
            'was asked for store "{namespace}/fake" and answered for store "other/tenant"',
            id="is-for-another-store",
        ),
    ],
)
def test_a_reply_is_dropped_that(installation: Installation, survivor: Survivor, answer: Answer, says: str) -> None:
    with installation.replaced_by(RogueProvider(installation.listen, installation.tls_dir(FAKE), answer)):
        survivor.fails(says.format(namespace=survivor.namespace))
        survivor.fails("the whole reply was dropped")
    survivor.recovers()


@pytest.mark.parametrize(
    ("certificate", "says"),
    [
        pytest.param(
            lambda own: own.tls_dir("provider-vault"),
            "the certificate at its address names another identity",
            id="is-another-servers",
        ),
        pytest.param(
            lambda own: own.issued(SERVER, authority=Authority.new()),
            "TLS handshake failed (",
            id="is-of-another-authority",
        ),
        pytest.param(
            lambda own: own.issued(Leaf(spiffe_id=SERVER.spiffe_id, usage=Usage.SERVER, lifetime=PAST)),
            "TLS handshake failed (certificate has expired)",
            id="has-expired",
        ),
    ],
)
def test_a_server_is_asked_nothing_when_its_certificate(
    installation: Installation, survivor: Survivor, certificate: Callable[[Installation], Path], says: str
) -> None:
    rogue = RogueProvider(installation.listen, certificate(installation), rogue_provider.well_formed)
    with installation.replaced_by(rogue):
        survivor.fails(says)
        survivor.fails("not spiffe://bulkhead.local/provider/fake: nothing was sent to it")
    assert rogue.requests == 0
    survivor.recovers()


@pytest.mark.parametrize(
    "identity",
    [
        pytest.param(lambda _: None, id="has-no-certificate"),
        pytest.param(lambda own: own.issued(CONTROLLER, authority=Authority.new()), id="is-of-another-authority"),
        pytest.param(
            lambda own: own.issued(Leaf(spiffe_id=CONTROLLER.spiffe_id, usage=Usage.CLIENT, lifetime=PAST)),
            id="has-expired",
        ),
        pytest.param(lambda own: own.tls_dir("provider-vault"), id="is-a-server"),
    ],
)
async def test_a_caller_does_not_get_through_the_handshake_who(
    installation: Installation, identity: Callable[[Installation], Path | None]
) -> None:
    assert await _call(installation, installation.tls_dir("controller")) is None
    error = await _call(installation, identity(installation))
    assert error is not None
    assert error.code() is grpc.StatusCode.UNAVAILABLE


async def test_a_caller_of_another_identity_is_not_allowed(installation: Installation) -> None:
    pusher = installation.issued(Leaf(spiffe_id=pusher_id(DEFAULT_TRUST_DOMAIN), usage=Usage.CLIENT))
    error = await _call(installation, pusher)
    assert error is not None
    refusal = provider_error_from_rpc(error, where="")
    assert isinstance(refusal, CallerNotAllowedError)
    assert refusal.message == 'caller "spiffe://bulkhead.local/pusher": may not call BatchGet here'


async def _call(own: Installation, identity: Path | None) -> grpc.aio.AioRpcError | None:
    """Read a secret from the fake provider; give the error, None if it was answered."""
    roots = own.authority.roots
    spec = b'{"data": [{"key": "k", "value": "v"}]}'
    request = pb.BatchGetRequest(context=request_context(spec_json=spec), refs=[pb.Ref(key="k", shape=pb.SHAPE_VALUE)])
    async with open_channel(str(own.listen), server=SERVER.spiffe_id, identity=identity, roots=roots) as channel:
        try:
            reply = await provider_stub(channel).BatchGet(request, timeout=5)
        except grpc.aio.AioRpcError as error:
            return error
    assert reply.results[0].value.data == b"v"
    return None


def _flag(process: Process, name: str) -> str:
    return next(each.partition("=")[2] for each in process.argv if each.startswith(f"--{name}="))
