"""What is read of Pods and of what makes them. Values of environment variables are not among it. Pure.

Source: core/v1 PodSpec, apps/v1, batch/v1.
"""

import msgspec

from bulkhead_api.meta import ObjectMeta


class _Camel(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    pass


class KeyToPath(_Camel, frozen=True, kw_only=True):
    """One key and the file it becomes."""

    key: str = ""
    path: str = ""


class SecretVolume(_Camel, frozen=True, kw_only=True):
    """Files from a Secret; without items, one for each key."""

    secret_name: str = ""
    items: list[KeyToPath] = []


class NamedSource(_Camel, frozen=True, kw_only=True):
    """Files from a ConfigMap, or from a Secret in a projected volume; without items, one for each key."""

    name: str = ""
    items: list[KeyToPath] = []


class TokenSource(_Camel, frozen=True, kw_only=True):
    """A token of the Pod's ServiceAccount; no audience means the API server."""

    path: str = ""
    audience: str = ""


class ProjectedSource(_Camel, frozen=True, kw_only=True):
    """One part of a projected volume."""

    service_account_token: TokenSource | None = None
    config_map: NamedSource | None = None
    secret: NamedSource | None = None


class ProjectedVolume(_Camel, frozen=True, kw_only=True):
    """Several sources in one folder."""

    sources: list[ProjectedSource] = []


class Claim(_Camel, frozen=True, kw_only=True):
    """A PersistentVolumeClaim."""

    claim_name: str = ""


class HostPath(_Camel, frozen=True, kw_only=True):
    """A folder of the node."""

    path: str = ""


class CsiVolume(_Camel, frozen=True, kw_only=True):
    """What a driver of the node mounts."""

    driver: str = ""


class Exists(_Camel, frozen=True, kw_only=True):
    """A field of which only matters that it is there."""


class Volume(_Camel, frozen=True, kw_only=True):
    """One volume of a Pod."""

    name: str = ""
    secret: SecretVolume | None = None
    config_map: NamedSource | None = None
    projected: ProjectedVolume | None = None
    empty_dir: Exists | None = None
    ephemeral: Exists | None = None
    persistent_volume_claim: Claim | None = None
    host_path: HostPath | None = None
    csi: CsiVolume | None = None


class VolumeMount(_Camel, frozen=True, kw_only=True):
    """Where a container sees a volume."""

    name: str = ""
    mount_path: str = ""
    sub_path: str = ""
    read_only: bool = False


class Capabilities(_Camel, frozen=True, kw_only=True):
    """Which of root's powers a container has."""

    add: list[str] = []
    drop: list[str] = []


class SeccompProfile(_Camel, frozen=True, kw_only=True):
    """Which system calls a container may make."""

    type: str = ""


class SecurityContext(_Camel, frozen=True, kw_only=True):
    """Whom a container, or every container of a Pod, runs as; None means that it does not say."""

    run_as_user: int | None = None
    run_as_group: int | None = None
    run_as_non_root: bool | None = None
    privileged: bool | None = None
    allow_privilege_escalation: bool | None = None
    read_only_root_filesystem: bool | None = None
    capabilities: Capabilities = Capabilities()
    seccomp_profile: SeccompProfile | None = None


class SecretRef(_Camel, frozen=True, kw_only=True):
    """A Secret by name."""

    name: str = ""


class EnvSource(_Camel, frozen=True, kw_only=True):
    """Where a variable's value comes from."""

    secret_key_ref: SecretRef | None = None


class EnvVar(_Camel, frozen=True, kw_only=True):
    """A variable; its value is never read."""

    name: str = ""
    value_from: EnvSource | None = None


class EnvFrom(_Camel, frozen=True, kw_only=True):
    """All keys of an object as variables."""

    secret_ref: SecretRef | None = None


class Resources(_Camel, frozen=True, kw_only=True):
    """What a container may use."""

    limits: dict[str, str | int | float] = {}


class Container(_Camel, frozen=True, kw_only=True):
    """One container."""

    name: str = ""
    command: list[str] = []
    args: list[str] = []
    env: list[EnvVar] = []
    env_from: list[EnvFrom] = []
    volume_mounts: list[VolumeMount] = []
    security_context: SecurityContext = SecurityContext()
    resources: Resources = Resources()

    def argument(self, name: str) -> str:
        """Give the value of `--name=value` or `--name value`, the last if there are several; empty if there is none."""
        words, found = [*self.command, *self.args], ""
        for at, word in enumerate(words):
            if word.startswith(f"--{name}="):
                found = word.partition("=")[2]
            elif word == f"--{name}" and at + 1 < len(words):
                found = words[at + 1]
        return found


class PodSpec(_Camel, frozen=True, kw_only=True):
    """One Pod."""

    containers: list[Container] = []
    init_containers: list[Container] = []
    volumes: list[Volume] = []
    service_account_name: str = ""
    automount_service_account_token: bool | None = None
    share_process_namespace: bool = False
    host_network: bool = False
    # The API spells these two with capitals.
    host_pid: bool = msgspec.field(default=False, name="hostPID")
    host_ipc: bool = msgspec.field(default=False, name="hostIPC")
    security_context: SecurityContext = SecurityContext()

    @property
    def account(self) -> str:
        """Name of its ServiceAccount."""
        return self.service_account_name or "default"


class Template(_Camel, frozen=True, kw_only=True):
    """What a Pod is made from."""

    metadata: ObjectMeta = ObjectMeta()
    spec: PodSpec = PodSpec()


class _Templated(_Camel, frozen=True, kw_only=True):
    template: Template = Template()


class Workload(_Camel, frozen=True, kw_only=True):
    """A Deployment, StatefulSet, DaemonSet, ReplicaSet or Job."""

    metadata: ObjectMeta = ObjectMeta()
    spec: _Templated = _Templated()


class _JobTemplate(_Camel, frozen=True, kw_only=True):
    spec: _Templated = _Templated()


class _CronSpec(_Camel, frozen=True, kw_only=True):
    job_template: _JobTemplate = _JobTemplate()


class CronJob(_Camel, frozen=True, kw_only=True):
    """Makes Jobs."""

    metadata: ObjectMeta = ObjectMeta()
    spec: _CronSpec = _CronSpec()
