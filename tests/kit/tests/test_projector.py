"""The projector: directories as kubelet would mount them."""

import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bulkhead_api.secret_value import SecretValue
from bulkhead_testkit.admin import Admin, wait_for
from bulkhead_testkit.cluster import Cluster, open_cluster
from bulkhead_testkit.kubeconfig import ServiceAccountToken
from bulkhead_testkit.process import UnixUser
from bulkhead_testkit.projector import (
    ConfigMapSource,
    Projection,
    ProjectionError,
    Projector,
    SecretSource,
    Source,
    TokenSource,
    UnavailableError,
)

NOW = datetime(2026, 11, 1, tzinfo=UTC)
CLUSTER_FILE = Path("kubeconfig-of-no-cluster")
SOMEBODY = UnixUser(uid=20001, gid=20002)


@dataclass(slots=True)
class FakeObjects:
    """A cluster of three objects."""

    secrets: dict[str, dict[str, bytes]] = field(default_factory=dict)
    config_maps: dict[str, dict[str, bytes]] = field(default_factory=dict)
    now: datetime = NOW
    tokens: int = 0
    down: bool = False

    def secret(self, name: str) -> Mapping[str, SecretValue]:
        return self._read(self.secrets, name)

    def config_map(self, name: str) -> Mapping[str, SecretValue]:
        return self._read(self.config_maps, name)

    def token(self, source: TokenSource) -> ServiceAccountToken:
        self.tokens += 1
        value = SecretValue(f"{source.service_account}-{source.audience}-{self.tokens}".encode())
        return ServiceAccountToken(value=value, expires_at=self.now + timedelta(seconds=source.expires_s))

    def surroundings(self) -> Mapping[str, SecretValue]:
        return {"ca.crt": SecretValue(b"root"), "namespace": SecretValue(b"team")}

    def _read(self, objects: Mapping[str, Mapping[str, bytes]], name: str) -> Mapping[str, SecretValue]:
        if self.down or name not in objects:
            raise UnavailableError(f"{name} is not there")
        return {key: SecretValue(value) for key, value in objects[name].items()}


@pytest.fixture
def objects() -> FakeObjects:
    return FakeObjects()


@pytest.fixture
def projector(objects: FakeObjects) -> Projector:
    """Not entered: no thread runs, and a test says itself when to sync."""
    return Projector(CLUSTER_FILE, "team", objects=objects, clock=lambda: objects.now)


def contents(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir() if not path.name.startswith("..")}


def secret_in(directory: Path) -> Projection:
    return Projection(directory=directory, user=None, sources=[SecretSource(name="tls")])


def test_a_directory_holds_a_file_for_each_key_of_all_its_sources(
    tmp_path: Path, objects: FakeObjects, projector: Projector
) -> None:
    objects.secrets["tls"] = {"tls.key": b"key"}
    objects.config_maps["policy"] = {"policy.yaml": b"rules: []"}
    sources: list[Source] = [
        SecretSource(name="tls"),
        ConfigMapSource(name="policy"),
        TokenSource(service_account="controller"),
    ]
    projector.project(Projection(directory=tmp_path / "own", user=None, sources=sources))

    assert contents(tmp_path / "own") == {
        "tls.key": b"key",
        "policy.yaml": b"rules: []",
        "token": b"controller-None-1",
        "ca.crt": b"root",
        "namespace": b"team",
    }


def test_only_the_owner_may_read_the_files(tmp_path: Path, objects: FakeObjects, projector: Projector) -> None:
    objects.secrets["tls"] = {"tls.key": b"key"}
    projector.project(secret_in(tmp_path / "own"))

    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "own", tmp_path / "own" / "tls.key")}
    assert list(modes.values()) == [0o700, 0o400]
    assert stat.S_IMODE((tmp_path / "own" / "..data").resolve().stat().st_mode) == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_the_files_belong_to_the_process_user(tmp_path: Path, objects: FakeObjects, projector: Projector) -> None:
    objects.secrets["tls"] = {"tls.key": b"key"}
    projector.project(Projection(directory=tmp_path / "own", user=SOMEBODY, sources=[SecretSource(name="tls")]))
    own = tmp_path / "own"

    for path in (own, own / "..data", own / "tls.key"):
        assert (path.stat().st_uid, path.stat().st_gid) == (SOMEBODY.uid, SOMEBODY.gid)


def test_a_changed_object_replaces_all_files_in_one_step(
    tmp_path: Path, objects: FakeObjects, projector: Projector
) -> None:
    own = tmp_path / "own"
    objects.secrets["tls"] = {"tls.crt": b"old", "tls.key": b"old", "gone": b"old"}
    projector.project(secret_in(own))
    before = (own / "..data").resolve()
    objects.secrets["tls"] = {"tls.crt": b"new", "tls.key": b"new"}
    projector.sync()

    assert contents(own) == {"tls.crt": b"new", "tls.key": b"new"}
    assert not before.exists()
    assert (own / "tls.key").readlink() == Path("..data/tls.key")


