"""What the chart says of a Pod, as far as running its containers without a kubelet needs it.

Typed reading of rendered Deployments; pure. `pod_runner.py` acts on it.
"""

from collections.abc import Iterator, Mapping, Sequence

import msgspec


class _Camel(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    pass


class KeyToPath(_Camel, frozen=True, kw_only=True):
    """One key of a Secret or ConfigMap and the file it becomes."""

    key: str
    path: str


class SecretVolume(_Camel, frozen=True, kw_only=True):
    """Files from a Secret; without items, one for each key."""

    secret_name: str
    items: list[KeyToPath] = []
    optional: bool = False


class ConfigMapVolume(_Camel, frozen=True, kw_only=True):
    """Files from a ConfigMap; without items, one for each key."""

    name: str
    items: list[KeyToPath] = []


class TokenSource(_Camel, frozen=True, kw_only=True):
    """A token of the Pod's ServiceAccount."""

    path: str
    audience: str = ""
    expiration_seconds: int = 3600


class SecretProjection(_Camel, frozen=True, kw_only=True):
    """Files from a Secret, beside others in one folder."""

    name: str
    items: list[KeyToPath] = []


class ProjectedSource(_Camel, frozen=True, kw_only=True):
    """One part of a projected volume."""

    service_account_token: TokenSource | None = None
    config_map: ConfigMapVolume | None = None
    secret: SecretProjection | None = None


class ProjectedVolume(_Camel, frozen=True, kw_only=True):
    """Several sources in one folder."""

    sources: list[ProjectedSource]


class EmptyDir(_Camel, frozen=True, kw_only=True):
    """A folder that lives as long as the Pod."""

    medium: str = ""


class Volume(_Camel, frozen=True, kw_only=True):
    """One volume of a Pod; exactly one source."""

    name: str
    secret: SecretVolume | None = None
    config_map: ConfigMapVolume | None = None
    projected: ProjectedVolume | None = None
    empty_dir: EmptyDir | None = None


class VolumeMount(_Camel, frozen=True, kw_only=True):
    """Where a container sees a volume."""

    name: str
    mount_path: str
    read_only: bool = False


class SecurityContext(_Camel, frozen=True, kw_only=True):
    """Whom a container runs as."""

    run_as_user: int = 0
    run_as_group: int = 0


class HttpGet(_Camel, frozen=True, kw_only=True):
    """What a probe asks for."""

    path: str
    port: int


class Probe(_Camel, frozen=True, kw_only=True):
    """How readiness is found out."""

    http_get: HttpGet


class Variable(_Camel, frozen=True, kw_only=True):
    """An environment variable."""

    name: str
    value: str


class Container(_Camel, frozen=True, kw_only=True):
    """One container."""

    name: str
    image: str
    args: list[str] = []
    env: list[Variable] = []
    volume_mounts: list[VolumeMount] = []
    security_context: SecurityContext = SecurityContext()
    readiness_probe: Probe | None = None


class PodSpec(_Camel, frozen=True, kw_only=True):
    """One Pod."""

    containers: list[Container]
    init_containers: list[Container] = []
    volumes: list[Volume] = []
    service_account_name: str = "default"

    @property
    def started_in_order(self) -> Sequence[Container]:
        """All containers; native sidecars stand among the init containers and start first."""
        return [*self.init_containers, *self.containers]


class _Template(_Camel, frozen=True, kw_only=True):
    spec: PodSpec


class _DeploymentSpec(_Camel, frozen=True, kw_only=True):
    template: _Template


class _Metadata(_Camel, frozen=True, kw_only=True):
    name: str


class _Deployment(_Camel, frozen=True, kw_only=True):
    metadata: _Metadata
    spec: _DeploymentSpec


def pods_from(manifests: Sequence[Mapping[str, object]]) -> Iterator[tuple[str, PodSpec]]:
    """Give the name and the Pod of every Deployment among rendered manifests."""
    for manifest in manifests:
        if manifest["kind"] == "Deployment":
            deployment = msgspec.convert(manifest, _Deployment)
            yield deployment.metadata.name, deployment.spec.template.spec
