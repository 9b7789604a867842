"""A real Kubernetes control plane for tests, the demo and the benchmark.

etcd, kube-apiserver and kube-controller-manager run as processes on the loopback interface, with TLS and
client certificates everywhere. There is no scheduler and no kubelet, so nothing becomes a running Pod.
"""

import http.client
import shutil
import ssl
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from bulkhead_testkit import audit
from bulkhead_testkit.binaries import KubeBinaries, kube_binaries
from bulkhead_testkit.kubeconfig import write_certificate_kubeconfig
from bulkhead_testkit.planecerts import PlaneCertificates
from bulkhead_testkit.planeflags import PlaneLayout, apiserver_flags, controller_manager_flags, etcd_flags
from bulkhead_testkit.ports import free_port
from bulkhead_testkit.process import Process, ProcessError
from bulkhead_testkit.progress import Progress

_READY_S: Final = 60.0
_ANSWER_S: Final = 2.0
_STOP_S: Final = 10.0


class ControlPlane:
    """A control plane of one's own; use as a context manager.

    Its processes end with the context, with this interpreter at the latest. Its files are kept if the context
    ends by an exception, and their place is printed.
    """

    def __init__(self, folder: Path | None = None, *, audited: bool = True) -> None:
        """Describe the control plane; `start` (or `with`) starts it.

        Args:
            folder: for data, keys and logs; kept afterwards. None means a temporary one, removed on success.
            audited: whether the API server writes an audit log, which costs it time at each request.
        """
        self._temporary = folder is None
        self.folder = (folder or Path(tempfile.mkdtemp(prefix="bulkhead-control-plane-"))).absolute()
        """Everything of this control plane."""
        self.logs = self.folder / "logs"
        """One file a process."""
        self.audit_log = self.logs / "audit.log"
        """What `audit.read_events` reads; missing if not audited."""
        self.admin_kubeconfig = self.folder / "admin.kubeconfig"
        """Full rights, by client certificate; works with kubectl."""
        self._audited = audited
        self._port = free_port()
        self._processes: dict[str, Process] = {}

    @property
    def server(self) -> str:
        """The API server's URL; the same after a restart."""
        return f"https://127.0.0.1:{self._port}"

    @property
    def ca_file(self) -> Path:
        """Whom to trust as the API server."""
        return self._certificates.ca_file

    @cached_property
    def _certificates(self) -> PlaneCertificates:
        return PlaneCertificates.create(self.folder / "pki")

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=str(self.ca_file))
        context.load_cert_chain(self._certificates.admin.certificate, self._certificates.admin.key)
        return context

    @property
    def pids(self) -> Mapping[str, int]:
        """The processes that run now, by program name."""
        return {name: process.pid for name, process in self._processes.items() if process.running}

    def start(self) -> Self:
        """Start everything and wait until it is ready.

        Raises:
            ProcessError: a program ended or is not ready after a minute; its note has the end of the log.
            BuildError, ToolchainError: see `binaries.kube_binaries`.
        """
        binaries = kube_binaries()
        progress = Progress("control plane")
        progress.say("starting etcd, kube-apiserver and kube-controller-manager")
        try:
            self._prepare(binaries)
            self._processes["etcd"].start()
            self.start_apiserver()
            self._start_controller_manager()
        except BaseException:
            self.stop()
            self._tell_where_the_logs_are()
            raise
        progress.say(f"ready after {progress.elapsed_s:.1f} s at {self.server}")
        return self

    def stop(self) -> None:
        """Stop everything; what has stopped stays so."""
        # The API server first leaves its store, or it would wait for it: the reverse of the start.
        for process in reversed(self._processes.values()):
            process.stop(_STOP_S)

    def start_apiserver(self) -> None:
        """Start the API server on its port and wait until it is ready.

        Raises:
            ProcessError: as for `start`.
        """
        progress = Progress("kube-apiserver")

        def is_ready() -> bool:
            progress.tick("waiting for /readyz")
            self._require_etcd()
            return self._answers_200("/readyz")

        self._processes["kube-apiserver"].start().wait_until(is_ready, _READY_S)

    def stop_apiserver(self, *, grace_s: float = _STOP_S) -> None:
        """Stop the API server alone; with no grace it is killed."""
        self._processes["kube-apiserver"].stop(grace_s)

    def restart_apiserver(self, *, grace_s: float = _STOP_S) -> None:
        """Stop the API server and start it again on the same port, with the same data."""
        self.stop_apiserver(grace_s=grace_s)
        self.start_apiserver()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        if error is not None:
            self._tell_where_the_logs_are()
        elif self._temporary:
            shutil.rmtree(self.folder)

    def _tell_where_the_logs_are(self) -> None:
        print(f"control plane: its logs are kept in {self.logs}", file=sys.stderr, flush=True)

    def _prepare(self, binaries: KubeBinaries) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.logs.mkdir(exist_ok=True)
        certificates = self._certificates
        (self.folder / "audit-policy.yaml").write_text(audit.POLICY)
        write_certificate_kubeconfig(
            self.admin_kubeconfig, server=self.server, ca_file=certificates.ca_file, pair=certificates.admin
        )
        write_certificate_kubeconfig(
            self.folder / "kube-controller-manager.kubeconfig",
            server=self.server,
            ca_file=certificates.ca_file,
            pair=certificates.controller_manager,
        )
        layout = PlaneLayout(
            certificates=certificates,
            data=self.folder / "etcd",
            etcd_port=free_port(),
            etcd_peer_port=free_port(),
            apiserver_port=self._port,
            audit_policy=self.folder / "audit-policy.yaml",
            audit_log=self.audit_log if self._audited else None,
            controller_manager_kubeconfig=self.folder / "kube-controller-manager.kubeconfig",
        )
        self._add("etcd", binaries.etcd, etcd_flags(layout))
        self._add("kube-apiserver", binaries.kube_apiserver, apiserver_flags(layout))
        self._add("kube-controller-manager", binaries.kube_controller_manager, controller_manager_flags(layout))

    def _add(self, name: str, program: Path, flags: Sequence[str]) -> None:
        self._processes[name] = Process(name, (str(program), *flags), log=self.logs / f"{name}.log", cwd=self.folder)

    def _start_controller_manager(self) -> None:
        progress = Progress("kube-controller-manager")

        def is_ready() -> bool:
            progress.tick("waiting for the first ServiceAccount")
            return self._answers_200("/api/v1/namespaces/default/serviceaccounts/default")

        self._processes["kube-controller-manager"].start().wait_until(is_ready, _READY_S)

    def _require_etcd(self) -> None:
        etcd = self._processes["etcd"]
        if not etcd.running:
            failure = ProcessError(f'process "etcd": ended with status {etcd.exit_status}: see {etcd.log}')
            failure.add_note(etcd.log_tail())
            raise failure

    def _answers_200(self, path: str) -> bool:
        connection = http.client.HTTPSConnection("127.0.0.1", self._port, timeout=_ANSWER_S, context=self._tls)
        try:
            connection.request("GET", path)
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
