"""The denylist in a directory: which one counts while files come, go and are spoilt, and waiting for the first."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bulkhead_runtime.denylist import NO_LIST, Denylist
from bulkhead_runtime.metrics import exposition
from bulkhead_runtime.spiffe import controller_id
from bulkhead_runtime.tls import TlsIdentity, TlsSource, WrongIdentityError
from bulkhead_runtime.trust import Trust, wait_for_trust
from bulkhead_testkit.authority import Authority, Denied, Leaf, Usage

CLIENT = Leaf(spiffe_id=controller_id("bulkhead.local"), usage=Usage.CLIENT)
HOUR = timedelta(hours=1)


class Clock:
    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


class Place:
    """A directory, who fills it, and the trust in it."""

    def __init__(self, directory: Path) -> None:
        self.authority = Authority.new()
        self.directory = self.authority.issue(CLIENT, directory)
        self.file = directory / "denylist.jws"
        self.clock = Clock()
        self.trust = Trust(TlsSource(directory), now=self.clock)

    def deny(self, denied: Denied) -> None:
        self.authority.deny(self.directory, denied)

    def version(self) -> int | None:
        return _version(self.trust.denylist())


def _version(denylist: Denylist | None) -> int | None:
    return None if denylist is None else denylist.version


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "tls")


def test_the_list_follows_its_file(place: Place) -> None:
    own = place.trust.identity().leaf
    assert place.trust.refusal_of(own) is None
    place.deny(Denied(serials=[own.serial], version=2))
    assert "is revoked" in (place.trust.refusal_of(own) or "")
    place.deny(Denied(version=3))
    assert place.trust.refusal_of(own) is None


def test_the_list_is_the_same_object_while_nothing_changes(place: Place) -> None:
    assert place.trust.denylist() is place.trust.denylist()


def remove(place: Place) -> None:
    place.file.unlink()


def truncate(place: Place) -> None:
    place.file.write_bytes(place.file.read_bytes()[:-10])


def forge(place: Place) -> None:
    Authority.new().deny(place.directory, Denied(version=9))


def expire(place: Place) -> None:
    place.deny(Denied(version=9, lifetime=-HOUR))


def go_back(place: Place) -> None:
    place.deny(Denied(version=4))


SPOILT = [
    pytest.param(remove, id="is-gone"),
    pytest.param(truncate, id="is-cut-off"),
    pytest.param(forge, id="is-forged"),
    pytest.param(expire, id="has-expired"),
    pytest.param(go_back, id="is-an-older-one"),
]


@pytest.mark.parametrize("spoil", SPOILT)
def test_the_last_good_list_counts_until_it_expires_when_the_file(
    place: Place, spoil: Callable[[Place], None], caplog: pytest.LogCaptureFixture
) -> None:
    place.deny(Denied(version=5))
    assert place.version() == 5
    spoil(place)
    assert [place.version() for _ in range(3)] == [5, 5, 5]
    assert [record.levelname for record in caplog.records if record.levelname == "ERROR"] == ["ERROR"]
    place.clock.ahead = 25 * HOUR
    assert place.version() is None
    assert place.trust.lacks_denylist()
    assert place.trust.refusal_of(place.trust.identity().leaf) == NO_LIST
    place.clock.ahead = timedelta(0)
    assert place.version() == 5


@pytest.mark.parametrize("spoil", SPOILT)
def test_a_newer_list_ends_the_time_in_which_the_file(place: Place, spoil: Callable[[Place], None]) -> None:
    place.deny(Denied(version=5))
    assert place.version() == 5
    spoil(place)
    assert place.version() == 5
    place.deny(Denied(version=10))
    assert place.version() == 10


def test_a_list_that_the_clock_was_too_far_ahead_for_counts_once_the_clock_is_right(place: Place) -> None:
    assert place.version() == 1
    place.clock.ahead = 25 * HOUR
    place.deny(Denied(version=2))
    assert place.version() is None
    place.clock.ahead = timedelta(0)
    assert place.version() == 2


def test_a_new_root_and_its_list_take_over_whatever_version_the_old_root_had_reached(place: Place) -> None:
    place.deny(Denied(version=1_000_000))
    assert place.version() == 1_000_000
    fresh = Authority.new()
    fresh.issue(CLIENT, place.directory)
    assert place.version() == 1


def test_the_list_in_use_is_not_replaced_by_nothing_when_its_root_is_withdrawn(place: Place) -> None:
    place.deny(Denied(version=5))
    assert place.version() == 5
    fresh = Authority.new()
    issued = fresh.issue(CLIENT, place.directory.with_name("fresh"))
    for name in ("ca.crt", "tls.key", "tls.crt"):
        (place.directory / name).write_bytes((issued / name).read_bytes())
    assert place.version() == 5
    fresh.deny(place.directory, Denied(version=1))
    assert place.version() == 1


def test_a_list_counts_whichever_of_the_trusted_roots_signed_it_while_a_root_is_replaced(place: Place) -> None:
    fresh = Authority.new()
    (place.directory / "ca.crt").write_bytes(place.authority.roots + fresh.roots)
    assert place.version() == 1
    fresh.deny(place.directory, Denied(version=2))
    assert place.version() == 2
    place.deny(Denied(version=3))
    assert place.version() == 3


def test_a_list_that_came_before_its_root_counts_once_the_root_is_there(place: Place) -> None:
    fresh = Authority.new()
    assert place.version() == 1
    fresh.deny(place.directory, Denied(version=2))
    assert place.version() == 1
    (place.directory / "ca.crt").write_bytes(place.authority.roots + fresh.roots)
    assert place.version() == 2


def test_files_that_are_swapped_as_the_kubelet_does_it_change_at_once(tmp_path: Path) -> None:
    old, new = Authority.new(), Authority.new()
    for name, authority in (("1", old), ("2", new)):
        authority.issue(CLIENT, tmp_path / name)
    (tmp_path / "..data").symlink_to("1")
    trust = Trust(TlsSource(tmp_path / "..data"))
    assert trust.denylist() is not None
    (tmp_path / "..new").symlink_to("2")
    (tmp_path / "..new").rename(tmp_path / "..data")
    denylist = trust.denylist()
    assert denylist is not None
    assert denylist.signer == new.key_id


def test_without_a_list_nobody_is_let_through_but_where_none_is_demanded(place: Place) -> None:
    place.file.unlink()
    leaf = place.trust.identity().leaf
    assert place.trust.refusal_of(leaf) == NO_LIST
    lenient = Trust(TlsSource(place.directory), require_denylist=False)
    assert lenient.refusal_of(leaf) is None
    assert not lenient.lacks_denylist()
    place.deny(Denied(identities=[leaf.spiffe_id]))
    assert lenient.refusal_of(leaf) == "its identity is revoked"


def test_the_metrics_say_which_list_is_in_use_and_until_when(place: Place) -> None:
    place.deny(Denied(version=77))
    denylist = place.trust.denylist()
    assert denylist is not None
    lines = exposition().decode().splitlines()
    assert "bulkhead_denylist_version 77.0" in lines
    expiry = next(line for line in lines if line.startswith("bulkhead_denylist_expiry_timestamp_seconds "))
    assert float(expiry.split()[1]) == pytest.approx(denylist.expires_at.timestamp(), abs=1)


def test_the_facts_are_those_of_the_files(place: Place) -> None:
    facts, identity = place.trust.facts(), place.trust.identity()
    assert facts.identity == "spiffe://bulkhead.local/controller"
    assert facts.serial == f"{identity.leaf.serial:x}"
    assert facts.issuer == place.authority.key_id
    assert facts.roots == (place.authority.key_id,)
    assert facts.not_after == identity.not_after
    assert facts.denylist == 1


def no_files(directory: Path) -> None:
    for file in [*directory.iterdir()]:
        file.unlink()


def no_key(directory: Path) -> None:
    (directory / "tls.key").unlink()


def half_a_key(directory: Path) -> None:
    (directory / "tls.key").write_bytes((directory / "tls.key").read_bytes()[:40])


def no_list(directory: Path) -> None:
    (directory / "denylist.jws").unlink()


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(no_files, id="no-files"),
        pytest.param(no_key, id="no-key"),
        pytest.param(half_a_key, id="half-a-key"),
        pytest.param(no_list, id="no-denylist"),
    ],
)
async def test_a_process_waits_while_there_is(tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    authority = Authority.new()
    authority.issue(CLIENT, tmp_path)
    spoil(tmp_path)
    waiting = asyncio.ensure_future(wait_for_trust(tmp_path, require_denylist=True, poll_s=0.01))
    await asyncio.sleep(0)
    assert not waiting.done()
    authority.issue(CLIENT, tmp_path)
    async with asyncio.timeout(5):
        assert (await waiting).identity().spiffe_id == CLIENT.spiffe_id


async def test_a_process_that_needs_no_list_does_not_wait_for_one(tmp_path: Path) -> None:
    no_list(Authority.new().issue(CLIENT, tmp_path))
    async with asyncio.timeout(5):
        assert (await wait_for_trust(tmp_path, require_denylist=False)).denylist() is None


async def test_a_process_does_not_wait_for_files_that_name_somebody_else(tmp_path: Path) -> None:
    def refuse(_: TlsIdentity) -> None:
        raise WrongIdentityError("not me")

    Authority.new().issue(CLIENT, tmp_path / "somebody")
    with pytest.raises(WrongIdentityError, match="not me"):
        await wait_for_trust(tmp_path / "somebody", require_denylist=True, check=refuse)
    Authority.new().issue(
        replace(CLIENT, uris=["spiffe://bulkhead.local/a", "spiffe://bulkhead.local/b"]), tmp_path / "two"
    )
    with pytest.raises(WrongIdentityError, match="one identity"):
        await wait_for_trust(tmp_path / "two", require_denylist=True)
