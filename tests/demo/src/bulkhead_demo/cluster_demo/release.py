"""Bulkhead as an operator installs it: by Helm, into a namespace that enforces restricted Pod Security."""

import base64
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Final

from bulkhead_demo.cluster_demo.objects import Deployment, deployments_of, labelled, namespace, pods_of, wait_until_gone
from bulkhead_demo.cluster_demo.openbao_pod import OpenBaoPod
from bulkhead_demo.shop import DEMO_NAMESPACE
from bulkhead_demo.story import DemoError
from bulkhead_testkit import helm
from bulkhead_testkit.admin import Admin, AdminError, wait_for
from bulkhead_testkit.stack import VAULT_MOUNT
from bulkhead_testkit.webhook_configuration import wait_until_trusted

NAMESPACE: Final = "bulkhead-system"
CREDENTIAL: Final = "vault-credential"
_AVAILABLE_S: Final = 180
_GONE_S: Final = 120
_CERTS_S: Final = 400
_CONFIGURATION: Final = {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration"}
_STORES: Final = f"/apis/external-secrets.io/v1/namespaces/{NAMESPACE}/secretstores"
_QUESTION: Final = {
    "apiVersion": "external-secrets.io/v1",
    "kind": "SecretStore",
    "metadata": {"name": "question"},
    "spec": {"provider": {"fake": {"data": []}}},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One installation of the chart in a cluster."""

    admin: Admin
    kubeconfig: Path
    name: str = "bulkhead"
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def isolated(self) -> bool:
        """Whether each provider server has a Pod of its own."""
        return self.values.get("topology") == "isolated"

    def prepare(self, bao: OpenBaoPod) -> None:
        """Make the namespace, with Pod Security as strict as it gets, and the vault provider's credential in it."""
        self.admin.apply(namespace(NAMESPACE, enforced="restricted"))
        self.give_credential_of(bao)

    def install(self, *, chart: Path = helm.CHART) -> None:
        """Install or upgrade; returns when the API server has all objects.

        Args:
            chart: another one than this checkout's, such as an older one.

        Raises:
            HelmError: it refused one.
        """
        # Named, as `helm.install` turns both off for clusters without Pods.
        values = {"webhook": {"enabled": True}, "validationPolicies": {"enabled": True}} | dict(self.values)
        helm.install(values, kubeconfig=self.kubeconfig, release=self.name, namespace=NAMESPACE, chart=chart)

    def roll_back(self) -> None:
        """Go back to the revision before, as `helm rollback` does."""
        helm.roll_back(self.name, kubeconfig=self.kubeconfig, namespace=NAMESPACE)

    def remains(self) -> Sequence[str]:
        """Name every object of the cluster that carries the release's label, as `Kind name`, but no definition."""
        return labelled(self.admin, instance=self.name)

    def uninstall(self) -> None:
        """Take it away, as `helm uninstall` does."""
        helm.uninstall(self.name, kubeconfig=self.kubeconfig, namespace=NAMESPACE)

    def wait_available(self, *, timeout_s: float = _AVAILABLE_S) -> None:
        """Wait until every Deployment has all its Pods, of its newest generation.

        Raises:
            AdminError: one has not in time; names it.
        """
        try:
            wait_for(self._all_available, what=f"the Deployments of {self.name} are available", timeout_s=timeout_s)
        except AdminError as error:
            waiting = [each.name for each in self._deployments() if not each.available]
            error.add_note(f"not available: {', '.join(waiting)}")
            raise

    def wait_ready(self) -> None:
        """Wait as `wait_available`, and until the API server trusts the webhook; raises as it."""
        self.wait_available()
        wait_until_trusted(self.admin, {**_CONFIGURATION, "metadata": {"name": f"{self.name}-validate"}})
        # A moment may pass until the node leads the Service's address to a Pod that has just become ready.
        wait_for(self._webhook_answers, what="the API server reaches the webhook", timeout_s=_AVAILABLE_S)

    def remove_all(self) -> None:
        """Take it away with its namespace and with that of the examples; only the definitions stay.

        Raises:
            AdminError: the examples' namespace is not gone in time.
        """
        # First, as nobody would take the finalizers off afterwards.
        self.admin.delete(namespace(DEMO_NAMESPACE))
        wait_until_gone(self.admin, DEMO_NAMESPACE, timeout_s=_GONE_S)
        self.uninstall()
        self.admin.delete(namespace(NAMESPACE))
        wait_until_gone(self.admin, NAMESPACE, timeout_s=_GONE_S)

    def pod(self, component: str) -> str:
        """Give the name of a ready Pod of a component; waits for one.

        Raises:
            AdminError: there is none in time.
        """
        return wait_for(lambda: self._ready_pod(component), what=f"a ready Pod of {component}", timeout_s=_AVAILABLE_S)

    def containers(self) -> Sequence[str]:
        """Name the containers of all Pods, sorted."""
        pods = pods_of(self.admin, NAMESPACE, instance=self.name)
        return sorted({each.name for pod in pods for each in (*pod.spec.init_containers, *pod.spec.containers)})

    def certs(self, verb: str, *arguments: str) -> str:
        """Run `bulkhead certs` as a person with all rights does, and give what it printed.

        Raises:
            DemoError: it failed.
        """
        place = ["--kubeconfig", str(self.kubeconfig), "-n", NAMESPACE, "--release", self.name]
        command = [str(Path(sys.executable).with_name("bulkhead")), "certs", verb, *arguments, *place]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_CERTS_S)
        if done.returncode != 0:
            raise DemoError(f"bulkhead certs {verb}: {done.stderr.strip()[-300:]}")
        return done.stdout

    def component_of(self, provider: str) -> str:
        """Give the component in whose Pod a provider server runs."""
        return f"provider-{provider}" if self.isolated else "controller"

    def targets(self) -> Mapping[str, str]:
        """Give the gRPC targets of the provider servers, as the controller reaches them."""
        if self.isolated:
            return {each: f"{self.name}-provider-{each}.{NAMESPACE}.svc:8443" for each in ("fake", "vault")}
        return {each: f"unix:/run/bulkhead/providers/{each}/server/provider.sock" for each in ("fake", "vault")}

    def give_credential_of(self, bao: OpenBaoPod) -> None:
        """Make a new token of this OpenBao, and its roots, the vault provider's credential."""
        self.give_credential({"token": bao.create_token(VAULT_MOUNT), "ca.crt": bao.roots})

    def give_credential(self, files: Mapping[str, str]) -> None:
        """Make these the files of the vault provider's credential, by way of its Secret."""
        self.admin.apply(
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": CREDENTIAL, "namespace": NAMESPACE},
                "data": {name: base64.b64encode(text.encode()).decode() for name, text in files.items()},
            }
        )

    def _webhook_answers(self) -> bool | None:
        try:
            self.admin.request("POST", f"{_STORES}?dryRun=All", body=_QUESTION)
        except AdminError as error:
            if error.status == HTTPStatus.INTERNAL_SERVER_ERROR:
                return None
            raise
        return True

    def _all_available(self) -> bool | None:
        found = self._deployments()
        return True if found and all(each.available for each in found) else None

    def _deployments(self) -> Sequence[Deployment]:
        return deployments_of(self.admin, NAMESPACE, instance=self.name)

    def _ready_pod(self, component: str) -> str | None:
        found = pods_of(self.admin, NAMESPACE, instance=self.name, component=component)
        return next((each.name for each in found if each.ready), None)


def values_for(*, bao_address: str, registry: str = "", topology: str = "sidecar") -> Mapping[str, object]:
    """Give the values of an installation with the vault and the fake provider.

    Args:
        bao_address: URL of the OpenBao that the vault provider may talk to.
        registry: where the images are; empty means the chart's default.
        topology: as the chart's value.
    """
    vault = {
        "credential": {"existingSecret": CREDENTIAL},
        "policy": {"hosts": [bao_address], "rules": [{"namespaces": ["*"]}]},
    }
    return {
        "topology": topology,
        "providers": {"vault": vault},
        **({"image": {"registry": registry}} if registry else {}),
    }
