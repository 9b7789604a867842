"""Plays the kubelet: puts each process's tokens, Secrets and ConfigMaps into that process's own directory.

No process is given a kubeconfig or more than its Pod would mount. As with kubelet's atomic writer, a directory's files
are links through `..data`, which one rename moves from one generation of files to the next.

Unlike kubelet, which mounts an empty Secret as an empty directory, `Projector.project` waits until there is something
to mount, so that whoever starts a process next starts it with its files. A projection may ask for kubelet's way.
"""

import os
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Protocol, Self, TypeAlias

import msgspec
from kubernetes.client import ApiException
from urllib3.exceptions import HTTPError

from bulkhead_api.secret_value import SecretValue
from bulkhead_testkit.admin import Admin, AdminError
from bulkhead_testkit.cluster import given_cluster
from bulkhead_testkit.kubeconfig import SHORTEST_TOKEN_S, ServiceAccountToken, TokenError, request_token
from bulkhead_testkit.process import UnixUser

_POLL_S: Final = 0.5
_STOP_S: Final = 10.0
_RENEW_AT: Final = 0.8
_DATA: Final = "..data"


class ProjectionError(Exception):
    """A directory could not be filled; the message names it and says what was missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretSource:
    """A file for each key of a Secret."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigMapSource:
    """A file for each key of a ConfigMap."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenSource:
    """A short-lived token of a ServiceAccount, as `token`, `ca.crt` and `namespace`; renewed at 80 % of its life."""

    service_account: str
    audience: str | None = None
    """Whom the token is for; None means the API server."""
    expires_s: int = SHORTEST_TOKEN_S
    """The wanted life in seconds; the API server gives no less than 600."""


Source: TypeAlias = SecretSource | ConfigMapSource | TokenSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Projection:
    """One directory and what belongs in it."""

    directory: Path
    """Made with mode 0700; nothing else may stand in it."""
    user: UnixUser | None
    """Who owns it; None means the user that runs this program."""
    sources: Sequence[Source]
    """No two of them may give a file of the same name."""
    may_be_empty: bool = False
    """What has no file yet holds nobody up: the directory is there, and filled as soon as there is something."""


class Objects(Protocol):
    """What a projector needs of a cluster. Each method raises `UnavailableError` while it has no answer."""

    def secret(self, name: str) -> Mapping[str, SecretValue]:
        """Read a Secret's keys."""

    def config_map(self, name: str) -> Mapping[str, SecretValue]:
        """Read a ConfigMap's keys."""

    def token(self, source: TokenSource) -> ServiceAccountToken:
        """Ask for a new token."""

    def surroundings(self) -> Mapping[str, SecretValue]:
        """Give the `ca.crt` and `namespace` that go beside a token."""


class UnavailableError(Exception):
    """The object is not there, or the API server does not answer; it may come later."""


