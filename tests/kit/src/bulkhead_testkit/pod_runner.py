"""Runs the containers of a rendered Pod as processes: what a kubelet does, without a kubelet.

Each container becomes one process with the rendered arguments and Unix user, in an environment with its
distribution's closure alone (`images`). Volumes become folders that only their containers' users may enter, filled by
the projector. As there is no mount namespace, mount paths in arguments are replaced by those folders.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from bulkhead_testkit.images import image
from bulkhead_testkit.pod import Container, PodSpec, Volume
from bulkhead_testkit.probe import answers
from bulkhead_testkit.process import Process, ProcessError, UnixUser
from bulkhead_testkit.projector import ConfigMapSource, Projection, Projector, SecretSource, TokenSource

_API_TOKEN_MOUNT: Final = "/var/run/secrets/kubernetes.io/serviceaccount"
_API_SERVER_IN_A_CLUSTER: Final = "https://kubernetes.default.svc"
_READY_S: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where Pods run: an API server, a projector for its objects, and a folder for their files."""

    server: str
    """The API server's URL."""
    projector: Projector
    folder: Path
    """Every user may pass through it; what is private below it is private by its own mode."""
    held_back: bool = True
    """A container is held back until its Secrets have files. In a cluster it is not: an empty Secret is mounted too."""


class PodRunner:
    """One Pod's containers as processes. They start in the rendered order and stop in the reverse one."""

    def __init__(self, name: str, spec: PodSpec, *, site: Site) -> None:
        """Describe the Pod; nothing starts yet."""
        self.name = name
        self.spec = spec
        self._site = site
        self._folder = site.folder / name
        self._volumes: Mapping[str, Volume] = {volume.name: volume for volume in spec.volumes}
        self.containers: dict[str, Process] = {}

    def start(self) -> None:
        """Start all containers, each once the one before it is ready.

        Raises:
            ProcessError: one ended or did not become ready in time.
        """
        _passable(self._folder)
        for container in self.spec.started_in_order:
            self.containers[container.name] = self._process(container)
            self.start_container(container.name)

    def begin(self) -> None:
        """Start all containers in their order without waiting for any, and wait until each answers that it lives."""
        _passable(self._folder)
        for container in self.spec.started_in_order:
            self.containers[container.name] = self._process(container).start()
        for name, process in self.containers.items():
            process.wait_until(partial(answers, self.health_port(name), "/healthz"), _READY_S)

    def start_container(self, name: str) -> None:
        """Start one container, again if it was stopped, and wait until it is ready."""
        self.containers[name].start()
        self.wait_ready(name)

    def health_port(self, name: str) -> int:
        """Give the port of a container's probes.

        Raises:
            LookupError: it has none.
        """
        probe = next(each.readiness_probe for each in self.spec.started_in_order if each.name == name)
        if probe is None:
            raise LookupError(f'container "{name}" has no probe')
        return probe.http_get.port

    def wait_ready(self, name: str) -> None:
        """Wait for a container's readiness probe."""
        container = next(each for each in self.spec.started_in_order if each.name == name)
        probe = container.readiness_probe
        if probe is not None:
            self.containers[name].wait_until(lambda: answers(probe.http_get.port, probe.http_get.path), _READY_S)

    def stop(self) -> None:
        """Stop all containers, the last one first."""
        for process in reversed(self.containers.values()):
            process.stop()

    def shared_folders(self) -> Mapping[str, Path]:
        """Say which folder stands for each mount path of a volume that containers share."""
        return {
            mount.mount_path: self._shared_path(mount.name)
            for container in self.spec.started_in_order
            for mount in container.volume_mounts
            if self._volumes[mount.name].empty_dir is not None
        }

    def files_of(self, name: str) -> Path:
        """Give the folder with everything that one container sees."""
        return self._folder / name

    def _process(self, container: Container) -> Process:
        user = self._user(container)
        mounts = self._mounts(container, user)
        # There is no Pod network, so the probes' ports stay on the loopback interface.
        argv = [_on_loopback(_with_mounts(argument, mounts)) for argument in container.args]
        # There is no cluster DNS either.
        argv = [argument.replace(_API_SERVER_IN_A_CLUSTER, self._site.server) for argument in argv]
        if _API_TOKEN_MOUNT in mounts:
            argv += [f"--kube-credentials={mounts[_API_TOKEN_MOUNT]}", f"--kube-api-server={self._site.server}"]
        distribution = "bulkhead-" + container.image.rpartition("/")[2].partition(":")[0].partition("@")[0]
        log = self._folder / f"{container.name}.log"
        return Process(
            container.name, [str(image(distribution) / "bin" / distribution), *argv], log=log, cwd=Path("/"), user=user
        )

    def _mounts(self, container: Container, user: UnixUser | None) -> dict[str, Path]:
        """Make the folder of every mount; the projector fills those that have a source."""
        _private(self.files_of(container.name), user)
        mounts = {}
        for mount in container.volume_mounts:
            volume = self._volumes[mount.name]
            if volume.empty_dir is not None:
                mounts[mount.mount_path] = self._shared_folder(volume.name)
                continue
            folder = self.files_of(container.name) / volume.name
            sources, may_be_empty = self._sources(volume), not self._site.held_back
            projection = Projection(directory=folder, user=user, sources=sources, may_be_empty=may_be_empty)
            self._site.projector.project(projection)
            mounts[mount.mount_path] = folder
        return mounts

    def _sources(self, volume: Volume) -> Sequence[SecretSource | TokenSource | ConfigMapSource]:
        if volume.secret is not None:
            return [SecretSource(name=volume.secret.secret_name)]
        if volume.config_map is not None:
            return [ConfigMapSource(name=volume.config_map.name)]
        if volume.projected is not None:
            tokens = [source.service_account_token for source in volume.projected.sources]
            return [
                TokenSource(service_account=self.spec.service_account_name, audience=token.audience or None)
                for token in tokens
                if token is not None
            ]
        raise ProcessError(f'Pod "{self.name}": volume "{volume.name}": a kind of volume that is not run here')

    def _shared_folder(self, volume: str) -> Path:
        """Make a folder for exactly the containers that mount the volume.

        It belongs to the first one's user and the last one's group, and new files get that group: a socket that the
        first one makes can be used by the last one and by nobody else.
        """
        folder = self._shared_path(volume)
        if not folder.exists():
            _passable(folder.parent)
            folder.mkdir()
            users = [
                self._user(container)
                for container in self.spec.started_in_order
                if volume in {mount.name for mount in container.volume_mounts}
            ]
            if users[0] is not None and users[-1] is not None:
                os.chown(folder, users[0].uid, users[-1].gid)
            folder.chmod(0o2770)
        return folder

    def _shared_path(self, volume: str) -> Path:
        return self._folder / "volumes" / volume

    def _user(self, container: Container) -> UnixUser | None:
        if os.geteuid() != 0:
            return None
        wanted = container.security_context
        return UnixUser(uid=wanted.run_as_user, gid=wanted.run_as_group or wanted.run_as_user)


def _with_mounts(argument: str, mounts: Mapping[str, Path]) -> str:
    # The longest path first, because one mount may lie below another.
    for path in sorted(mounts, key=len, reverse=True):
        argument = argument.replace(path, str(mounts[path]))
    return argument


def _on_loopback(argument: str) -> str:
    return argument.replace("=0.0.0.0", "=127.0.0.1")


def _passable(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o711)


def _private(folder: Path, user: UnixUser | None) -> None:
    folder.mkdir(mode=0o700)
    if user is not None:
        os.chown(folder, user.uid, user.gid)
