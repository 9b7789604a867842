"""Whole passes over directories, with a clock of the test's own."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from prometheus_client import CollectorRegistry

from bulkhead_api.secret_value import SecretValue
from bulkhead_certcontroller.authority import make_authority
from bulkhead_certcontroller.directory import directory_places
from bulkhead_certcontroller.identities import Identity, Usage, load_identities
from bulkhead_certcontroller.metrics import Metrics
from bulkhead_certcontroller.place import Held, PlaceChangedError, Places
from bulkhead_certcontroller.reconcile import PassResult, Reconciler, Terms
from bulkhead_runtime.spiffe import SpiffeId

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
TD = "bulkhead.local"
TERMS = Terms(trust_domain=TD, leaf_lifetime=DAY, authority_lifetime=365 * DAY)
SERVER = Identity(name="provider-vault", spiffe_id=SpiffeId(TD, "provider/vault"), usage=Usage.SERVER)
CLIENT = Identity(name="controller", spiffe_id=SpiffeId(TD, "controller"), usage=Usage.CLIENT)
ALL = ("provider-vault", "controller")


class Installation:
    """Two identities in directories, and a clock that stands until the test moves it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.now = NOW
        self.registry = CollectorRegistry()
        self.places = directory_places(root / "output", root / "ca", [SERVER, CLIENT])
        self.reconciler = self.restarted(self.registry)

    def restarted(self, registry: CollectorRegistry | None = None) -> Reconciler:
        metrics = Metrics(registry or CollectorRegistry())
        return Reconciler(self.places, [SERVER, CLIENT], TERMS, metrics=metrics, clock=lambda: self.now)

    def file(self, identity: str, name: str) -> bytes:
        return (self.root / "output" / identity / name).read_bytes()

    def sample(self, name: str, **labels: str) -> float | None:
        return self.registry.get_sample_value(name, labels)


@pytest.fixture
def installed(tmp_path: Path) -> Installation:
    return Installation(tmp_path)


async def test_the_first_pass_makes_the_ca_and_every_certificate(installed: Installation) -> None:
    result = await installed.reconciler.run_pass()
    root = x509.load_pem_x509_certificate((installed.root / "ca" / "ca.crt").read_bytes())

    assert (result.issued, result.failed) == (ALL, ())
    for name in ALL:
        x509.load_pem_x509_certificate(installed.file(name, "tls.crt")).verify_directly_issued_by(root)
        assert b"CERTIFICATE" in installed.file(name, "ca.crt")


async def test_a_pass_changes_nothing_when_all_is_well(installed: Installation) -> None:
    first = await installed.reconciler.run_pass()
    before = installed.file("controller", "tls.crt")
    second = await installed.restarted().run_pass()

    assert second == PassResult(renew_at=first.renew_at)
    assert installed.file("controller", "tls.crt") == before


async def test_certificates_are_renewed_at_two_thirds_of_their_life_under_the_same_ca(installed: Installation) -> None:
    first = await installed.reconciler.run_pass()
    root, key = (installed.root / "ca" / "ca.crt").read_bytes(), installed.file("controller", "tls.key")
    assert first.renew_at is not None
    installed.now = first.renew_at - timedelta(seconds=1)
    early = await installed.reconciler.run_pass()
    installed.now = NOW + DAY * 2 / 3
    late = await installed.reconciler.run_pass()

    assert (early.issued, late.issued) == ((), ALL)
    assert (installed.root / "ca" / "ca.crt").read_bytes() == root
    assert installed.file("controller", "tls.key") != key
    assert installed.sample("bulkhead_certificate_expiry_timestamp_seconds", identity="controller") == pytest.approx(
        (installed.now + DAY).timestamp(), abs=1
    )
    assert installed.sample("bulkhead_certificates_issued_total", identity="controller", reason="RenewalDue") == 1


async def test_only_the_damaged_identity_is_issued_anew(installed: Installation) -> None:
    await installed.reconciler.run_pass()
    (installed.root / "output" / "controller" / "tls.key").unlink()

    assert (await installed.reconciler.run_pass()).issued == ("controller",)


