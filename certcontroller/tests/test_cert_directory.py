"""The directory place, on a real file system: swapped whole, private, and not to be fooled by its owner."""

import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from bulkhead_api.secret_value import SecretValue
from bulkhead_certcontroller.directory import DirectoryPlace, directory_places
from bulkhead_certcontroller.identities import IdentitiesError, Identity, Usage
from bulkhead_certcontroller.place import Held, PlaceChangedError, PlaceError
from bulkhead_runtime.spiffe import SpiffeId

NAMES = ("tls.crt", "tls.key", "ca.crt")
IS_ROOT = os.geteuid() == 0
STRANGER = 20002


def files(content: bytes) -> Mapping[str, SecretValue]:
    return {name: SecretValue(content + name.encode()) for name in NAMES}


@pytest.fixture
def place(tmp_path: Path) -> DirectoryPlace:
    return DirectoryPlace(path=tmp_path / "output" / "controller", file_names=NAMES, owner=os.geteuid())


async def test_a_missing_directory_holds_nothing(place: DirectoryPlace) -> None:
    assert await place.read() == Held()


async def test_what_was_written_is_read_back(place: DirectoryPlace) -> None:
    await place.write(files(b"1"), await place.read())
    held = await place.read()

    assert held.files == files(b"1")
    assert not held.exposed
    assert {name: (place.path / name).read_bytes() for name in NAMES} == {
        name: value.reveal() for name, value in files(b"1").items()
    }


async def test_only_the_owner_may_enter_and_read(place: DirectoryPlace) -> None:
    await place.write(files(b"1"), await place.read())
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (place.path, place.path / "..data", place.path / "tls.key")]

    assert modes == [0o700, 0o700, 0o400]


async def test_a_new_set_takes_the_place_of_the_old_in_one_step(place: DirectoryPlace) -> None:
    await place.write(files(b"1"), await place.read())
    before = (place.path / "..data").resolve()
    links = {name: (place.path / name).lstat().st_ino for name in NAMES}
    await place.write(files(b"2"), await place.read())

    assert (await place.read()).files == files(b"2")
    # The names that readers open are the same links as before: nothing but `..data` has moved.
    assert {name: (place.path / name).lstat().st_ino for name in NAMES} == links
    assert not before.exists()
    assert len(list(place.path.iterdir())) == len(NAMES) + 2


async def test_a_writer_that_saw_an_older_set_is_refused(place: DirectoryPlace) -> None:
    seen = await place.read()
    await place.write(files(b"1"), seen)
    with pytest.raises(PlaceChangedError, match="somebody else wrote to it"):
        await place.write(files(b"2"), seen)

    assert (await place.read()).files == files(b"1")
    assert len(list(place.path.iterdir())) == len(NAMES) + 2


async def test_what_a_crash_left_behind_is_removed_by_the_next_write(place: DirectoryPlace) -> None:
    left = place.path / "..0123456789abcdef"
    left.mkdir(parents=True)
    (left / "tls.key").write_bytes(b"half")
    await place.write(files(b"1"), await place.read())

    assert not left.exists()
    assert (await place.read()).files == files(b"1")


def empty_a_file(path: Path) -> None:
    (path / "..data" / "tls.crt").unlink()
    (path / "..data" / "tls.crt").touch(0o400)


def put_a_pipe(path: Path) -> None:
    (path / "..data" / "tls.crt").unlink()
    os.mkfifo(path / "..data" / "tls.crt", 0o400)


def put_a_link(path: Path) -> None:
    (path / "stolen").write_bytes(b"of another")
    (path / "..data" / "tls.crt").unlink()
    (path / "..data" / "tls.crt").symlink_to(path / "stolen")


def lead_the_name_elsewhere(path: Path) -> None:
    (path / "stolen").write_bytes(b"of another")
    (path / "tls.crt").unlink()
    (path / "tls.crt").symlink_to("stolen")


def delete_a_file(path: Path) -> None:
    (path / "..data" / "tls.crt").unlink()


def delete_a_name(path: Path) -> None:
    (path / "tls.crt").unlink()


@pytest.mark.parametrize(
    "damage", [empty_a_file, put_a_pipe, put_a_link, lead_the_name_elsewhere, delete_a_file, delete_a_name]
)
async def test_a_damaged_file_counts_as_missing_and_is_repaired(
    place: DirectoryPlace, damage: Callable[[Path], None]
) -> None:
    await place.write(files(b"1"), await place.read())
    damage(place.path)
    held = await place.read()
    await place.write(files(b"2"), held)

    assert "tls.crt" not in held.files
    assert (await place.read()).files == files(b"2")


@pytest.mark.parametrize("target", ["..0123456789abcdef", "/", "../other"], ids=["gone", "root", "sibling"])
async def test_data_that_leads_nowhere_of_ours_is_not_followed(place: DirectoryPlace, target: str) -> None:
    await place.write(files(b"1"), await place.read())
    (place.path / "..data").unlink()
    (place.path / "..data").symlink_to(target)
    held = await place.read()
    await place.write(files(b"2"), held)

    assert held.files == {}
    assert (await place.read()).files == files(b"2")


async def test_a_link_in_place_of_the_directory_is_refused(place: DirectoryPlace, tmp_path: Path) -> None:
    place.path.parent.mkdir()
    place.path.symlink_to(tmp_path)
    with pytest.raises(PlaceError, match=r"directory .*controller: "):
        await place.write(files(b"1"), Held())


@pytest.mark.parametrize("name", ["", "tls.key"], ids=["directory", "key"])
async def test_files_that_others_may_read_are_exposed_until_the_next_write(place: DirectoryPlace, name: str) -> None:
    await place.write(files(b"1"), await place.read())
    (place.path / name).chmod(0o755)
    held = await place.read()
    await place.write(files(b"2"), held)

    assert held.exposed
    assert not (await place.read()).exposed


@pytest.mark.skipif(not IS_ROOT, reason="only root can give files away")
async def test_the_files_belong_to_the_identitys_user(place: DirectoryPlace) -> None:
    theirs = DirectoryPlace(path=place.path, file_names=NAMES, owner=STRANGER)
    await theirs.write(files(b"1"), await theirs.read())
    await theirs.write(files(b"2"), await theirs.read())

    for path in (place.path, place.path / "..data", place.path / "tls.key"):
        assert path.stat().st_uid == STRANGER
    assert not (await theirs.read()).exposed
    assert (await place.read()).exposed


def identity(user: int | None) -> Identity:
    return Identity(name="controller", spiffe_id=SpiffeId("td", "controller"), usage=Usage.CLIENT, user=user)


@pytest.mark.usefixtures("ordinary_user")
def test_another_user_is_refused_without_root(tmp_path: Path) -> None:
    with pytest.raises(IdentitiesError, match="only root can give files to another user"):
        directory_places(tmp_path / "output", tmp_path / "ca", [identity(os.geteuid() + 1)])


def test_one_may_always_own_ones_files(tmp_path: Path) -> None:
    places = directory_places(tmp_path / "output", tmp_path / "ca", [identity(os.geteuid())])

    assert places.leaves["controller"].name == f"directory {tmp_path}/output/controller"


def test_an_identity_cannot_get_the_directory_of_the_ca(tmp_path: Path) -> None:
    with pytest.raises(IdentitiesError, match="is the directory of the CA"):
        directory_places(tmp_path, tmp_path / "controller", [identity(None)])
