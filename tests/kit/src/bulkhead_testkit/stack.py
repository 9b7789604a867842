"""All of Bulkhead on an embedded control plane: what `helm install` gives, with Pods as processes.

The demo, the integration tests, the drills and the benchmark stand on this. Everything is real: the API server, its
Roles and admission policies as the chart renders them, OpenBao, mTLS, and, for root, a Unix user for each container.
"""

import base64
import contextlib
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from bulkhead_testkit.admin import Admin, Manifest, in_order_of_dependence, name_of
from bulkhead_testkit.controlplane import ControlPlane
from bulkhead_testkit.definitions import wait_until_served
from bulkhead_testkit.helm import render
from bulkhead_testkit.openbao import OpenBao
from bulkhead_testkit.pod import pods_from
from bulkhead_testkit.pod_runner import PodRunner, Site
from bulkhead_testkit.ports import free_port
from bulkhead_testkit.process import Process
from bulkhead_testkit.progress import Progress
from bulkhead_testkit.projector import Projector
from bulkhead_testkit.webhook_configuration import reached_on_loopback, wait_until_trusted

NAMESPACE: Final = "bulkhead-system"
CONTROLLER_POD: Final = "bulkhead-controller"
CERTCONTROLLER_POD: Final = "bulkhead-certcontroller"
WEBHOOK_POD: Final = "bulkhead-webhook"
WEBHOOK_CONFIGURATION: Final = "ValidatingWebhookConfiguration"
NAMESPACED: Final = "namespaced"
PROFILES: Final = ("strict", NAMESPACED, "eso-compat")
"""Values of the chart's `profile`."""
VAULT_CREDENTIAL: Final = "vault-credential"
VAULT_MOUNT: Final = "secret"
VAULT_POLICY: Final = "bulkhead-read"
"""OpenBao's policy that lets a token read everything in the mount."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderIdentity:
    """What a provider server's identity may read: names by namespace."""

    secrets: Mapping[str, Sequence[str]] = field(default_factory=dict)
    config_maps: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def namespaces(self) -> Sequence[str]:
        """All namespaces it reads in."""
        return sorted({*self.secrets, *self.config_maps})

    def values(self) -> Mapping[str, object]:
        """Give the chart's values for it."""
        return {
            "enabled": True,
            "secrets": [{"namespace": at, "names": list(names)} for at, names in self.secrets.items()],
            "configMaps": [{"namespace": at, "names": list(names)} for at, names in self.config_maps.items()],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class StackOptions:
    """What differs between the demo, the tests and the benchmark."""

    providers: Sequence[str] = ("vault", "fake")
    topology: str = "sidecar"
    """The chart's value: whether provider servers are in the controller's Pod, or `isolated` in Pods of their own."""
    profile: str = "strict"
    profile_namespaces: Sequence[str] = ("demo",)
    """Where the controller may read ConfigMaps, and Secrets in the profile `namespaced`; made if missing."""
    audited: bool = True
    """Whether the API server keeps an audit log, which costs it time."""
    log_level: str = "info"
    provider_timeout: str = "30s"
    """Deadline of the controller's calls to provider servers, a Go duration."""
    leader_election: Mapping[str, str] | None = None
    """Chart values of the controller's election, such as its times; None turns it off, unlike the chart's default."""
    identities: Mapping[str, ProviderIdentity] = field(default_factory=dict)
    """Provider servers with a Kubernetes identity, and what it may read; the namespaces are made."""
    webhook: bool = False
    """Whether the webhook judges what is written; without it, what only it refuses can be stored and looked at."""
    ask_providers: bool = False
    """Whether the webhook asks provider servers about stores."""
    held_back: bool = True
    """Whether containers are held back until their Secrets have files, which a kubelet does not do."""
    values: Mapping[str, object] | None = None
    """Further chart values, put over the stack's own at the top level."""


class Stack:
    """A running installation. Use as a context manager, or call `start` and `stop`."""

    def __init__(
        self, options: StackOptions | None = None, *, folder: Path | None = None, bao: OpenBao | None = None
    ) -> None:
        """Describe the installation; nothing starts yet.

        Args:
            options: None means the defaults.
            folder: for all data and logs; None means a temporary one, removed when everything went well.
            bao: a running OpenBao for the vault provider, whose end is somebody else's matter; None means one of its
                own.
        """
        self.options = options or StackOptions()
        self._temporary = folder is None
        self.folder = folder or Path(tempfile.mkdtemp(prefix="bulkhead-"))
        self.folder.mkdir(exist_ok=True)
        # The processes' users pass through; what is private below is private by its own mode.
        self.folder.chmod(0o711)
        self.plane = ControlPlane(self.folder / "plane", audited=self.options.audited)
        self._own_bao = bao is None and "vault" in self.options.providers
        self.bao = OpenBao(_private(self.folder / "openbao")) if self._own_bao else bao
        self.pods: dict[str, PodRunner] = {}
        self.manifests: Sequence[Manifest] = ()
        """What the chart renders."""
        self._webhook_port = free_port()
        self._closing = contextlib.ExitStack()

    @property
    def admin(self) -> Admin:
        """Full rights on the API server; only while the stack runs."""
        return self._admin

    @property
    def providers(self) -> Sequence[str]:
        """The provider servers that run, in the order of the options."""
        return self.options.providers

    @property
    def backend(self) -> OpenBao:
        """The OpenBao behind the vault provider; only with that provider."""
        if self.bao is None:
            raise LookupError("this stack has no vault provider, so no OpenBao")
        return self.bao

    @property
    def controller_user(self) -> str:
        """Whom the API server sees when the controller asks."""
        return f"system:serviceaccount:{NAMESPACE}:{CONTROLLER_POD}"

    def start(self) -> Self:
        """Start everything; returns when all containers are ready.

        Raises:
            ProcessError: something did not start; the logs are kept and their place is named.
        """
        self.start_control_plane()
        self.start_pods()
        return self

    def start_control_plane(self) -> None:
        """Start what is not ours, the API server and OpenBao, and apply what the chart renders.

        State can be laid then that the processes shall find when `start_pods` starts them: Deployments come only then,
        and so does the webhook configuration, as nobody judges that state yet.

        Raises:
            ProcessError: as for `start`.
        """
        progress = Progress("stack")
        with self._closing_on_failure():
            self._closing.enter_context(self.plane)
            self._admin = self._closing.enter_context(Admin(self.plane.admin_kubeconfig))
            read = (each for identity in self.options.identities.values() for each in identity.namespaces)
            for name in dict.fromkeys((NAMESPACE, *self.options.profile_namespaces, *read)):
                self._admin.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
            self._start_backend(progress)
            progress.say("applying what the chart renders")
            self.manifests = render(self._values(), namespace=NAMESPACE)
            self._projector = self._closing.enter_context(Projector(self.plane.admin_kubeconfig, NAMESPACE))
            self._lay_out_pods()
            wait_until_served(self._admin)

    def start_pods(self) -> None:
        """Start the processes on the control plane that `start_control_plane` started; returns when all are ready.

        Raises:
            ProcessError: as for `start`.
        """
        progress = Progress("stack")
        with self._closing_on_failure():
            # The certcontroller first: the others' certificates come from it.
            for name in sorted(self._runners, key=lambda name: name != CERTCONTROLLER_POD):
                progress.say(f"starting Pod {name}")
                self.pods[name] = self._runners[name]
                self._closing.callback(self.pods[name].stop)
                self.pods[name].start()
            self._open_door(progress)

    def start_pods_in(self, order: Sequence[str]) -> None:
        """Start the Pods in this order, each as soon as the one before lives, whether it is ready or not.

        Returns when all are ready and the API server trusts the webhook.

        Raises:
            ProcessError: one ended or did not become ready in time.
        """
        for name in order:
            self.pods[name] = self._runners[name]
            self._closing.callback(self.pods[name].stop)
            self.pods[name].begin()
        for pod in self.pods.values():
            for name in pod.containers:
                pod.wait_ready(name)
        self._open_door(Progress("stack"))

    def start_over(self) -> None:
        """Stop all Pods and throw away all that was issued and said, as if the chart had just been installed."""
        for pod in self.pods.values():
            pod.stop()
        self.pods.clear()
        self._projector.forget()
        shutil.rmtree(self.folder / "pods", ignore_errors=True)
        for manifest in self.manifests:
            if manifest["kind"] in {"Secret", "ConfigMap", WEBHOOK_CONFIGURATION}:
                self.admin.delete(manifest)
        self._lay_out_pods()

    def _open_door(self, progress: Progress) -> None:
        """Have the API server ask the webhook, and wait until it trusts it."""
        for manifest in self.manifests:
            if manifest["kind"] == WEBHOOK_CONFIGURATION:
                progress.say("waiting until the API server trusts the webhook")
                reached = reached_on_loopback(manifest, self._webhook_port)
                self._admin.apply(reached)
                wait_until_trusted(self._admin, reached)

    def stop(self) -> None:
        """Stop everything, the newest first, and remove what was temporary."""
        self._closing.close()
        if self._temporary:
            shutil.rmtree(self.folder, ignore_errors=True)

    def container(self, name: str) -> Process:
        """Give the process of a container, such as `controller`, `provider-vault` or `certcontroller`."""
        return next(pod.containers[name] for pod in self.pods.values() if name in pod.containers)

    def start_container(self, name: str) -> None:
        """Start a container that was stopped or killed and wait until it is ready."""
        next(pod for pod in self.pods.values() if name in pod.containers).start_container(name)

    def files_of(self, container: str) -> Path:
        """Give the folder with everything that one container sees."""
        return next(pod.files_of(container) for pod in self.pods.values() if container in pod.containers)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self._temporary = False
            Progress("stack").say(f"failed: everything is kept in {self.folder}")
        self.stop()

    def _start_backend(self, progress: Progress) -> None:
        if self.bao is None:
            return
        if self._own_bao:
            progress.say("starting OpenBao")
            self._closing.enter_context(self.bao)
        self._seed(self.bao)

    def _lay_out_pods(self) -> None:
        """Describe the Pods, whose folders stand in the manifests, and apply all the rest."""
        site = Site(
            server=self.plane.server,
            projector=self._projector,
            folder=self.folder / "pods",
            held_back=self.options.held_back,
        )
        self._runners = {name: PodRunner(name, spec, site=site) for name, spec in pods_from(self.manifests)}
        mounts = {path: str(folder) for pod in self._runners.values() for path, folder in pod.shared_folders().items()}
        # There is no Service here either, by which provider servers are reached that share no Pod with who calls them,
        # and by which the certcontroller asks the processes which certificate they use.
        mounts |= dict.fromkeys(_called_services(self.manifests), "127.0.0.1")
        for manifest in in_order_of_dependence(self.manifests):
            if manifest["kind"] not in {"Deployment", WEBHOOK_CONFIGURATION}:
                self._admin.apply(_with_paths(manifest, mounts))

    def _opened_namespaces(self) -> Sequence[str]:
        return self.options.profile_namespaces if self.options.profile == NAMESPACED else ()

    def _values(self) -> Mapping[str, object]:
        ports = {"healthPort": free_port, "metricsPort": free_port}

        def fresh() -> dict[str, object]:
            return {name: port() for name, port in ports.items()} | {"logLevel": self.options.log_level}

        providers: dict[str, dict[str, object]] = {
            name: {"enabled": name in self.options.providers, "port": free_port()} | fresh()
            for name in ("vault", "fake")
        }
        if self.bao is not None:
            providers["vault"] |= {
                "credential": {"existingSecret": VAULT_CREDENTIAL},
                "policy": {"hosts": [self.bao.address], "rules": [{"namespaces": ["*"]}]},
            }
        opened = self._opened_namespaces()
        for name, identity in self.options.identities.items():
            providers[name] |= {"identity": identity.values()}
        return {
            "topology": self.options.topology,
            "profile": self.options.profile,
            # Only where it says something, as the chart takes it for a mistake elsewhere.
            **({"profileNamespaces": list(opened)} if opened else {}),
            "templates": {"configMapNamespaces": list(self.options.profile_namespaces)},
            # A controller that a test kills would otherwise wait for its own Lease to run out.
            "controller": fresh()
            | {
                "providerTimeout": self.options.provider_timeout,
                "leaderElection": {"enabled": self.options.leader_election is not None}
                | dict(self.options.leader_election or {}),
            },
            "certcontroller": fresh(),
            # There is no Service here, so the API server calls the process by the machine's own name.
            "webhook": fresh()
            | {"enabled": self.options.webhook, "port": self._webhook_port, "dnsNames": ["localhost"]}
            | {"askProviders": {"enabled": self.options.ask_providers, "firstPort": free_port()}},
            # For the same reason as the webhook: what nobody refuses at the door can be looked at.
            "validationPolicies": {"enabled": self.options.webhook},
            "providers": providers,
        } | dict(self.options.values or {})

    def _seed(self, bao: OpenBao) -> None:
        if not bao.has_kv(VAULT_MOUNT):
            bao.enable_kv(VAULT_MOUNT, version=2)
        bao.write_policy(
            VAULT_POLICY,
            {f"{VAULT_MOUNT}/data/*": ["read"], f"{VAULT_MOUNT}/metadata/*": ["read", "list"]},
        )
        token = bao.create_token(policies=[VAULT_POLICY])
        self.set_vault_credential({"token": token.reveal().decode(), "ca.crt": bao.ca_file.read_text()})

    def set_vault_credential(self, files: Mapping[str, str]) -> None:
        """Make these the files of the vault provider's credential, by way of its Secret."""
        self._admin.apply(
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": VAULT_CREDENTIAL, "namespace": NAMESPACE},
                # Not stringData, of which server-side apply never takes a key away again.
                "data": {name: base64.b64encode(content.encode()).decode() for name, content in files.items()},
            }
        )

    @contextlib.contextmanager
    def _closing_on_failure(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self._closing.close()
            Progress("stack").say(f"failed to start: everything is kept in {self.folder}")
            raise


def _called_services(manifests: Sequence[Manifest]) -> Sequence[str]:
    """Give the DNS names of the Services that our own processes call, not those by which others call them."""
    names = [name_of(each) for each in manifests if each["kind"] == "Service"]
    return [f"{name}.{NAMESPACE}.svc" for name in names if name != WEBHOOK_POD]


def _private(folder: Path) -> Path:
    folder.mkdir(mode=0o700)
    return folder


def _with_paths(manifest: Manifest, mounts: Mapping[str, str]) -> Manifest:
    """Replace mount paths in a ConfigMap's texts, as there is no mount namespace to make them true."""
    data = manifest.get("data")
    if manifest["kind"] != "ConfigMap" or not isinstance(data, Mapping):
        return manifest
    texts = dict(data)
    for path, folder in mounts.items():
        texts = {key: text.replace(path, folder) for key, text in texts.items()}
    return {**manifest, "data": texts}
