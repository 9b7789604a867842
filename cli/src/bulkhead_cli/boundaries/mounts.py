"""Which Secrets, tokens and files a container sees. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from bulkhead_cli.boundaries.installation import Installation, ObjectName, PodMaker
from bulkhead_cli.boundaries.pods import Container, KeyToPath, NamedSource, Volume, VolumeMount

API_AUDIENCES: Final = frozenset(
    {
        "",
        "https://kubernetes.default.svc",
        "https://kubernetes.default.svc.cluster.local",
        "https://kubernetes.default",
        "kubernetes.default.svc",
        "api",
        "k3s",
        "rke2",
    }
)
"""Audiences of API servers, as the distributions of Kubernetes choose them; no audience means the API server's own."""

_ROOTS: Final = "ca.crt"
_TOKEN_FOLDER: Final = "/var/run/secrets/kubernetes.io/serviceaccount"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mounted:
    """A volume in a container."""

    volume: Volume
    mount: VolumeMount


def mounted_in(container: Container, pod: PodMaker) -> Iterator[Mounted]:
    """Give the volumes that a container mounts, in the order of its mounts."""
    by_name = {volume.name: volume for volume in pod.spec.volumes}
    for mount in container.volume_mounts:
        if mount.name in by_name:
            yield Mounted(volume=by_name[mount.name], mount=mount)


def secrets_in(container: Container, pod: PodMaker) -> Mapping[ObjectName, str]:
    """Give the Secrets that a container sees, each with `mounted` or `environment`.

    Those of which it sees the public roots alone are not among them.
    """
    names = dict.fromkeys(_from_environment(container), "environment")
    for mounted in mounted_in(container, pod):
        volume = mounted.volume
        if volume.secret is not None and not _are_public(volume.secret.items):
            names[volume.secret.secret_name] = "mounted"
        if volume.projected is not None:
            sources = [source.secret for source in volume.projected.sources if source.secret is not None]
            names |= {source.name: "mounted" for source in sources if not _are_public(source.items)}
    return {ObjectName(namespace=pod.namespace, name=name): how for name, how in names.items() if name}


def _are_public(items: Sequence[KeyToPath]) -> bool:
    """Say whether all that is mounted of a Secret are the roots that its owner is verified with."""
    return bool(items) and all(item.key == _ROOTS for item in items)


def audiences_in(container: Container, pod: PodMaker, seen: Installation) -> frozenset[str]:
    """Give the audiences of the ServiceAccount's tokens that a container sees; empty text is the API server."""
    found = {
        source.service_account_token.audience
        for mounted in mounted_in(container, pod)
        if mounted.volume.projected is not None
        for source in mounted.volume.projected.sources
        if source.service_account_token is not None
    }
    return frozenset(found | {""} if _is_given_a_token(container, pod, seen) else found)


def drivers_in(container: Container, pod: PodMaker) -> frozenset[str]:
    """Give the CSI drivers whose volumes a container sees."""
    return frozenset(
        mounted.volume.csi.driver for mounted in mounted_in(container, pod) if mounted.volume.csi is not None
    )


def file_in(container: Container, pod: PodMaker, path: str, seen: Installation) -> str | None:
    """Give the text of a file that comes from a ConfigMap; None if it comes from elsewhere or is not known."""
    wanted = PurePosixPath(path)
    for mounted in mounted_in(container, pod):
        folder = PurePosixPath(mounted.mount.mount_path)
        if not wanted.is_relative_to(folder):
            continue
        inside = str(wanted.relative_to(folder)) if wanted != folder else mounted.mount.sub_path
        for source in _config_maps(mounted.volume):
            kept = seen.config_maps.get(ObjectName(namespace=pod.namespace, name=source.name))
            keys = {item.path: item.key for item in source.items} or {inside: inside}
            if kept is not None and inside in keys and keys[inside] in kept.data:
                return kept.data[keys[inside]]
    return None


def _config_maps(volume: Volume) -> Iterator[NamedSource]:
    if volume.config_map is not None:
        yield volume.config_map
    if volume.projected is not None:
        yield from (source.config_map for source in volume.projected.sources if source.config_map is not None)


def _from_environment(container: Container) -> Iterator[str]:
    for each in container.env:
        if each.value_from is not None and each.value_from.secret_key_ref is not None:
            yield each.value_from.secret_key_ref.name
    for source in container.env_from:
        if source.secret_ref is not None:
            yield source.secret_ref.name


def _is_given_a_token(container: Container, pod: PodMaker, seen: Installation) -> bool:
    """Say whether Kubernetes mounts one unasked. Source: its ServiceAccount admission plugin."""
    if any(mount.mount_path.rstrip("/") == _TOKEN_FOLDER for mount in container.volume_mounts):
        return False
    account = seen.accounts.get(ObjectName(namespace=pod.namespace, name=pod.spec.account))
    said = pod.spec.automount_service_account_token
    if said is None and account is not None:
        said = account.automount_service_account_token
    return said is not False
