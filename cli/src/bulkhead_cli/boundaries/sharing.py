"""What a process has in common with others: network, processes, users and volumes. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bulkhead_cli.boundaries.grants import Shares
from bulkhead_cli.boundaries.installation import PodMaker
from bulkhead_cli.boundaries.mounts import mounted_in
from bulkhead_cli.boundaries.pods import Container, Volume


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A container, its Pod and the id of its process."""

    id: str
    container: Container
    pod: PodMaker

    @property
    def user(self) -> int | None:
        """Whom it runs as; None where the image decides."""
        own = self.container.security_context.run_as_user
        return self.pod.spec.security_context.run_as_user if own is None else own


@dataclass(frozen=True, slots=True, kw_only=True)
class _Folder:
    """A volume that others may see too."""

    name: str
    place: str
    """The same for whoever sees the same files."""
    writable: bool


def shares_of(process: Placed, everybody: list[Placed]) -> Iterator[Shares]:
    """Give what a process shares, and with whom."""
    mine = _folders(process)
    for other in everybody:
        if other.id == process.id:
            continue
        if other.pod is process.pod:
            yield Shares(what="network", other=other.id)
            if process.pod.spec.share_process_namespace:
                yield Shares(what="processes", other=other.id)
        if process.user is not None and process.user == other.user:
            yield Shares(what="user", other=other.id, name=str(process.user))
        for place in sorted(mine.keys() & _folders(other).keys()):
            folder = mine[place]
            yield Shares(what="volume", other=other.id, name=folder.name, writable=folder.writable)


def _folders(process: Placed) -> Mapping[str, _Folder]:
    """Give the volumes that can carry something from one process to another, by place."""
    found: dict[str, _Folder] = {}
    for mounted in mounted_in(process.container, process.pod):
        named = _place(mounted.volume, process.pod)
        if named is not None:
            before = found.get(named.place)
            writable = not mounted.mount.read_only or (before is not None and before.writable)
            found[named.place] = _Folder(name=named.name, place=named.place, writable=writable)
    return found


def _place(volume: Volume, pod: PodMaker) -> _Folder | None:
    # ConfigMaps and Secrets are read alone; who sees the same Secret has the same credential, which is said elsewhere.
    if volume.empty_dir is not None or volume.ephemeral is not None:
        return _Folder(name=volume.name, place=f"{pod.id}/{volume.name}", writable=True)
    if volume.persistent_volume_claim is not None:
        claim = volume.persistent_volume_claim.claim_name
        return _Folder(name=claim, place=f"claim/{pod.namespace}/{claim}", writable=True)
    if volume.host_path is not None:
        return _Folder(name=volume.host_path.path, place=f"node/{volume.host_path.path}", writable=True)
    return None