async def test_one_identity_that_cannot_be_written_does_not_stop_the_others(installed: Installation) -> None:
    (installed.root / "output").mkdir()
    (installed.root / "output" / "provider-vault").write_text("a file in the way")
    result = await installed.reconciler.run_pass()

    assert (result.issued, result.failed) == (("controller",), ("provider-vault",))
    assert installed.sample("bulkhead_certificate_failures_total", identity="provider-vault") == 1


async def test_a_broken_ca_is_never_replaced(installed: Installation) -> None:
    await installed.reconciler.run_pass()
    place = installed.places.authority
    held = await place.read()
    await place.write({**held.files, "ca.key": make_authority(TD, DAY, now=NOW).files()["ca.key"]}, held)
    before = (await place.read()).version
    (installed.root / "output" / "controller" / "tls.key").unlink()
    result = await installed.reconciler.run_pass()

    assert (result.issued, result.failed) == ((), ALL)
    assert (await place.read()).version == before
    assert installed.sample("bulkhead_ca_failures_total") == 1


async def test_a_ca_that_others_may_read_signs_nothing_more(installed: Installation) -> None:
    await installed.reconciler.run_pass()
    (installed.root / "ca" / "ca.key").chmod(0o444)
    installed.now += DAY

    assert (await installed.reconciler.run_pass()).failed == ALL


@pytest.mark.parametrize(
    ("later", "due", "failed"),
    [
        pytest.param(200 * DAY, 0, (), id="is-used-before-two-thirds-of-its-life"),
        pytest.param(365 * DAY, 1, ALL, id="is-not-used-after-its-end"),
        pytest.param(-DAY, 0, ALL, id="is-not-used-before-its-beginning"),
    ],
)
async def test_the_ca(installed: Installation, later: timedelta, due: float, failed: tuple[str, ...]) -> None:
    await installed.reconciler.run_pass()
    root = (installed.root / "ca" / "ca.crt").read_bytes()
    installed.now += later
    result = await installed.reconciler.run_pass()

    assert result.failed == failed
    assert installed.sample("bulkhead_ca_renewal_due") == due
    assert (installed.root / "ca" / "ca.crt").read_bytes() == root


async def test_an_emptied_ca_is_made_anew_and_moves_every_identity(installed: Installation) -> None:
    await installed.reconciler.run_pass()
    for name in ("ca.crt", "ca.key"):
        (installed.root / "ca" / name).unlink()

    assert (await installed.reconciler.run_pass()).issued == ALL


class LostRace:
    """A place in which another certcontroller writes between our read and our write."""

    name = "place of two writers"

    def __init__(self, winner: dict[str, SecretValue]) -> None:
        self._winner: Mapping[str, SecretValue] = winner
        self._files: Mapping[str, SecretValue] = {}

    async def read(self) -> Held:
        return Held(files=self._files)

    async def write(self, files: Mapping[str, SecretValue], seen: Held) -> None:
        if self._winner:
            self._files, self._winner = self._winner, {}
            raise PlaceChangedError("somebody else wrote to it")
        self._files = files


async def test_the_ca_of_whoever_was_first_is_used(installed: Installation) -> None:
    winner = make_authority(TD, 365 * DAY, now=NOW)
    installed.places = Places(authority=LostRace(winner.files()), leaves=installed.places.leaves)
    reconciler = installed.restarted()
    result = await reconciler.run_pass()

    assert (result.failed, result.issued) == ((), ALL)
    assert installed.file("controller", "ca.crt") == winner.bundle


async def test_a_directory_that_may_not_be_written_is_a_failure_and_no_crash(
    installed: Installation, request: pytest.FixtureRequest
) -> None:
    installed.root.chmod(0o500)
    request.getfixturevalue("ordinary_user")
    assert (await installed.reconciler.run_pass()).failed == ALL


async def test_where_somebody_else_is_the_issuer_no_ca_is_made(tmp_path: Path) -> None:
    places = directory_places(tmp_path / "output", tmp_path / "ca", load_identities(None, TD))
    reconciler = Reconciler(places, (), TERMS, metrics=Metrics(CollectorRegistry()), clock=lambda: NOW)
    assert await reconciler.run_pass() == PassResult()
    assert not (tmp_path / "ca").exists()