class Projector:
    """Keeps directories as their sources are, from a thread of its own. Use as a context manager.

    What was projected stays when the API server is down or an object is deleted, and after the context has ended.
    """

    def __init__(
        self,
        admin_kubeconfig: Path,
        namespace: str,
        *,
        objects: Objects | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Describe the projector; nothing is read before `project`.

        Args:
            admin_kubeconfig: who reads objects and asks for tokens.
            namespace: where the objects and ServiceAccounts are.
            objects: in place of the cluster that the kubeconfig leads to; None means that cluster.
            clock: gives UTC.
        """
        self._admin_kubeconfig = admin_kubeconfig
        self._namespace = namespace
        self._objects = objects
        self._clock = clock
        self._running: list[_Running] = []
        self._turn = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._resources = ExitStack()

    def __enter__(self) -> Self:
        """Start to look for changes, twice a second."""
        if self._objects is None:
            self._objects = self._resources.enter_context(_ClusterObjects(self._admin_kubeconfig, self._namespace))
        self._thread = threading.Thread(target=self._run, name="projector", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        if self._thread is not None:
            # An API server that a test has frozen must not hold up the end.
            self._thread.join(_STOP_S)
        self._resources.close()

    def project(self, projection: Projection, *, timeout_s: float = 30) -> None:
        """Fill the directory, wait until every source gave at least one file, and keep it up to date from then on.

        A projection that may be empty is not waited for.

        Raises:
            ProjectionError: something was still missing when the time was over, or two sources give the same file.
        """
        running = _Running(projection=projection)
        deadline = time.monotonic() + timeout_s
        while True:
            try:
                with self._turn:
                    self._sync(running)
                    self._running.append(running)
            except UnavailableError as error:
                if projection.may_be_empty:
                    self._project_nothing(running)
                    return
                if time.monotonic() > deadline:
                    raise ProjectionError(f"{projection.directory}: not after {timeout_s:g} s: {error}") from error
                time.sleep(_POLL_S)
            else:
                return

    def forget(self) -> None:
        """Look after none of the directories any more; what is in them stays."""
        with self._turn:
            self._running.clear()

    def _project_nothing(self, running: "_Running") -> None:
        with self._turn:
            write_files(running.projection.directory, {}, running.projection.user)
            self._running.append(running)

    def sync(self) -> None:
        """Bring all directories up to date once, now; sources that are not available keep their files."""
        with self._turn:
            for running in self._running:
                try:
                    self._sync(running)
                except UnavailableError:
                    continue

    def _run(self) -> None:
        while not self._stop.wait(_POLL_S):
            self.sync()

    def _sync(self, running: "_Running") -> None:
        files: dict[str, SecretValue] = {}
        for source in running.projection.sources:
            found = self._files_of(source, running)
            if twice := sorted(files.keys() & found.keys()):
                raise ProjectionError(f"{running.projection.directory}: two sources give {', '.join(twice)}")
            files |= found
        if files != running.files:
            write_files(running.projection.directory, files, running.projection.user)
            running.files = files

    def _files_of(self, source: Source, running: "_Running") -> Mapping[str, SecretValue]:
        objects = self._objects
        if objects is None:
            raise ProjectionError("the projector is used outside of its `with`")
        match source:
            case SecretSource(name=name):
                return _not_empty(objects.secret(name), f"Secret {name}")
            case ConfigMapSource(name=name):
                return _not_empty(objects.config_map(name), f"ConfigMap {name}")
            case TokenSource():
                return {"token": self._token(source, running, objects), **objects.surroundings()}

    def _token(self, source: TokenSource, running: "_Running", objects: Objects) -> SecretValue:
        now = self._clock()
        held = running.tokens.get(source)
        if held is None or now >= held.renew_at:
            new = objects.token(source)
            held = _HeldToken(value=new.value, renew_at=now + (new.expires_at - now) * _RENEW_AT)
            running.tokens[source] = held
        return held.value


@dataclass(frozen=True, slots=True, kw_only=True)
class _HeldToken:
    value: SecretValue
    renew_at: datetime


@dataclass(slots=True, kw_only=True)
class _Running:
    projection: Projection
    files: Mapping[str, SecretValue] | None = None
    tokens: dict[TokenSource, _HeldToken] = field(default_factory=dict)


def _not_empty(files: Mapping[str, SecretValue], subject: str) -> Mapping[str, SecretValue]:
    if not files:
        raise UnavailableError(f"{subject} is empty")
    return files


def write_files(directory: Path, files: Mapping[str, SecretValue], user: UnixUser | None) -> None:
    """Make these the files of a directory, in one step; a reader sees all the old or all the new ones.

    The directory gets mode 0700, the files 0400, and both the owner.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    generation = directory / f"..{secrets.token_hex(8)}"
    generation.mkdir(mode=0o700)
    for name, content in files.items():
        with os.fdopen(os.open(generation / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400), "wb") as file:
            file.write(content.reveal())
    if user is not None:
        for path in (directory, generation, *generation.iterdir()):
            os.chown(path, user.uid, user.gid)
    # The names come before the data they lead to, so that all files appear in one step the first time too.
    for name in files:
        if not (directory / name).is_symlink():
            (directory / name).symlink_to(f"{_DATA}/{name}")
    old = directory / _DATA
    before = old.readlink() if old.is_symlink() else None
    new = directory / f"..new-{generation.name.removeprefix('..')}"
    new.symlink_to(generation.name)
    new.replace(old)
    _remove_rest(directory, files, before)


def _remove_rest(directory: Path, files: Mapping[str, SecretValue], before: Path | None) -> None:
    for path in directory.iterdir():
        if path.name not in files and not path.name.startswith(".."):
            path.unlink()
    if before is not None:
        shutil.rmtree(directory / before)


class _ConfigMap(msgspec.Struct, frozen=True, kw_only=True):
    data: dict[str, str] = {}


class _ClusterObjects:
    """The objects of one namespace, as its administrator reads them. Use as a context manager."""

    def __init__(self, admin_kubeconfig: Path, namespace: str) -> None:
        self._admin_kubeconfig = admin_kubeconfig
        self._namespace = namespace
        self._admin = Admin(admin_kubeconfig)
        self._ca_file = given_cluster(admin_kubeconfig).ca_file

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *details: object) -> None:
        self._admin.__exit__()

    def secret(self, name: str) -> Mapping[str, SecretValue]:
        with _absence(f"Secret {name}"):
            found = self._admin.secret(self._namespace, name)
        if found is None:
            raise UnavailableError(f"Secret {name} is not there")
        return {key: SecretValue(value) for key, value in found.data.items()}

    def config_map(self, name: str) -> Mapping[str, SecretValue]:
        with _absence(f"ConfigMap {name}"):
            found = self._admin.get(f"/api/v1/namespaces/{self._namespace}/configmaps/{name}", _ConfigMap)
        if found is None:
            raise UnavailableError(f"ConfigMap {name} is not there")
        return {key: SecretValue(value.encode()) for key, value in found.data.items()}

    def token(self, source: TokenSource) -> ServiceAccountToken:
        with _absence(f"token of ServiceAccount {source.service_account}"):
            return request_token(
                self._admin_kubeconfig,
                namespace=self._namespace,
                name=source.service_account,
                expires_s=source.expires_s,
                audiences=() if source.audience is None else (source.audience,),
            )

    def surroundings(self) -> Mapping[str, SecretValue]:
        return {
            "ca.crt": SecretValue(self._ca_file.read_bytes()),
            "namespace": SecretValue(self._namespace.encode()),
        }


@contextmanager
def _absence(subject: str) -> Iterator[None]:
    """Take every failure of a call for "perhaps later"; the error's kind is kept and its text is not."""
    try:
        yield
    except (AdminError, ApiException, TokenError, HTTPError, OSError) as error:
        status = getattr(error, "status", None)
        raise UnavailableError(f"{subject}: {type(error).__name__} {status or ''}".rstrip()) from error
