"""A CA in a volume of somebody else: used, never written, and its rotation is theirs."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from prometheus_client import CollectorRegistry

from bulkhead_api.certificates import CertificateStatus
from bulkhead_api.secret_value import SecretValue
from bulkhead_certcontroller.authority import Authority, make_authority
from bulkhead_certcontroller.directory import DirectoryPlace, directory_places
from bulkhead_certcontroller.documents import FileDocument
from bulkhead_certcontroller.identities import Identity, Usage
from bulkhead_certcontroller.metrics import Metrics
from bulkhead_certcontroller.mounted import MountedPlace, kept_authority
from bulkhead_certcontroller.place import PlaceChangedError, PlaceError, PlaceReadOnlyError, Places
from bulkhead_certcontroller.reconcile import Dialogue, Reconciler, Terms
from bulkhead_runtime.spiffe import SpiffeId

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
TD = "bulkhead.local"
CLIENT = Identity(name="controller", spiffe_id=SpiffeId(TD, "controller"), usage=Usage.CLIENT)
CA = make_authority(TD, 365 * DAY, now=NOW)


def mount(path: Path, authority: Authority) -> None:
    path.mkdir(exist_ok=True)
    for name, content in authority.files().items():
        (path / name).unlink(missing_ok=True)
        (path / name).write_bytes(content.reveal())
        (path / name).chmod(0o440)


@pytest.fixture
def place(tmp_path: Path) -> MountedPlace:
    mount(tmp_path / "ca", CA)
    return MountedPlace(tmp_path / "ca")


async def test_it_gives_the_mounted_files(place: MountedPlace) -> None:
    held = await place.read()

    assert held.files == CA.files()
    assert not held.exposed


async def test_what_is_ours_is_remembered_beside_them(place: MountedPlace) -> None:
    await place.write({**CA.files(), "state.json": SecretValue(b"{}")}, await place.read())

    assert (await place.read()).files == {**CA.files(), "state.json": SecretValue(b"{}")}


async def test_another_ca_is_refused(place: MountedPlace) -> None:
    other = make_authority(TD, DAY, now=NOW)
    with pytest.raises(PlaceReadOnlyError, match="cannot be written"):
        await place.write(other.files(), await place.read())


async def test_a_writer_that_saw_another_state_is_refused(place: MountedPlace, tmp_path: Path) -> None:
    seen = await place.read()
    mount(tmp_path / "ca", make_authority(TD, DAY, now=NOW))
    with pytest.raises(PlaceChangedError):
        await place.write(CA.files(), seen)


async def test_a_key_that_everybody_may_read_is_exposed(place: MountedPlace, tmp_path: Path) -> None:
    (tmp_path / "ca" / "ca.key").chmod(0o444)

    assert (await place.read()).exposed


async def test_a_file_may_be_missing_and_a_folder_in_its_place_is_named(place: MountedPlace, tmp_path: Path) -> None:
    (tmp_path / "ca" / "ca.key").unlink()
    assert set((await place.read()).files) == {"ca.crt"}
    (tmp_path / "ca" / "ca.key").mkdir()
    with pytest.raises(PlaceError, match=r"read-only directory .*: Is a directory"):
        await place.read()


def test_a_directory_that_can_be_written_or_made_is_ours(tmp_path: Path) -> None:
    assert isinstance(kept_authority(tmp_path), DirectoryPlace)
    assert isinstance(kept_authority(tmp_path / "missing"), DirectoryPlace)


@pytest.mark.usefixtures("ordinary_user")
def test_a_directory_that_cannot_be_written_is_somebody_elses() -> None:
    assert isinstance(kept_authority(Path("/usr")), MountedPlace)


async def test_a_rotation_that_is_asked_for_is_a_condition_and_all_else_goes_on(tmp_path: Path) -> None:
    mount(tmp_path / "ca", CA)
    status, requests = FileDocument(path=tmp_path / "status.yaml"), tmp_path / "requests.yaml"
    requests.write_text("rotation: {id: r1}\nrevocations: [{serial: abc}]")
    leaves = directory_places(tmp_path / "output", tmp_path / "unused", [CLIENT]).leaves

    def started() -> Reconciler:
        return Reconciler(
            Places(authority=MountedPlace(tmp_path / "ca"), leaves=leaves),
            [CLIENT],
            Terms(trust_domain=TD, leaf_lifetime=DAY, authority_lifetime=365 * DAY),
            metrics=Metrics(CollectorRegistry()),
            clock=lambda: NOW,
            dialogue=Dialogue(requests=FileDocument(path=requests), status=status),
        )

    first = await started().run_pass()
    requests.write_text("")
    again = await started().run_pass()
    said = msgspec.yaml.decode((await status.read()).text, type=CertificateStatus)

    assert (first.issued, first.failed, again.issued, again.failed) == (("controller",), (), (), ())
    assert (tmp_path / "output" / "controller" / "ca.crt").read_bytes() == CA.bundle
    # The second program has found in the places what the first one had denied.
    assert said.denylist is not None
    assert [each.serial for each in said.denylist.entries] == ["abc"]


async def test_the_condition_of_a_ca_that_cannot_be_replaced_says_so(tmp_path: Path) -> None:
    mount(tmp_path / "ca", CA)
    status = FileDocument(path=tmp_path / "status.yaml")
    leaves = directory_places(tmp_path / "output", tmp_path / "unused", [CLIENT]).leaves
    reconciler = Reconciler(
        Places(authority=MountedPlace(tmp_path / "ca"), leaves=leaves),
        [CLIENT],
        Terms(trust_domain=TD, leaf_lifetime=DAY, authority_lifetime=365 * DAY),
        metrics=Metrics(CollectorRegistry()),
        clock=lambda: NOW + 300 * DAY,
        dialogue=Dialogue(status=status),
    )
    await reconciler.run_pass()
    said = msgspec.yaml.decode((await status.read()).text, type=CertificateStatus)

    assert {each.type: each.reason for each in said.conditions}["RotationProgressing"] == "AuthorityReadOnly"