def test_an_unchanged_object_writes_nothing(tmp_path: Path, objects: FakeObjects, projector: Projector) -> None:
    objects.secrets["tls"] = {"tls.key": b"key"}
    projector.project(secret_in(tmp_path / "own"))
    before = (tmp_path / "own" / "..data").readlink()
    projector.sync()

    assert (tmp_path / "own" / "..data").readlink() == before


@pytest.mark.parametrize("lost", ["down", "deleted"])
def test_the_files_stay_when_the_source_is_lost(
    tmp_path: Path, objects: FakeObjects, projector: Projector, lost: str
) -> None:
    objects.secrets["tls"] = {"tls.key": b"key"}
    projector.project(secret_in(tmp_path / "own"))
    if lost == "down":
        objects.down = True
    else:
        objects.secrets.clear()
    projector.sync()

    assert contents(tmp_path / "own") == {"tls.key": b"key"}


@pytest.mark.parametrize("secrets", [{}, {"tls": {}}], ids=["missing", "empty"])
def test_projecting_fails_when_there_is_nothing_in_time(
    tmp_path: Path, objects: FakeObjects, projector: Projector, secrets: dict[str, dict[str, bytes]]
) -> None:
    objects.secrets = secrets
    with pytest.raises(ProjectionError, match="own: not after 0 s: "):
        projector.project(secret_in(tmp_path / "own"), timeout_s=0)


@pytest.mark.parametrize("secrets", [{}, {"tls": {}}], ids=["missing", "empty"])
def test_a_directory_that_may_be_empty_is_there_at_once_and_filled_later(
    tmp_path: Path, objects: FakeObjects, projector: Projector, secrets: dict[str, dict[str, bytes]]
) -> None:
    objects.secrets = secrets
    projector.project(replace(secret_in(tmp_path / "own"), may_be_empty=True), timeout_s=0)
    assert contents(tmp_path / "own") == {}
    assert stat.S_IMODE((tmp_path / "own").stat().st_mode) == 0o700

    objects.secrets["tls"] = {"tls.key": b"key"}
    projector.sync()
    assert contents(tmp_path / "own") == {"tls.key": b"key"}


def test_a_directory_that_was_forgotten_stays_as_it_is(
    tmp_path: Path, objects: FakeObjects, projector: Projector
) -> None:
    objects.secrets["tls"] = {"tls.key": b"key"}
    projector.project(secret_in(tmp_path / "own"))
    projector.forget()
    objects.secrets["tls"] = {"tls.key": b"new"}
    projector.sync()
    assert contents(tmp_path / "own") == {"tls.key": b"key"}


def test_two_sources_of_the_same_file_are_refused(tmp_path: Path, objects: FakeObjects, projector: Projector) -> None:
    objects.secrets["tls"] = objects.secrets["other"] = {"ca.crt": b"root"}
    sources = [SecretSource(name="tls"), SecretSource(name="other")]
    with pytest.raises(ProjectionError, match=r"two sources give ca\.crt"):
        projector.project(Projection(directory=tmp_path / "own", user=None, sources=sources))


@pytest.mark.parametrize(
    ("later", "want"),
    [
        pytest.param(timedelta(seconds=479), b"controller-vault-1", id="is-kept-before-four-fifths-of-its-life"),
        pytest.param(timedelta(seconds=480), b"controller-vault-2", id="is-renewed-at-four-fifths-of-its-life"),
    ],
)
def test_a_token(tmp_path: Path, objects: FakeObjects, projector: Projector, later: timedelta, want: bytes) -> None:
    source = TokenSource(service_account="controller", audience="vault", expires_s=600)
    projector.project(Projection(directory=tmp_path / "own", user=None, sources=[source]))
    objects.now += later
    projector.sync()

    assert (tmp_path / "own" / "token").read_bytes() == want


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with open_cluster(tmp_path_factory.mktemp("cluster")) as opened:
        yield opened


@pytest.mark.slow
def test_a_projector_follows_a_real_cluster(tmp_path: Path, cluster: Cluster) -> None:
    own = tmp_path / "own"
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "projected", "namespace": "default"}}
    policy = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "projected", "namespace": "default"}}
    with Admin(cluster.admin_kubeconfig) as admin, Projector(cluster.admin_kubeconfig, "default") as projector:
        admin.apply({**secret, "stringData": {"key": "first"}})
        admin.apply({**policy, "data": {"policy.yaml": "rules: []"}})
        sources: list[Source] = [
            SecretSource(name="projected"),
            ConfigMapSource(name="projected"),
            TokenSource(service_account="default"),
        ]
        projector.project(Projection(directory=own, user=None, sources=sources))
        assert (own / "key").read_bytes() == b"first"
        assert (own / "policy.yaml").read_text() == "rules: []"
        assert (own / "namespace").read_text() == "default"
        assert (own / "ca.crt").read_bytes() == cluster.ca_file.read_bytes()
        assert (own / "token").read_text().count(".") == 2

        admin.apply({**secret, "stringData": {"key": "second"}})
        wait_for(lambda: (own / "key").read_bytes() == b"second" or None, what="the changed file")
