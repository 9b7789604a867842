"""An installation in memory: places, processes that load from them when told to, and a program that can be killed.

What it checks at every moment is what a rotation promises: whatever a process may load next, those that it talks to
accept it already.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cryptography import x509
from prometheus_client import CollectorRegistry

from bulkhead_api.secret_value import SecretValue
from bulkhead_certcontroller.answers import Asked, Silence, TlsAnswer
from bulkhead_certcontroller.authority import certificates_from_pem
from bulkhead_certcontroller.denylist import Denylist, read_denylist
from bulkhead_certcontroller.documents import Text
from bulkhead_certcontroller.identities import Identity, Usage
from bulkhead_certcontroller.metrics import Metrics
from bulkhead_certcontroller.place import Held, PlaceChangedError, Places
from bulkhead_certcontroller.reconcile import Dialogue, PassResult, Reconciler, Terms
from bulkhead_runtime.denylist import DENYLIST
from bulkhead_runtime.leaf import subject_key_id
from bulkhead_runtime.spiffe import SpiffeId

START = datetime(2026, 11, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
TD = "bulkhead.local"
SETTLE = timedelta(minutes=10)
TERMS = Terms(trust_domain=TD, leaf_lifetime=DAY, authority_lifetime=365 * DAY, settle=SETTLE)


def identity(name: str, path: str, usage: Usage, **more: tuple[str, ...]) -> Identity:
    return Identity(
        name=name,
        spiffe_id=SpiffeId(TD, path),
        usage=usage,
        acknowledge=more.get("acknowledge", (f"{name}:8080",)),
        dns_names=more.get("dns_names", ()),
    )


CONTROLLER = identity("controller", "controller", Usage.CLIENT)
VAULT = identity("provider-vault", "provider/vault", Usage.SERVER)
SILENT = identity("silent", "provider/silent", Usage.SERVER, acknowledge=())
IDENTITIES = (CONTROLLER, VAULT, SILENT)


class KilledError(BaseException):
    """The program died here."""


@dataclass
class Fuse:
    """Kills the program at one of its next writes, before or after it took place."""

    left: int | None = None
    after: bool = False
    writes: int = 0

    def light(self, left: int | None, *, after: bool = False) -> None:
        """Let `left` more writes happen before the one that kills; None means that nothing kills."""
        self.left, self.after = left, after

    @property
    def is_spent(self) -> bool:
        return self.left is None

    def burn(self, *, after: bool) -> None:
        if not after:
            self.writes += 1
        if self.left is None or after != self.after:
            return
        self.left -= 1
        if self.left < 0:
            self.left = None
            raise KilledError


@dataclass
class MemoryPlace:
    """A place that keeps its files in memory, with the versions of a Secret."""

    name: str
    fuse: Fuse
    files: Mapping[str, SecretValue] = field(default_factory=dict)
    version: int = 0

    async def read(self) -> Held:
        return Held(files=self.files, version=str(self.version))

    async def write(self, files: Mapping[str, SecretValue], seen: Held) -> None:
        self.fuse.burn(after=False)
        if seen.version != str(self.version):
            raise PlaceChangedError(f"{self.name}: somebody else wrote to it")
        self.files, self.version = dict(files), self.version + 1
        self.fuse.burn(after=True)


@dataclass
class MemoryDocument:
    """A document in memory."""

    name: str = "document"
    text: str = ""
    writes: int = 0

    async def read(self) -> Text:
        return Text(text=self.text, version=self.text)

    async def write(self, text: str, seen: Text) -> None:
        self.text, self.writes = text, self.writes + 1


@dataclass
class Process:
    """What runs under an identity, with the files that it has loaded last."""

    identity: Identity
    files: Mapping[str, SecretValue]

    @property
    def leaf(self) -> x509.Certificate:
        return certificates_from_pem(self.files["tls.crt"])[0]

    @property
    def roots(self) -> tuple[x509.Certificate, ...]:
        return certificates_from_pem(self.files["ca.crt"])

    @property
    def denylist(self) -> Denylist | None:
        return read_denylist(self.files[DENYLIST], self.roots)

    def answer(self) -> TlsAnswer:
        issuer = self.leaf.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
        return TlsAnswer(
            identity=str(self.identity.spiffe_id),
            serial=f"{self.leaf.serial_number:x}",
            issuer=(issuer or b"").hex(),
            roots=sorted(map(subject_key_id, self.roots)),
            denylist=None if self.denylist is None else self.denylist.version,
        )


class World:
    """The installation."""

    def __init__(self, identities: Sequence[Identity] = IDENTITIES) -> None:
        self.now = START
        self.fuse = Fuse()
        self.identities = tuple(identities)
        self.authority = MemoryPlace("ca", self.fuse)
        self.leaves = {each.name: MemoryPlace(each.name, self.fuse) for each in identities}
        self.processes: dict[str, Process] = {}
        self.requests, self.status = MemoryDocument(), MemoryDocument()
        self.registry = CollectorRegistry()
        self.reconciler = self.started()

    def started(self) -> Reconciler:
        self.registry = CollectorRegistry()
        return Reconciler(
            Places(authority=self.authority, leaves=self.leaves),
            self.identities,
            TERMS,
            metrics=Metrics(self.registry),
            clock=lambda: self.now,
            dialogue=Dialogue(requests=self.requests, status=self.status, processes=self),
        )

    async def ask(self, identities: Sequence[Identity]) -> Mapping[str, Asked]:
        nobody = Asked(silences=frozenset({Silence.NOBODY_THERE}))
        return {
            each.name: Asked(answers=(self.processes[each.name].answer(),)) if each.name in self.processes else nobody
            for each in identities
        }

    def run_pass(self) -> PassResult | None:
        """Make a pass; None if the program was killed in it, and started again."""
        try:
            return asyncio.run(self.reconciler.run_pass())
        except KilledError:
            self.reconciler = self.started()
            return None

    def reload(self, name: str) -> None:
        """Let a process load what its place holds, and start it if it does not run."""
        identity = next(each for each in self.identities if each.name == name)
        if "tls.crt" in self.leaves[name].files:
            self.processes[name] = Process(identity, self.leaves[name].files)

    def reload_all(self) -> None:
        for name in self.leaves:
            self.reload(name)

    def roots(self) -> list[str]:
        return [subject_key_id(each) for each in certificates_from_pem(self.authority.files["ca.crt"])]

    def settle_down(self) -> None:
        """Let time pass, with every process loading what it is given, until nothing happens any more."""
        for _ in range(12):
            self.run_pass()
            self.reload_all()
            self.now += SETTLE
        self.run_pass()

    def check_that_nobody_is_cut_off(self) -> None:
        """Make sure that every process accepts every certificate and denylist that another uses or may load now."""
        for process in self.processes.values():
            for name, place in self.leaves.items():
                offered = [place.files, *([self.processes[name].files] if name in self.processes else [])]
                for files in filter(None, offered):
                    assert is_accepted(files, process.roots), f"{process.identity.name} would refuse {name}"
            own = self.leaves[process.identity.name].files
            assert read_denylist(own[DENYLIST], certificates_from_pem(own["ca.crt"])) is not None


def is_accepted(files: Mapping[str, SecretValue], roots: Sequence[x509.Certificate]) -> bool:
    leaf = certificates_from_pem(files["tls.crt"])[0]
    return any(leaf.issuer == root.subject for root in roots)
